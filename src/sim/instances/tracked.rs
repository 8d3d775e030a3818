//! The instances of a place, and which of them may have changed since somebody last asked: what looks for changes need not look at
//! all of thousands after each step.

use std::collections::BTreeSet;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::Instance;
use crate::sim::filing::Filing;

/// Instances by identifier. Reading goes through; whoever may change one is remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Instances {
    all: Filing<Instance>,
    #[serde(skip)]
    touched: BTreeSet<String>,
}

/// What was touched is no part of what there is.
impl PartialEq for Instances {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Deref for Instances {
    type Target = Filing<Instance>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Instances {
    pub(crate) fn get_mut(&mut self, identifier: &str) -> Option<&mut Instance> {
        let found = self.all.get_mut(identifier);
        if found.is_some() && !self.touched.contains(identifier) {
            self.touched.insert(identifier.to_owned());
        }
        found
    }

    pub(crate) fn insert(&mut self, identifier: String, instance: Instance) {
        self.touched.insert(identifier.clone());
        self.all.insert(identifier, instance);
    }

    pub(crate) fn remove(&mut self, identifier: &str) -> Option<Instance> {
        let removed = self.all.remove(identifier)?;
        self.touched.insert(identifier.to_owned());
        Some(removed)
    }

    /// The identifiers of all that may have changed, come or gone since this was last asked.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn who_was_changed_added_or_removed_is_told_once() {
        let instance = |name: &str| {
            Instance::new(
                name,
                format!("db-{name}"),
                "orders",
                "db.t3.medium",
                "16.6",
                Timestamp::UNIX_EPOCH,
            )
        };
        let mut instances = Instances::default();
        for name in ["a", "b", "c"] {
            instances.insert(name.to_owned(), instance(name));
        }
        let mut told = Vec::new();
        told.push(instances.take_touched());
        assert!(instances.get("a").is_some() && instances.get_mut("nobody").is_none());
        told.push(instances.take_touched());
        instances.get_mut("b");
        instances.get_mut("b");
        instances.remove("c");
        told.push(instances.take_touched());
        let told: Vec<String> = told
            .into_iter()
            .map(|names| names.into_iter().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(told, ["a b c", "", "b c"]);
    }
}
