//! Verdicts on members that PostgreSQL need not be asked for: every answer is given here.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::names::ParameterName;
use crate::observed::sql::{Answers, Found, LibraryAnswer, Reached, Reading, Setting, Unreached};
use crate::plan::tests::{desired, know_group, member, observed};
use std::collections::BTreeMap;

fn setting(value: &str, kind: &str) -> Setting {
    Setting {
        value: value.to_owned(),
        unit: None,
        context: "postmaster".to_owned(),
        kind: kind.to_owned(),
        source: "configuration file".to_owned(),
        pending_restart: false,
    }
}

fn answers(member: &str, in_recovery: bool) -> Answers {
    Answers {
        member: Some(InstanceId::new(member)),
        in_recovery,
        started: Timestamp::UNIX_EPOCH,
        settings: BTreeMap::new(),
        libraries: Vec::new(),
        probes: Vec::new(),
    }
}

fn told(members: Vec<(&str, Reached)>) -> Told {
    Told {
        user: "witness".to_owned(),
        members: members
            .into_iter()
            .map(|(name, reached)| (InstanceId::new(name), reached))
            .collect(),
        cluster: None,
    }
}

fn yes(answers: Answers) -> Reached {
    Reached::Yes(Box::new(answers))
}

/// The libraries' list alone, as a member holds it.
fn of_libraries(setting: Setting) -> Vec<String> {
    let parameter = crate::observed::Parameter {
        name: ParameterName::new("shared_preload_libraries"),
        value: None,
        source: "user".to_owned(),
        apply_type: crate::observed::ApplyType::Static,
        data_type: "list".to_owned(),
        allowed_values: None,
        is_modifiable: true,
    };
    settings::checks(
        &parameter.name,
        &settings::Setting {
            parameter: parameter.clone(),
            stored: "pg_stat_statements,pg_cron".to_owned(),
            is_stored: true,
        },
        &InstanceClass::new("db.t3.medium"),
        Some(&Reading::Value(setting)),
        "witness",
    )
    .iter()
    .map(Check::in_words)
    .collect()
}

#[test]
fn libraries_are_looked_at_one_by_one_and_rdss_own_does_not_count() {
    let running = setting("rdsutils,pg_cron,pg_stat_statements", "string");
    assert_eq!(
        of_libraries(running),
        [
            "library pg_stat_statements is loaded (SQL)",
            "library pg_cron is loaded (SQL)",
        ]
    );
    let mut waiting = setting("rdsutils, pgaudit, pg_stat_statements", "string");
    waiting.pending_restart = true;
    insta::assert_snapshot!(of_libraries(waiting).join("\n"), @"
    library pg_stat_statements is loaded (SQL)
    library pg_cron is not loaded, wanted loaded: PostgreSQL holds another list that waits for a restart (SQL)
    library pgaudit is loaded, wanted not loaded: PostgreSQL holds another list that waits for a restart (SQL)
    ");
}

#[test]
fn a_member_that_is_not_reached_and_one_that_is_another_prove_nothing() {
    let mut observed = observed(
        "shop-aurora-postgresql16",
        vec![
            member("shop-1", true, 1),
            member("shop-2", false, 1),
            member("shop-3", false, 1),
        ],
    );
    know_group(&mut observed, "shop-aurora-postgresql16", true, &[]);
    let unreached = Reached::No(Unreached {
        because: "SQL on shop-1: no connection".to_owned(),
        hints: vec!["look at host and port".to_owned()],
    });
    let told = told(vec![
        ("shop-1", unreached),
        ("shop-2", yes(answers("shop-1", false))),
        ("shop-3", yes(answers("shop-3", false))),
    ]);
    let verification = verify(&desired(), &observed, Some(&told));
    assert!(!verification.is_proven());
    insta::assert_snapshot!(verification.objections().join("\n"), @"
    shop-3: the RDS API says reader, SQL says that it accepts writes
    shop-1: the values that it runs is not proven: SQL on shop-1: no connection (SQL)
    shop-2: the values that it runs is not proven: another member answered at this member's endpoint (SQL)
    ");
}

#[test]
fn every_finding_of_a_library_has_its_verdict() {
    let found = [
        Found::Works {
            by: "pg_stat_statements answered".to_owned(),
        },
        Found::NotPreloaded,
        Found::NotCreated,
        Found::Denied {
            because: "permission denied for view pg_stat_statements".to_owned(),
        },
        Found::Failed {
            because: "the connection was lost".to_owned(),
        },
    ];
    let mut answers = answers("orders-1", false);
    answers.libraries = found
        .into_iter()
        .map(|found| LibraryAnswer {
            library: "pg_stat_statements".to_owned(),
            database: "orders".to_owned(),
            found,
        })
        .collect();
    let checks = probes::checks(&[], &answers, "Witness");
    let lines: Vec<String> = checks
        .iter()
        .map(|check| {
            format!(
                "{:?}: {}; {}",
                check.verdict,
                check.in_words(),
                check.takes.as_deref().unwrap_or("-")
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Live: pg_stat_statements in database orders is pg_stat_statements answered (probe); -
    NotLive: pg_stat_statements in database orders is not preloaded, wanted preloaded: the server that runs did not load the library (probe); a restart loads what shared_preload_libraries stores
    NotLive: pg_stat_statements in database orders is extension not created in this database, wanted extension created: the library is loaded (probe); CREATE EXTENSION pg_stat_statements; in database orders
    NotReadable: pg_stat_statements in database orders is not readable: permission denied for view pg_stat_statements (probe); GRANT SELECT ON pg_stat_statements TO "Witness";
    NotProven: pg_stat_statements in database orders is not proven: the connection was lost (probe); -
    "#);
}

#[test]
fn a_value_that_waits_for_a_restart_is_told_from_both_sides() {
    let of = |value: &str, pending_restart: bool| {
        let parameter = crate::observed::Parameter {
            name: ParameterName::new("max_connections"),
            value: None,
            source: "user".to_owned(),
            apply_type: crate::observed::ApplyType::Static,
            data_type: "integer".to_owned(),
            allowed_values: None,
            is_modifiable: true,
        };
        let reading = Reading::Value(Setting {
            pending_restart,
            ..setting(value, "integer")
        });
        let checks = settings::checks(
            &parameter.name,
            &settings::Setting {
                parameter: parameter.clone(),
                stored: "500".to_owned(),
                is_stored: true,
            },
            &InstanceClass::new("db.t3.medium"),
            Some(&reading),
            "witness",
        );
        checks[0].in_words()
    };
    let said = [of("500", false), of("401", true), of("500", true)];
    insta::assert_snapshot!(said.join("\n"), @"
    max_connections is 500 (SQL)
    max_connections is 401, wanted 500: PostgreSQL holds another value that waits for a restart (SQL)
    max_connections is not proven: the value runs, and PostgreSQL holds another that waits for a restart (SQL)
    ");
}
