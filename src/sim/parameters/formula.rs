//! RDS parameter formulas. In: an expression and an instance class. Out: the whole number that it comes to there.
//!
//! Source: Aurora User Guide, "Specifying DB parameters". `{Var}`, `{Var/Int}`, `{Var*Int}`, `{Var*Int/Int}` and longer
//! chains, read from left to right; `${…}` for `{…}`; `GREATEST`, `LEAST`, `SUM` and `IF` in any case, nested; `log`, base 2,
//! inside braces. Every operator gives a whole number, decimals are cut off. Names of variables are case-sensitive.

use super::allowed::plain_integer;
use crate::sim::classes::{self, Class};

/// The port that `EndPointPort` stands for where no other is given.
pub const DEFAULT_PORT: u16 = 5432;

/// Functions nested deeper than this are refused, so that no expression can exhaust the stack.
const DEPTH_MAX: usize = 16;

/// What the variables of a formula stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variables {
    /// `DBInstanceClassMemory`, in bytes.
    pub engine_memory_bytes: u64,
    /// `DBInstanceVCPU`.
    pub vcpu: u32,
    /// `EndPointPort`.
    pub port: u16,
}

impl From<&Class> for Variables {
    fn from(class: &Class) -> Self {
        Self {
            engine_memory_bytes: class.engine_memory_bytes,
            vcpu: class.vcpu,
            port: DEFAULT_PORT,
        }
    }
}

/// What an expression comes to on an instance class, on the default port; a plain integer is itself. `None` if it is
/// neither, if the class is unknown, for a division by zero and for results beyond 64 bits.
pub fn evaluate(expression: &str, class: &str) -> Option<i64> {
    evaluate_with(expression, &Variables::from(classes::class(class)?))
}

/// The same with the variables given, for a member on another port or with Serverless v2 bounds.
pub fn evaluate_with(expression: &str, variables: &Variables) -> Option<i64> {
    parse(expression)?.value(variables)
}

/// Whether a text is a well-formed formula (and not a plain integer).
pub(super) fn is_formula(text: &str) -> bool {
    plain_integer(text).is_none() && parse(text).is_some()
}

fn parse(text: &str) -> Option<Expression> {
    let mut parser = Parser { rest: text };
    let expression = parser.expression(0)?;
    parser.rest.is_empty().then_some(expression)
}

#[derive(Debug)]
enum Expression {
    Integer(i64),
    Braces(Chain),
    Call(Function, Vec<Expression>),
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Greatest,
    Least,
    Sum,
    If,
}

/// A variable or logarithm, then multiplications and divisions.
#[derive(Debug)]
struct Chain {
    first: Operand,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Operand {
    Memory,
    Vcpu,
    Port,
    Log(Box<Chain>),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Times(i64),
    Over(i64),
}

impl Expression {
    fn value(&self, variables: &Variables) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Braces(chain) => chain.value(variables),
            Self::Call(function, arguments) => {
                let values = arguments
                    .iter()
                    .map(|argument| argument.value(variables))
                    .collect::<Option<Vec<i64>>>()?;
                match function {
                    Function::Greatest => values.into_iter().max(),
                    Function::Least => values.into_iter().min(),
                    Function::Sum => values.into_iter().try_fold(0_i64, i64::checked_add),
                    Function::If => match values.as_slice() {
                        [condition, then, otherwise] => {
                            Some(if *condition == 0 { *otherwise } else { *then })
                        }
                        _ => None,
                    },
                }
            }
        }
    }
}

impl Chain {
    fn value(&self, variables: &Variables) -> Option<i64> {
        let first = match &self.first {
            Operand::Memory => i64::try_from(variables.engine_memory_bytes).ok()?,
            Operand::Vcpu => i64::from(variables.vcpu),
            Operand::Port => i64::from(variables.port),
            // The logarithm of nothing is not documented. Nothing is the harmless answer: the one formula of the
            // catalogue that gets there, on small classes, takes the greater of it and 200.
            Operand::Log(argument) => argument
                .value(variables)?
                .checked_ilog2()
                .map_or(0, i64::from),
        };
        self.steps
            .iter()
            .try_fold(first, |value, step| match *step {
                Step::Times(factor) => value.checked_mul(factor),
                Step::Over(divisor) => value.checked_div(divisor),
            })
    }
}

struct Parser<'text> {
    rest: &'text str,
}

impl<'text> Parser<'text> {
    fn expression(&mut self, depth: usize) -> Option<Expression> {
        if self.takes("${") || self.takes("{") {
            let chain = self.chain()?;
            return self.takes("}").then_some(Expression::Braces(chain));
        }
        if self
            .rest
            .starts_with(|first: char| first.is_ascii_alphabetic())
        {
            return self.call(depth);
        }
        self.integer().map(Expression::Integer)
    }

    fn call(&mut self, depth: usize) -> Option<Expression> {
        let function = match self.word().to_ascii_uppercase().as_str() {
            "GREATEST" => Function::Greatest,
            "LEAST" => Function::Least,
            "SUM" => Function::Sum,
            "IF" => Function::If,
            _ => return None,
        };
        if depth >= DEPTH_MAX || !self.takes("(") {
            return None;
        }
        let mut arguments = vec![self.expression(depth + 1)?];
        while self.takes(",") {
            // The guide's own example has a space after the comma.
            self.rest = self.rest.trim_start_matches(' ');
            arguments.push(self.expression(depth + 1)?);
        }
        let complete = !matches!(function, Function::If) || arguments.len() == 3;
        (complete && self.takes(")")).then_some(Expression::Call(function, arguments))
    }

