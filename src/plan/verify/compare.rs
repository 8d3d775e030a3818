//! Whether a running value means the same as a stored one.
//!
//! Goes in: a value as the parameter group stores it, the member's class, and a row of `pg_settings`. Comes out: same, other,
//! or why nobody can tell.

use crate::desired::units::{self, Unit};
use crate::names::InstanceClass;
use crate::observed::Parameter;
use crate::observed::sql::Setting;
use crate::plan::formula;
use crate::plan::spelling::truth;

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// They mean the same.
    Same,
    /// They do not; the value that was wanted, as PostgreSQL would show it.
    Other(String),
    /// Nobody can tell, and why.
    Open(String),
}

/// How far a figure that AWS does not publish may be off, in percent of it.
const FORMULA_TOLERANCE_PERCENT: i64 = 10;

/// Compares.
pub(super) fn compare(
    stored: &str,
    parameter: &Parameter,
    class: &InstanceClass,
    running: &Setting,
) -> Comparison {
    if formula::is_formula(stored) {
        return of_formula(stored, class, running);
    }
    let is_same = match running.kind.as_str() {
        "bool" => truth(stored).is_some() && truth(stored) == truth(&running.value),
        "integer" | "real" => same_number(stored, parameter, running),
        "enum" => {
            stored.eq_ignore_ascii_case(&running.value)
                || (truth(stored).is_some() && truth(stored) == truth(&running.value))
        }
        _ => same_text(stored, parameter, running),
    };
    if is_same {
        Comparison::Same
    } else {
        Comparison::Other(stored.to_owned())
    }
}

fn of_formula(stored: &str, class: &InstanceClass, running: &Setting) -> Comparison {
    let runs = units::canonical(&running.value, None).and_then(|number| number.parse::<i64>().ok());
    let (Some(wanted), Some(runs)) = (formula::evaluate(stored, class), runs) else {
        return Comparison::Open(format!(
            "what {stored} comes to on {class} is not known here"
        ));
    };
    if wanted == runs {
        return Comparison::Same;
    }
    let off = wanted.abs_diff(runs);
    let near = wanted.unsigned_abs() / 100 * FORMULA_TOLERANCE_PERCENT.unsigned_abs();
    // The memory that a class leaves to the engine is not published; it is known here from one default.
    if stored.contains("DBInstanceClassMemory") && off <= near {
        Comparison::Open(format!(
            "{stored} comes to about {wanted} on {class}: AWS does not publish the memory that it counts with"
        ))
    } else {
        Comparison::Other(format!("{wanted} ({stored} on {class})"))
    }
}

fn same_number(stored: &str, parameter: &Parameter, running: &Setting) -> bool {
    let shown = running.unit.as_deref().and_then(unit_named);
    // What the group stores without a suffix is in the parameter's own unit, which is PostgreSQL's.
    let wanted = units::canonical(stored, shown.or(units::unit_of(parameter.name.as_str())));
    let runs = units::canonical(&running.value, None);
    wanted.is_some() && wanted == runs
}

fn unit_named(text: &str) -> Option<Unit> {
    units::parameters_with_units()
        .map(|(_, unit)| unit)
        .find(|unit| unit.as_str() == text)
}

/// Settings whose value PostgreSQL spells in its own way whatever case was given.
const SPELT_ANEW: [&str; 4] = ["timezone", "log_timezone", "datestyle", "intervalstyle"];

