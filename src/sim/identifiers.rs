//! Names and ARNs. In: what a caller wrote. Out: the lower-case form that RDS stores, or AWS's refusal.

use super::error::Error;

/// Which rule a name follows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Clusters, instances and snapshots: at most 63 characters.
    Identifier,
    /// Parameter and subnet groups: at most 255.
    GroupName,
}

/// Checks a new name and returns it in lower case: a letter first, then letters, digits and single hyphens.
pub(crate) fn checked(parameter: &str, name: &str, kind: Kind) -> Result<String, Error> {
    let most = match kind {
        Kind::Identifier => 63,
        Kind::GroupName => 255,
    };
    let valid = name.len() <= most
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--");
    if valid {
        return Ok(name.to_ascii_lowercase());
    }
    Err(Error::invalid_value(format!(
        "The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII \
         letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// The stored form of a name or ARN by which a caller looks something up: lookups do not distinguish case.
pub(crate) fn stored(name_or_arn: &str) -> String {
    let name = if name_or_arn.starts_with("arn:") {
        // The seventh part: names of automated snapshots contain colons themselves.
        name_or_arn.splitn(7, ':').last().unwrap_or(name_or_arn)
    } else {
        name_or_arn
    };
    name.to_ascii_lowercase()
}

/// Whether an ARN names something of another account or region; a bare name never does.
pub(crate) fn is_foreign(name_or_arn: &str, region: &str, account: &str) -> bool {
    let parts: Vec<&str> = name_or_arn.splitn(7, ':').collect();
    matches!(parts.as_slice(), ["arn", _, _, its_region, its_account, _, _] if *its_region != region || *its_account != account)
}

/// `arn:aws:rds:REGION:ACCOUNT:KIND:NAME`.
pub(crate) fn arn(region: &str, account: &str, kind: &str, name: &str) -> String {
    format!("arn:aws:rds:{region}:{account}:{kind}:{name}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn identifiers_are_stored_in_lower_case() {
        assert_eq!(
            checked(
                "DBClusterIdentifier",
                "Alpha001-prod-AuroraCluster",
                Kind::Identifier
            )
            .unwrap(),
            "alpha001-prod-auroracluster"
        );
        assert_eq!(
            stored("arn:aws:rds:us-east-1:123456789012:cluster:Orders"),
            "orders"
        );
        assert_eq!(
            stored("arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:orders-2026"),
            "rds:orders-2026"
        );
    }

    #[test]
    fn identifiers_that_break_the_rules_are_refused() {
        for name in ["", "1a", "a-", "a--b", "a_b", "ä", &"a".repeat(64)] {
            let error = checked("DBInstanceIdentifier", name, Kind::Identifier).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValue", "{name}");
            assert!(
                error
                    .message
                    .starts_with("The parameter DBInstanceIdentifier is not a valid identifier.")
            );
        }
    }
}
