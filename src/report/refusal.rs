//! A refusal for people: every reason with its rule and its way out.
//!
//! Goes in: a partition and the planner's refusal. Comes out: an error that ends with exit code 3.

use super::style::wrap;
use crate::error::Error;
use crate::names::PartitionName;
use crate::plan::Refusal;
use crate::plan::refusal::Reason;
use std::fmt::Write as _;

/// The error that tells all reasons of a refusal.
pub fn error(partition: &PartitionName, refusal: &Refusal) -> Error {
    let Refusal { reasons } = refusal;
    let message = match reasons.len() {
        1 => format!("nothing may be done to `{partition}`, for one reason"),
        number => format!("nothing may be done to `{partition}`, for {number} reasons"),
    };
    Error::refused(message).showing(body(reasons))
}

fn body(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for (index, reason) in reasons.iter().enumerate() {
        let Reason {
            rule,
            fact,
            way_out,
        } = reason;
        if index > 0 {
            text.push('\n');
        }
        let number = format!("  {}. ", index + 1);
        text.push_str(&wrap(&number, fact));
        let space = " ".repeat(number.len());
        text.push_str(&wrap(&format!("{space}way out: "), way_out));
        let _ = writeln!(text, "{space}rule: {rule}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_with_its_way_out() {
        let refusal = Refusal {
            reasons: vec![
                Reason {
                    rule: "single-member".to_owned(),
                    fact: "cluster `orders` has one member: a restart stops reads and writes until it is back, because there is nothing to fail over to".to_owned(),
                    way_out: "add a reader, or accept the interruption with --allow-downtime".to_owned(),
                },
                Reason {
                    rule: "owned-by-a-stack".to_owned(),
                    fact: "cluster `orders` belongs to CloudFormation stack `Orders-Aurora`".to_owned(),
                    way_out: "change the stack, or take the cluster over with --take-ownership".to_owned(),
                },
            ],
        };
        let error = error(&PartitionName::new("prod"), &refusal);
        assert_eq!(error.exit().code(), 3);
        insta::assert_snapshot!(error.render(false), @"
        refused: nothing may be done to `prod`, for 2 reasons

          1. cluster `orders` has one member: a restart stops reads and writes until it is back, because
             there is nothing to fail over to
             way out: add a reader, or accept the interruption with --allow-downtime
             rule: single-member

          2. cluster `orders` belongs to CloudFormation stack `Orders-Aurora`
             way out: change the stack, or take the cluster over with --take-ownership
             rule: owned-by-a-stack
        ");
    }
}