fn same_text(stored: &str, parameter: &Parameter, running: &Setting) -> bool {
    if stored == running.value {
        return true;
    }
    let name = parameter.name.as_str().to_ascii_lowercase();
    let is_list = parameter.data_type == "list" || name == "search_path" || name == "datestyle";
    let elements = |text: &str| -> Vec<String> {
        text.split(',')
            .map(|element| element.trim().trim_matches('"').to_ascii_lowercase())
            .filter(|element| !element.is_empty())
            .collect()
    };
    if is_list {
        return elements(stored) == elements(&running.value);
    }
    SPELT_ANEW.contains(&name.as_str()) && stored.eq_ignore_ascii_case(&running.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ParameterName;
    use crate::observed::ApplyType;

    fn parameter(name: &str, data_type: &str) -> Parameter {
        Parameter {
            name: ParameterName::new(name),
            value: None,
            source: "user".to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: data_type.to_owned(),
            allowed_values: None,
            is_modifiable: true,
        }
    }

    fn running(value: &str, unit: Option<&str>, kind: &str) -> Setting {
        Setting {
            value: value.to_owned(),
            unit: unit.map(str::to_owned),
            context: "sighup".to_owned(),
            kind: kind.to_owned(),
            source: "configuration file".to_owned(),
            pending_restart: false,
        }
    }

    #[test]
    fn values_are_compared_by_meaning() {
        let class = InstanceClass::new("db.t3.medium");
        for (name, data_type, stored, value, unit, kind, same) in [
            ("log_lock_waits", "boolean", "1", "on", None, "bool", true),
            ("log_lock_waits", "boolean", "1", "off", None, "bool", false),
            (
                "work_mem",
                "integer",
                "65536",
                "65536",
                Some("kB"),
                "integer",
                true,
            ),
            (
                "work_mem",
                "integer",
                "64MB",
                "65536",
                Some("kB"),
                "integer",
                true,
            ),
            (
                "shared_buffers",
                "integer",
                "1GB",
                "131072",
                Some("8kB"),
                "integer",
                true,
            ),
            (
                "work_mem",
                "integer",
                "65536",
                "4096",
                Some("kB"),
                "integer",
                false,
            ),
            (
                "random_page_cost",
                "float",
                "1.10",
                "1.1",
                None,
                "real",
                true,
            ),
            (
                "pg_stat_statements.track",
                "string",
                "ALL",
                "all",
                None,
                "enum",
                true,
            ),
            (
                "pg_stat_statements.track",
                "string",
                "ALL",
                "top",
                None,
                "enum",
                false,
            ),
            (
                "synchronous_commit",
                "string",
                "1",
                "on",
                None,
                "enum",
                true,
            ),
            ("timezone", "string", "utc", "UTC", None, "string", true),
            (
                "log_line_prefix",
                "string",
                "%T",
                "%t",
                None,
                "string",
                false,
            ),
            (
                "datestyle",
                "string",
                "iso, mdy",
                "ISO, MDY",
                None,
                "string",
                true,
            ),
            (
                "log_destination",
                "list",
                "stderr,csvlog",
                "stderr, csvlog",
                None,
                "string",
                true,
            ),
        ] {
            let compared = compare(
                stored,
                &parameter(name, data_type),
                &class,
                &running(value, unit, kind),
            );
            assert_eq!(
                compared == Comparison::Same,
                same,
                "{name} {stored} {value}"
            );
        }
    }

    #[test]
    fn a_formula_is_computed_for_the_class_and_a_near_miss_is_left_open() {
        let of = |stored: &str, class: &str, value: &str| {
            compare(
                stored,
                &parameter("max_connections", "integer"),
                &InstanceClass::new(class),
                &running(value, None, "integer"),
            )
        };
        let formula = "LEAST({DBInstanceClassMemory/9531392},5000)";
        assert_eq!(of(formula, "db.t3.medium", "401"), Comparison::Same);
        assert!(matches!(
            of(formula, "db.t3.medium", "400"),
            Comparison::Open(_)
        ));
        assert_eq!(
            of(formula, "db.t3.medium", "800"),
            Comparison::Other(format!("401 ({formula} on db.t3.medium)"))
        );
        assert!(matches!(
            of(formula, "db.unheard.of", "401"),
            Comparison::Open(_)
        ));
        assert_eq!(
            of("{DBInstanceVCPU*2}", "db.t3.medium", "5"),
            Comparison::Other("4 ({DBInstanceVCPU*2} on db.t3.medium)".to_owned())
        );
    }
}
