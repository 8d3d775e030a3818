//! The catalogue as a whole: what holds for every entry, the defaults on each class, and what differs between families.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::sim::engine_versions;

fn parameter(family: &str, name: &str) -> &'static Definition {
    catalogue(family).unwrap().get(name).unwrap()
}

fn default_on(name: &str, class: &str) -> Option<i64> {
    evaluate(
        parameter("aurora-postgresql16", name).default.as_deref()?,
        class,
    )
}

#[test]
fn each_family_has_its_catalogue_and_no_other_family_has_one() {
    let sizes: Vec<(&str, usize)> = families()
        .iter()
        .map(|family| (*family, catalogue(family).unwrap().len()))
        .collect();
    let expected = [
        ("aurora-postgresql14", 376),
        ("aurora-postgresql15", 377),
        ("aurora-postgresql16", 381),
        ("aurora-postgresql17", 381),
    ];
    assert_eq!(sizes, expected);
    assert_eq!(catalogue("aurora-postgresql99"), None);
    for version in engine_versions::versions()
        .iter()
        .filter(|version| version.major > 13)
    {
        assert!(catalogue(version.family).is_some(), "{}", version.version);
    }
}

#[test]
fn a_name_stands_once_in_each_family() {
    for (major, family) in FAMILIES {
        let mut names: Vec<String> = table::lines()
            .filter_map(table::Line::read)
            .filter_map(|line| line.definition(major))
            .map(|definition| definition.name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{family}");
    }
}

#[test]
fn max_connections_comes_to_the_documented_value_on_each_class() {
    let table = [
        ("db.t3.medium", 401),
        ("db.t4g.medium", 405),
        ("db.t3.large", 844),
        ("db.t4g.large", 844),
        ("db.r4.large", 1600),
        ("db.r5.large", 1600),
        ("db.r6g.large", 1722),
        ("db.r7g.large", 1722),
        ("db.r4.xlarge", 3200),
        ("db.r5.xlarge", 3300),
        ("db.r6g.xlarge", 3479),
        ("db.x2g.large", 3479),
        ("db.x2g.xlarge", 5000),
        ("db.r4.2xlarge", 5000),
        ("db.r5.2xlarge", 5000),
        ("db.r6g.2xlarge", 5000),
        ("db.r6i.2xlarge", 5000),
        ("db.r7g.16xlarge", 5000),
        ("db.r8g.48xlarge", 5000),
        ("db.serverless", 189),
    ];
    for (class, connections) in table {
        assert_eq!(
            default_on("max_connections", class),
            Some(connections),
            "{class}"
        );
    }
}

#[test]
fn the_other_formulas_come_to_plausible_values() {
    assert_eq!(default_on("shared_buffers", "db.t3.medium"), Some(267_894));
    assert_eq!(
        default_on("shared_buffers", "db.r6g.large"),
        Some(1_313_830)
    );
    assert_eq!(
        default_on("effective_cache_size", "db.t3.medium"),
        Some(267_894)
    );
    assert_eq!(
        default_on("maintenance_work_mem", "db.t3.medium"),
        Some(65_536)
    );
    assert_eq!(
        default_on("maintenance_work_mem", "db.r7g.large"),
        Some(256 * 1024)
    );
    assert_eq!(
        default_on("autovacuum_work_mem", "db.t3.medium"),
        Some(131_072)
    );
    assert_eq!(
        default_on("autovacuum_max_workers", "db.r7g.large"),
        Some(3)
    );
    assert_eq!(
        default_on("autovacuum_vacuum_cost_limit", "db.t3.medium"),
        Some(200)
    );
    assert_eq!(default_on("max_worker_processes", "db.t3.medium"), Some(8));
    assert_eq!(
        default_on("max_worker_processes", "db.r7g.4xlarge"),
        Some(32)
    );
    assert_eq!(
        default_on("max_parallel_workers", "db.r7g.16xlarge"),
        Some(32)
    );
    assert_eq!(default_on("port", "db.t3.medium"), Some(5432));
}

#[test]
fn every_formula_of_the_catalogue_is_read() {
    for definition in families()
        .iter()
        .flat_map(|family| catalogue(family).unwrap().values())
    {
        let formula = definition
            .default
            .as_deref()
            .filter(|default| default.contains('{'));
        if let Some(formula) = formula {
            assert!(
                evaluate(formula, "db.r7g.large").is_some(),
                "{}",
                definition.name
            );
        }
    }
}

#[test]
fn every_default_is_allowed_but_the_three_that_aws_lists_outside() {
    for family in families() {
        let outside: Vec<&str> = catalogue(family)
            .unwrap()
            .values()
            .filter(|definition| {
                definition
                    .default
                    .as_ref()
                    .is_some_and(|default| definition.check(default).is_err())
            })
            .map(|definition| definition.name.as_str())
            .collect();
        let expected = [
            "apg_write_forward.idle_in_transaction_session_timeout",
            "hot_standby_feedback",
            "rds.force_autovacuum_logging_level",
        ];
        assert_eq!(outside, expected, "{family}");
    }
}

#[test]
fn every_value_in_force_fits_its_type() {
    for definition in families()
        .iter()
        .flat_map(|family| catalogue(family).unwrap().values())
    {
        let Some(in_force) = &definition.in_force_if_unset else {
            continue;
        };
        assert_eq!(
            definition.default, None,
            "{}: either a default or a value in force",
            definition.name
        );
        let fits = match definition.data_type {
            DataType::Boolean => ["on", "off", "0", "1"].contains(&in_force.as_str()),
            DataType::Integer | DataType::Float => definition.check(in_force).is_ok(),
            DataType::String | DataType::List => true,
        };
        assert!(fits, "{} {in_force}", definition.name);
    }
}

#[test]
fn every_number_has_a_range_and_only_numbers_have_units() {
    for definition in families()
        .iter()
        .flat_map(|family| catalogue(family).unwrap().values())
    {
        let Definition {
            name,
            data_type,
            allowed_values,
            unit,
            description,
            ..
        } = definition;
        assert!(!description.is_empty(), "{name}");
        match data_type {
            DataType::Integer | DataType::Float => assert!(allowed_values.is_some(), "{name}"),
            DataType::Boolean => assert_eq!(allowed_values.as_deref(), Some("0,1"), "{name}"),
            DataType::String | DataType::List => {}
        }
        if let Some(unit) = unit {
            assert_eq!(*data_type, DataType::Integer, "{name}");
            assert!(
                ["ms", "s", "min", "B", "kB", "8kB", "MB"].contains(&unit.as_str()),
                "{name} {unit}"
            );
        }
    }
}

#[test]
fn the_families_differ_where_postgresql_and_the_service_do() {
    let in_families = |name: &str| -> Vec<&str> {
        families()
            .iter()
            .filter(|family| catalogue(family).unwrap().contains_key(name))
            .map(|family| &family[17..])
            .collect()
    };
    assert_eq!(in_families("stats_temp_directory"), ["14"]);
    assert_eq!(in_families("vacuum_defer_cleanup_age"), ["14", "15"]);
    assert_eq!(in_families("force_parallel_mode"), ["14", "15"]);
    assert_eq!(in_families("debug_parallel_query"), ["16", "17"]);
    assert_eq!(in_families("old_snapshot_threshold"), ["14", "15", "16"]);
    assert_eq!(in_families("db_user_namespace"), ["14", "15", "16"]);
    assert_eq!(
        in_families("log_startup_progress_interval"),
        ["15", "16", "17"]
    );
    assert_eq!(in_families("stats_fetch_consistency"), ["15", "16", "17"]);
    assert_eq!(in_families("reserved_connections"), ["16", "17"]);
    assert_eq!(in_families("vacuum_buffer_usage_limit"), ["16", "17"]);
    assert_eq!(in_families("scram_iterations"), ["16", "17"]);
    assert_eq!(
        in_families("max_parallel_apply_workers_per_subscription"),
        ["16", "17"]
    );
    assert_eq!(in_families("enable_presorted_aggregate"), ["16", "17"]);
    assert_eq!(in_families("promote_trigger_file"), Vec::<&str>::new());

    let across = |look: fn(&Definition) -> Option<&str>, name: &str| -> Vec<Option<&str>> {
        families()
            .iter()
            .map(|family| look(parameter(family, name)))
            .collect()
    };
    let defaults = |name: &str| across(|definition| definition.default.as_deref(), name);
    assert_eq!(
        defaults("rds.force_ssl"),
        [Some("0"), Some("0"), Some("0"), Some("1")]
    );
    assert_eq!(
        defaults("idle_in_transaction_session_timeout"),
        [Some("86400000"); 4]
    );
    let in_force = |name: &str| across(|definition| definition.in_force_if_unset.as_deref(), name);
    assert_eq!(
        in_force("hash_mem_multiplier"),
        [Some("1.0"), Some("2.0"), Some("2.0"), Some("2.0")]
    );
    let tls_1_3 = families().iter().map(|family| {
        parameter(family, "ssl_max_protocol_version")
            .check("TLSv1.3")
            .is_ok()
    });
    assert_eq!(tls_1_3.collect::<Vec<bool>>(), [false, false, true, true]);
}

#[test]
fn what_was_seen_in_family_14_is_assumed_for_later_families() {
    let assumed = |family: &str, name: &str| parameter(family, name).assumed;
    assert!(!assumed("aurora-postgresql14", "work_mem"));
    assert!(assumed("aurora-postgresql16", "work_mem"));
    assert!(assumed("aurora-postgresql14", "lock_timeout"));
    assert!(assumed("aurora-postgresql16", "scram_iterations"));
    assert!(!assumed("aurora-postgresql17", "rds.force_ssl"));
}

#[test]
fn the_parameters_of_the_example_declarations_are_as_aws_lists_them() {
    let libraries = parameter("aurora-postgresql16", "shared_preload_libraries");
    assert_eq!(
        (libraries.apply_type, libraries.data_type, libraries.source),
        (ApplyType::Static, DataType::List, Source::System)
    );
    assert_eq!(libraries.default.as_deref(), Some("pg_stat_statements"));
    assert_eq!(libraries.check("pg_stat_statements,auto_explain"), Ok(()));
    assert_eq!(libraries.check("pg_stat_statements,nothing"), Err(()));

    let connections = parameter("aurora-postgresql16", "max_connections");
    assert_eq!(
        (connections.apply_type, connections.data_type),
        (ApplyType::Static, DataType::Integer)
    );
    assert_eq!(connections.check("500"), Ok(()));
    assert_eq!(connections.check("5"), Err(()));
    assert_eq!(connections.check("300000"), Err(()));
    assert_eq!(
        connections.check("LEAST({DBInstanceClassMemory/9531392},500)"),
        Ok(())
    );
    assert_eq!(
        connections.check("LEAST({DBInstanceClassMemory/9531392},500"),
        Err(())
    );

    let duration = parameter("aurora-postgresql16", "log_min_duration_statement");
    assert_eq!(
        (duration.apply_type, duration.unit.as_deref()),
        (ApplyType::Dynamic, Some("ms"))
    );
    assert_eq!(
        (
            duration.default.as_deref(),
            duration.in_force_if_unset.as_deref()
        ),
        (None, Some("-1"))
    );
    assert_eq!(duration.check("500"), Ok(()));
    assert_eq!(duration.check("500ms"), Err(()));

    assert_eq!(
        parameter("aurora-postgresql16", "log_lock_waits").check("1"),
        Ok(())
    );
    assert_eq!(
        parameter("aurora-postgresql16", "log_lock_waits").check("on"),
        Err(())
    );
    assert_eq!(
        parameter("aurora-postgresql16", "pg_stat_statements.track").check("ALL"),
        Ok(())
    );
    assert_eq!(
        parameter("aurora-postgresql16", "pg_stat_statements.track").check("all"),
        Err(())
    );
    assert_eq!(
        parameter("aurora-postgresql16", "timezone").check("Europe/Berlin"),
        Ok(())
    );
    assert!(!parameter("aurora-postgresql16", "port").modifiable);
}
