//! RDS parameter formulas: `LEAST({DBInstanceClassMemory/9531392},5000)` and the class that gives it a value.
//!
//! Goes in: a stored value and a class. Comes out: the number that a member of that class runs, or nothing where the
//! class's engine memory is not known. Grammar: Amazon RDS User Guide, "Specifying DB parameters".

use crate::names::InstanceClass;

/// What formulas can ask about a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassFacts {
    /// `DBInstanceClassMemory`: bytes left for the engine after what the operating system and the service take.
    pub engine_memory_bytes: u64,
    /// `DBInstanceVCPU`.
    pub vcpu: u32,
}

/// Whether the stored text is a formula and not a plain value.
pub fn is_formula(text: &str) -> bool {
    text.contains('{')
}

/// The value of a formula on a class, truncated to an integer. `None` when the text is no formula, does not parse, or
/// the class is not known.
pub fn evaluate(formula: &str, class: &InstanceClass) -> Option<i64> {
    if !is_formula(formula) {
        return None;
    }
    let facts = class_facts(class.as_str())?;
    let mut parser = Parser {
        rest: formula,
        facts,
        depth: 0,
    };
    let value = parser.product()?;
    if !parser.rest.is_empty() || !value.is_finite() {
        return None;
    }
    // The cast saturates, so that no formula can panic.
    Some(value.trunc() as i64)
}

/// Whether a formula follows the grammar. What cannot be evaluated here but exists in AWS (`IF`, `AllocatedStorage`) is
/// left to AWS.
pub fn is_well_formed(formula: &str) -> bool {
    let upper = formula.to_ascii_uppercase();
    if upper.contains("IF(") || formula.contains("AllocatedStorage") {
        return true;
    }
    // The grammar does not depend on the class; this one has facts.
    evaluate(formula, &InstanceClass::new("db.r6g.large")).is_some()
}

