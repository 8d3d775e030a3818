//! Roles and databases of a cluster. In: what the world file declares, and the master user. Out: who is a member of what, and
//! which extensions a database has.
//!
//! Sources: PostgreSQL documentation, "Predefined Roles"; Aurora User Guide, "Understanding the rds_superuser role" (the master
//! user belongs to it, it belongs to pg_monitor, and it is no superuser); "IAM database authentication" (rds_iam).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::scram;
use crate::sim::clusters::Cluster;
use crate::sim::random::Draws;

/// The role of the service itself, which nobody else can log in as.
pub(crate) const SERVICE_ROLE: &str = "rdsadmin";
/// Lets a user log in with a token of IAM, and with nothing else.
pub(crate) const IAM_ROLE: &str = "rds_iam";

/// What SQL finds in a cluster besides its settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// Users besides the master user, or the master user with a password.
    #[serde(default)]
    pub(crate) users: BTreeMap<String, User>,
    /// Databases besides the first one and `postgres`, or those with extensions.
    #[serde(default)]
    pub(crate) databases: BTreeMap<String, Database>,
}

/// A login role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    /// What proves the password, as `pg_authid` keeps it; none lets everybody in.
    pub(crate) verifier: Option<String>,
    pub(crate) roles: BTreeSet<String>,
}

/// A database and the extensions that were created in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Database {
    pub(crate) extensions: BTreeSet<String>,
}

/// Roles that exist in every cluster, with their object identifiers and what they belong to. Those of the service have none that
/// is known, so theirs are made up from 16384 on, where PostgreSQL begins to count.
const ROLES: &[(&str, i64, &[&str])] = &[
    (
        "pg_monitor",
        3373,
        &[
            "pg_read_all_settings",
            "pg_read_all_stats",
            "pg_stat_scan_tables",
        ],
    ),
    ("pg_read_all_settings", 3374, &[]),
    ("pg_read_all_stats", 3375, &[]),
    ("pg_stat_scan_tables", 3377, &[]),
    ("pg_signal_backend", 4200, &[]),
    ("pg_read_server_files", 4569, &[]),
    ("pg_write_server_files", 4570, &[]),
    ("pg_execute_server_program", 4571, &[]),
    ("pg_database_owner", 6171, &[]),
    ("pg_read_all_data", 6181, &[]),
    ("pg_write_all_data", 6182, &[]),
    (SERVICE_ROLE, 10, &[]),
    (
        "rds_superuser",
        16_384,
        &[
            "pg_monitor",
            "pg_signal_backend",
            "rds_password",
            "rds_replication",
        ],
    ),
    ("rds_password", 16_385, &[]),
    ("rds_replication", 16_386, &[]),
    (IAM_ROLE, 16_387, &[]),
    ("rds_ad", 16_388, &[]),
];

/// Whether a name is one of the roles that exist in every cluster.
pub(crate) fn is_built_in(role: &str) -> bool {
    ROLES.iter().any(|(name, ..)| *name == role)
}

/// A role with its object identifier and whether it can log in.
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) oid: i64,
    pub(crate) logs_in: bool,
}

impl Cluster {
    /// Every role.
    pub(crate) fn roles(&self) -> Vec<Role> {
        let built_in = ROLES.iter().map(|(name, oid, _)| Role {
            name: (*name).to_owned(),
            oid: *oid,
            logs_in: *name == SERVICE_ROLE,
        });
        let users = self.login_roles().into_iter().zip(16_400..);
        let users = users.map(|(name, oid)| Role {
            name,
            oid,
            logs_in: true,
        });
        built_in.chain(users).collect()
    }

    /// The master user and those that are declared.
    fn login_roles(&self) -> BTreeSet<String> {
        self.contents
            .users
            .keys()
            .cloned()
            .chain([self.master_username.clone()])
            .collect()
    }

    /// What proves a user's password. The salt is drawn, so that the same world proves it the same way.
    pub(crate) fn verifier(&self, seed: u64, user: &str, password: &str) -> String {
        let object = format!("{}/{user}", self.resource_id);
        let salt = Draws::default().name(seed, "salt", &object, "0123456789abcdef", 16);
        scram::verifier(password, salt.as_bytes())
    }

    /// From now on the master user is asked for this password.
    pub(crate) fn set_master_password(&mut self, seed: u64, password: &str) {
        let name = self.master_username.clone();
        let verifier = self.verifier(seed, &name, password);
        self.contents.users.entry(name).or_default().verifier = Some(verifier);
    }

    /// A user that may log in.
    pub(crate) fn user(&self, name: &str) -> Option<User> {
        self.contents
            .users
            .get(name)
            .cloned()
            .or_else(|| (name == self.master_username).then(User::default))
    }

    /// What a role belongs to, directly.
    pub(crate) fn belongs_to(&self, role: &str) -> BTreeSet<String> {
        let built_in = ROLES
            .iter()
            .filter(|(name, ..)| *name == role)
            .flat_map(|(.., parents)| parents.iter().map(|parent| (*parent).to_owned()));
        let declared = self.contents.users.get(role).into_iter();
        let declared = declared.flat_map(|user| user.roles.iter().cloned());
        let master = (role == self.master_username).then(|| "rds_superuser".to_owned());
        built_in.chain(declared).chain(master).collect()
    }

    /// Whether a role has the privileges of another: its own, and those of all it belongs to.
    pub(crate) fn has_role(&self, role: &str, wanted: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![role.to_owned()];
        while let Some(role) = open.pop() {
            if role == wanted {
                return true;
            }
            if seen.insert(role.clone()) {
                open.extend(self.belongs_to(&role));
            }
        }
        false
    }

    /// The databases that can be connected to, with their extensions.
    pub(crate) fn databases(&self) -> BTreeMap<String, Database> {
        self.contents.databases_with(self.database_name.as_deref())
    }
}

impl Contents {
    /// The databases, with `postgres` and the one that the cluster was created with.
    pub(crate) fn databases_with(&self, first: Option<&str>) -> BTreeMap<String, Database> {
        let mut databases = self.databases.clone();
        for name in [Some("postgres"), first].into_iter().flatten() {
            databases.entry(name.to_owned()).or_default();
        }
        databases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn membership_reaches_through_roles_and_does_not_turn_in_circles() {
        let mut cluster = Cluster::new("c", String::new(), "16.6", "r", Timestamp::UNIX_EPOCH);
        assert!(cluster.has_role("postgres", "pg_read_all_settings"));
        assert!(!cluster.has_role("app", "pg_read_all_settings"));
        for (user, role) in [("app", "team"), ("team", "app")] {
            let roles = [role.to_owned()].into();
            let user_data = User {
                roles,
                ..User::default()
            };
            cluster.contents.users.insert(user.to_owned(), user_data);
        }
        assert!(cluster.has_role("app", "team"));
        assert!(!cluster.has_role("app", "pg_monitor"));
    }
}
