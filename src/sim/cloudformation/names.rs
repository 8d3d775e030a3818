//! Names that CloudFormation gives: ARNs of stacks and change sets, and physical ids of resources that a template does not name.
//!
//! Source: CloudFormation User Guide, "Name type" (the stack's name, the logical id and twelve random letters), as seen on stacks
//! of the CDK; RDS stores names in lower case.

use serde_json::Value;

use super::types::{self, Called, Nature};
use crate::sim::place::Place;
use crate::sim::world::Rules;

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
/// The longest identifier of a cluster or instance.
const IDENTIFIER_LENGTH_MOST: usize = 63;
/// The longest name of a group.
const GROUP_NAME_LENGTH_MOST: usize = 255;
const RANDOM_LENGTH: usize = 12;

/// `arn:aws:cloudformation:REGION:ACCOUNT:KIND/NAME/UUID`, a new one each time.
pub(crate) fn arn(place: &mut Place, rules: &Rules, kind: &str, name: &str) -> String {
    let uuid = uuid(place, rules, name);
    format!(
        "arn:aws:cloudformation:{}:{}:{kind}/{name}/{uuid}",
        place.region, place.account
    )
}

/// A drawn UUID.
pub(crate) fn uuid(place: &mut Place, rules: &Rules, of: &str) -> String {
    let object = format!("{}/{}/{of}", place.account, place.region);
    let digits = place
        .draws
        .name(rules.seed, "stack uuid", &object, "0123456789abcdef", 32);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// The physical id of a new resource: as the template names it, else a generated one.
pub(crate) fn physical(
    place: &mut Place,
    rules: &Rules,
    stack: &str,
    (logical, kind): (&str, &str),
    properties: &Value,
) -> String {
    let named = |property: &str| {
        properties
            .get(property)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let length_most = match types::nature(kind) {
        Nature::Passive => {
            return match types::called(kind) {
                Called::Id(prefix) => {
                    let digits = draw(place, rules, (stack, logical), "0123456789abcdef", 17);
                    format!("{prefix}{digits}")
                }
                Called::Name(property) => named(property)
                    .unwrap_or_else(|| generated(place, rules, (stack, logical), 128)),
                Called::Arn(service, before, property) => {
                    let name = named(property)
                        .unwrap_or_else(|| generated(place, rules, (stack, logical), 128));
                    let region = if service == "iam" { "" } else { &place.region };
                    format!(
                        "arn:aws:{service}:{region}:{}:{before}{name}",
                        place.account
                    )
                }
            };
        }
        Nature::Cluster | Nature::Instance => IDENTIFIER_LENGTH_MOST,
        _ => GROUP_NAME_LENGTH_MOST,
    };
    let name = types::name_property(kind).and_then(named);
    name.unwrap_or_else(|| generated(place, rules, (stack, logical), length_most))
        .to_ascii_lowercase()
}

fn draw(
    place: &mut Place,
    rules: &Rules,
    (stack, logical): (&str, &str),
    letters: &str,
    length: usize,
) -> String {
    let object = format!("{}/{}/{stack}/{logical}", place.account, place.region);
    place
        .draws
        .name(rules.seed, "physical id", &object, letters, length)
}

fn generated(place: &mut Place, rules: &Rules, of: (&str, &str), length_most: usize) -> String {
    let random = draw(place, rules, of, LETTERS, RANDOM_LENGTH);
    let (stack, logical) = of;
    let mut name = format!("{stack}-{logical}");
    while name.contains("--") {
        name = name.replace("--", "-");
    }
    let kept: String = name
        .chars()
        .take(length_most.saturating_sub(RANDOM_LENGTH + 1))
        .collect();
    format!("{}-{random}", kept.trim_end_matches('-'))
}