    fn chain(&mut self) -> Option<Chain> {
        let first = match self.word() {
            "DBInstanceClassMemory" => Operand::Memory,
            "DBInstanceVCPU" => Operand::Vcpu,
            "EndPointPort" => Operand::Port,
            "log" if self.takes("(") => {
                let argument = self.chain_without_log()?;
                if !self.takes(")") {
                    return None;
                }
                Operand::Log(Box::new(argument))
            }
            _ => return None,
        };
        let mut steps = Vec::new();
        loop {
            if self.takes("*") {
                steps.push(Step::Times(self.integer()?));
            } else if self.takes("/") {
                steps.push(Step::Over(self.integer()?));
            } else {
                return Some(Chain { first, steps });
            }
        }
    }

    /// What stands inside `log(…)`: a logarithm of a logarithm is no formula.
    fn chain_without_log(&mut self) -> Option<Chain> {
        if self.rest.starts_with("log") {
            None
        } else {
            self.chain()
        }
    }

    fn integer(&mut self) -> Option<i64> {
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let length = digits.bytes().take_while(u8::is_ascii_digit).count()
            + (self.rest.len() - digits.len());
        let (number, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        plain_integer(number)
    }

    fn word(&mut self) -> &'text str {
        let length = self
            .rest
            .bytes()
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        let (word, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or(("", self.rest));
        self.rest = rest;
        word
    }

    fn takes(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 GiB for the engine, 2 vCPU.
    const VARIABLES: Variables = Variables {
        engine_memory_bytes: 4_294_967_296,
        vcpu: 2,
        port: 6543,
    };

    fn value(expression: &str) -> Option<i64> {
        evaluate_with(expression, &VARIABLES)
    }

    #[test]
    fn every_form_of_the_grammar_is_read() {
        assert_eq!(value("500"), Some(500));
        assert_eq!(value("-1"), Some(-1));
        assert_eq!(value("{EndPointPort}"), Some(6543));
        assert_eq!(value("{DBInstanceClassMemory}"), Some(4_294_967_296));
        assert_eq!(value("{DBInstanceClassMemory/9531392}"), Some(450));
        assert_eq!(value("{DBInstanceClassMemory*3}"), Some(12_884_901_888));
        assert_eq!(value("{DBInstanceClassMemory*3/4}"), Some(3_221_225_472));
        assert_eq!(value("${DBInstanceVCPU*2}"), Some(4));
        assert_eq!(
            value("LEAST({DBInstanceClassMemory/9531392},5000)"),
            Some(450)
        );
        assert_eq!(value("greatest(${DBInstanceVCPU/2},8)"), Some(8));
        assert_eq!(
            value("SUM({DBInstanceClassMemory/12038},-50003)"),
            Some(306_781)
        );
        assert_eq!(value("IF({DBInstanceVCPU/4},1,2)"), Some(2));
        assert_eq!(value("If({DBInstanceVCPU},1,2)"), Some(1));
        assert_eq!(value("LEAST(GREATEST(1, SUM(2,3)), 9)"), Some(5));
    }

    #[test]
    fn each_step_cuts_off_decimals_before_the_next() {
        // 4294967296 / 63963136 is 67.1.
        assert_eq!(
            value("{DBInstanceClassMemory/63963136*1024}"),
            Some(67 * 1024)
        );
        // log2(4294967296 / 1000000) is log2(4294) is 12.06.
        assert_eq!(
            value("{log(DBInstanceClassMemory/1000000)*600}"),
            Some(12 * 600)
        );
        assert_eq!(
            value("{log(DBInstanceClassMemory/21474836480)*600}"),
            Some(0)
        );
        assert_eq!(
            value("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)"),
            Some(200)
        );
    }

    #[test]
    fn anything_else_is_no_formula() {
        for text in [
            "",
            " ",
            "500ms",
            "0.5",
            "on",
            "{",
            "{}",
            "{DBInstanceClassMemory",
            "{dbinstanceclassmemory}",
            "{AllocatedMemory}",
            "{5}",
            "{DBInstanceClassMemory/}",
            "{DBInstanceClassMemory / 2}",
            "{DBInstanceClassMemory+2}",
            "LEAST()",
            "LEAST(1,,2)",
            "LEAST(1,2",
            "LEAST(1,2))",
            "LEAST (1,2)",
            "MOST(1,2)",
            "IF(1,2)",
            "log(8)",
            "{log(log(DBInstanceVCPU))}",
            "{LOG(DBInstanceVCPU)}",
            "{DBInstanceClassMemory/9531392}é",
        ] {
            assert_eq!(value(text), None, "{text}");
            assert!(!is_formula(text), "{text}");
        }
    }

    #[test]
    fn a_formula_without_an_answer_has_none() {
        assert_eq!(value("{DBInstanceClassMemory/0}"), None);
        assert_eq!(value("{DBInstanceClassMemory*9223372036854775807}"), None);
        assert_eq!(value("SUM(9223372036854775807,1)"), None);
        assert_eq!(evaluate("{DBInstanceVCPU}", "db.nosuch.large"), None);
    }

    #[test]
    fn functions_nest_sixteen_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}1{}", "SUM(".repeat(depth), ")".repeat(depth));
        assert_eq!(value(&nested(16)), Some(1));
        assert_eq!(value(&nested(17)), None);
        assert_eq!(value(&"SUM(".repeat(1_000_000)), None);
    }
}