struct Parser<'a> {
    rest: &'a str,
    facts: ClassFacts,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self
            .rest
            .find(|character| !accept(character))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Multiplication and division give integers, truncated (Amazon RDS User Guide, "DB parameter formula operators").
    fn product(&mut self) -> Option<f64> {
        let mut value = self.atom()?;
        loop {
            if self.take("*") {
                value = (value * self.atom()?).trunc();
            } else if self.take("/") {
                value = (value / self.atom()?).trunc();
            } else {
                return Some(value);
            }
        }
    }

    fn atom(&mut self) -> Option<f64> {
        // A formula that nests deeper than any of AWS's own is not worth a stack overflow.
        self.depth += 1;
        if self.depth > 64 {
            return None;
        }
        let value = if self.take("${") || self.take("{") {
            let value = self.product()?;
            self.take("}").then_some(value)
        } else if self
            .rest
            .starts_with(|first: char| first.is_ascii_digit() || first == '-')
        {
            let negative = self.take("-");
            let digits =
                self.take_while(|character| character.is_ascii_digit() || character == '.');
            let magnitude: f64 = digits.parse().ok()?;
            Some(if negative { -magnitude } else { magnitude })
        } else {
            let name = self.take_while(|character| character.is_ascii_alphanumeric());
            if self.take("(") {
                self.call(name)
            } else {
                self.variable(name)
            }
        };
        self.depth -= 1;
        value
    }

    fn call(&mut self, name: &str) -> Option<f64> {
        let mut arguments = vec![self.product()?];
        while self.take(",") {
            arguments.push(self.product()?);
        }
        if !self.take(")") {
            return None;
        }
        let first = arguments.first().copied()?;
        match name.to_ascii_uppercase().as_str() {
            "GREATEST" => Some(arguments.into_iter().fold(first, f64::max)),
            "LEAST" => Some(arguments.into_iter().fold(first, f64::min)),
            "SUM" => Some(arguments.into_iter().sum()),
            "LOG" if arguments.len() == 1 => Some(first.log2()),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<f64> {
        match name {
            "DBInstanceClassMemory" => Some(self.facts.engine_memory_bytes as f64),
            "DBInstanceVCPU" => Some(f64::from(self.facts.vcpu)),
            "EndPointPort" => Some(5432.0),
            _ => None,
        }
    }
}

/// The memory that a class leaves to the engine, in bytes, to compare classes; `None` where it is not known.
pub fn memory_bytes(class: &InstanceClass) -> Option<u64> {
    class_facts(class.as_str()).map(|facts| facts.engine_memory_bytes)
}

/// Engine memory and processors of a class.
///
/// Engine memory is not published. Each figure is the smallest that gives the `max_connections` default that the
/// Amazon Aurora User Guide lists ("Managing Aurora PostgreSQL", default 9,531,392 bytes each); `db.t3.medium` is the
/// 401 observed on Aurora PostgreSQL 16.6. Above that table only the cap of 5,000 matters, so 93 % of memory is taken.
fn class_facts(class: &str) -> Option<ClassFacts> {
    const PER_CONNECTION: u64 = 9_531_392;
    let of_connections = |connections: u64, vcpu: u32| {
        Some(ClassFacts {
            engine_memory_bytes: connections * PER_CONNECTION,
            vcpu,
        })
    };
    match class {
        "db.t3.medium" => return of_connections(401, 2),
        "db.t4g.medium" => return of_connections(405, 2),
        "db.t3.large" | "db.t4g.large" => return of_connections(844, 2),
        "db.r4.large" | "db.r5.large" => return of_connections(1600, 2),
        "db.r6g.large" | "db.r7g.large" => return of_connections(1722, 2),
        "db.r4.xlarge" => return of_connections(3200, 4),
        "db.r5.xlarge" => return of_connections(3300, 4),
        "db.r6g.xlarge" => return of_connections(3479, 4),
        "db.x2g.large" => return of_connections(3479, 2),
        _ => {}
    }
    let (family, size) = class.strip_prefix("db.")?.split_once('.')?;
    let vcpu: u32 = match size {
        "large" => 2,
        "xlarge" => 4,
        _ => {
            size.strip_suffix("xlarge")?
                .parse::<u32>()
                .ok()
                .filter(|times| (2..=48).contains(times))?
                * 4
        }
    };
    let gibibytes_per_vcpu: u64 = match family {
        "r5" | "r6g" | "r6i" | "r7g" | "r7i" | "r8g" | "r6gd" | "r6id" => 8,
        "x2g" => 16,
        _ => return None,
    };
    // Below 64 GiB a class that the table does not list has a value that nobody has published.
    let gibibytes = u64::from(vcpu) * gibibytes_per_vcpu;
    (gibibytes >= 64).then_some(ClassFacts {
        engine_memory_bytes: gibibytes * 1024 * 1024 * 1024 / 100 * 93,
        vcpu,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(class: &str, formula: &str) -> Option<i64> {
        evaluate(formula, &InstanceClass::new(class))
    }

    #[test]
    fn the_default_of_max_connections_follows_the_class() {
        let formula = "LEAST({DBInstanceClassMemory/9531392},5000)";
        assert_eq!(on("db.t3.medium", formula), Some(401));
        assert_eq!(on("db.r6g.large", formula), Some(1722));
        assert_eq!(on("db.r7g.2xlarge", formula), Some(5000));
        assert_eq!(on("db.unheard.of", formula), None);
    }

    #[test]
    fn every_function_of_the_grammar_is_understood() {
        assert_eq!(
            on("db.r6g.large", "SUM({DBInstanceClassMemory/12038},-50003)"),
            Some(1_313_434)
        );
        assert_eq!(
            on("db.t3.medium", "GREATEST(${DBInstanceVCPU*2},8)"),
            Some(8)
        );
        assert_eq!(
            on(
                "db.t3.medium",
                "GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)"
            ),
            Some(200)
        );
    }

    #[test]
    fn a_formula_that_does_not_follow_the_grammar_is_noticed() {
        assert!(is_well_formed(
            "LEAST({DBInstanceClassMemory/9531392},5000)"
        ));
        assert!(!is_well_formed("{garbage"));
        assert!(!is_well_formed("LEAST({DBInstanceClassRam/9531392},5000)"));
    }

    #[test]
    fn what_is_no_formula_has_no_value() {
        assert_eq!(on("db.t3.medium", "500"), None);
        assert_eq!(on("db.t3.medium", "LEAST({DBInstanceClassMemory"), None);
        assert_eq!(on("db.t3.medium", &"{".repeat(10_000)), None);
    }
}
