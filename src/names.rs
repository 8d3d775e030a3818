//! A newtype for every identifier, so that a cluster can never be passed where an instance is meant.
//!
//! Goes in: text from declarations and AWS replies. Comes out: names that compare as AWS compares them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares a name that is kept and compared exactly as it was written.
macro_rules! exact_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

/// Declares a name that RDS stores in lower case and looks up without regard to case.
macro_rules! lowercase_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Stored in lower case, as RDS stores it, so that equality ignores the case that was written.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text in lower case.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().to_ascii_lowercase())
            }

            /// The text, in lower case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::new)
            }
        }
    };
}

exact_name! {
    /// The name of a partition: one Aurora cluster and its settings in one environment.
    PartitionName
}
exact_name! {
    /// A twelve-digit AWS account id.
    AccountId
}
exact_name! {
    /// An AWS region, such as `us-east-1`.
    Region
}
exact_name! {
    /// A profile of the AWS configuration files.
    ProfileName
}
exact_name! {
    /// An immutable resource id (`cluster-…`, `db-…`); it survives a rename.
    ResourceId
}
exact_name! {
    /// An instance class, such as `db.r7g.large`.
    InstanceClass
}
exact_name! {
    /// A parameter group family, such as `aurora-postgresql16`.
    Family
}
exact_name! {
    /// The name of a PostgreSQL or RDS parameter, such as `max_connections`.
    ParameterName
}
exact_name! {
    /// One action of a plan, such as `reboot orders-2`; unique in its plan and stable between plans.
    ActionId
}
exact_name! {
    /// One apply, such as `20260515-060500-prod-4f1c`.
    RunId
}
lowercase_name! {
    /// The identifier of a DB cluster.
    ClusterId
}
lowercase_name! {
    /// The identifier of a DB instance, a member of a cluster.
    InstanceId
}
lowercase_name! {
    /// The name of a DB cluster parameter group or DB parameter group.
    ParameterGroupName
}
lowercase_name! {
    /// The identifier of a DB cluster snapshot.
    SnapshotId
}

impl ParameterGroupName {
    /// Whether AWS owns the group: `default.FAMILY` can be neither modified, reset nor deleted.
    pub fn is_default(&self) -> bool {
        self.as_str().starts_with("default.")
    }
}

impl Family {
    /// The family of an engine at a version: `aurora-postgresql` 16.6 gives `aurora-postgresql16`.
    pub fn of(engine: &str, engine_version: &str) -> Self {
        let major = engine_version.split('.').next().unwrap_or(engine_version);
        Self(format!("{engine}{major}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_identifiers_compare_without_case() {
        assert_eq!(ClusterId::new("Orders-Prod"), ClusterId::new("orders-prod"));
        assert_eq!(ClusterId::new("Orders-Prod").to_string(), "orders-prod");
    }

    #[test]
    fn a_family_takes_only_the_major_version() {
        assert_eq!(
            Family::of("aurora-postgresql", "16.6").as_str(),
            "aurora-postgresql16"
        );
    }
}
