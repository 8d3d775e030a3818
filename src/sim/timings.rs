//! How long everything takes. In: `[timings]` of a world file. Out: a spread of seconds for each phase.
//!
//! The defaults rest on measurements of four Aurora PostgreSQL 16.6 clusters (db.t3.medium pairs, us-east-1), except where a
//! field says otherwise. In a world file each is a fixed number, `[least, most]` or `[least, usual, most]`, in seconds.

use serde::{Deserialize, Serialize};

/// A duration that varies, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) usual: f64,
    pub(crate) most: f64,
    /// The key of [`Timings`] that it belongs to, by which recorded durations are found; empty outside of them.
    pub(crate) phase: &'static str,
}

impl Spread {
    const fn new(least: f64, usual: f64, most: f64) -> Self {
        Self {
            least,
            usual,
            most,
            phase: "",
        }
    }

    /// The same seconds as those of another phase.
    pub(crate) const fn of(self, phase: &'static str) -> Self {
        Self { phase, ..self }
    }

    /// The value at a fraction of the triangular distribution with its peak at the usual value.
    pub(crate) fn at(self, unit: f64) -> f64 {
        let Self {
            least, usual, most, ..
        } = self;
        let width = most - least;
        if width <= 0.0 {
            return least;
        }
        let peak = (usual - least) / width;
        if unit < peak {
            least + (unit * width * (usual - least)).sqrt()
        } else {
            most - ((1.0 - unit) * width * (most - usual)).sqrt()
        }
    }
}

/// The spellings of a spread in a world file and in a saved world.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Spelling {
    Fixed(f64),
    Between([f64; 2]),
    Around([f64; 3]),
}

impl Serialize for Spread {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Spelling::Around([self.least, self.usual, self.most]).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Spread {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let spelling = Spelling::deserialize(deserializer).map_err(|_| {
            D::Error::custom("expected seconds: a number, [least, most] or [least, usual, most]")
        })?;
        let spread = match spelling {
            Spelling::Fixed(seconds) => Self::new(seconds, seconds, seconds),
            Spelling::Between([least, most]) => Self::new(least, f64::midpoint(least, most), most),
            Spelling::Around([least, usual, most]) => Self::new(least, usual, most),
        };
        let ordered = spread.least <= spread.usual && spread.usual <= spread.most;
        if !ordered || spread.least < 0.0 || spread.most > super::SECONDS_MAX {
            return Err(D::Error::custom(
                "seconds must not be negative, must rise from least to most, and be at most 3.2e10",
            ));
        }
        Ok(spread)
    }
}

macro_rules! timings {
    ($($(#[$doc:meta])* $name:ident = $least:literal, $usual:literal, $most:literal;)*) => {
        /// The spread of each phase.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(from = "Written")]
        pub(crate) struct Timings {
            $($(#[$doc])* pub(crate) $name: Spread,)*
            /// How often a failover's cluster status lingers in `failing-over` for minutes (1 in 20: observed once in few tries).
            pub(crate) failover_settle_slow_chance: f64,
        }

        impl Default for Timings {
            fn default() -> Self {
                Written::default().into()
            }
        }

        /// As a file has them: each spread without the name of its phase.
        #[derive(Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Written {
            $($name: Spread,)*
            failover_settle_slow_chance: f64,
        }

        impl Default for Written {
            fn default() -> Self {
                Self { $($name: Spread::new($least, $usual, $most),)* failover_settle_slow_chance: 0.05 }
            }
        }

        impl From<Written> for Timings {
            fn from(written: Written) -> Self {
                let Written { $($name,)* failover_settle_slow_chance } = written;
                Self { $($name: $name.of(stringify!($name)),)* failover_settle_slow_chance }
            }
        }
    };
}

timings! {
    /// FailoverDBCluster accepted, until the cluster shows `failing-over`.
    failover_accept = 4.0, 11.0, 14.0;
    /// `failing-over` until the writer flag moves.
    failover_flip = 10.0, 11.0, 13.0;
    /// The writer flag moved, until the cluster is `available`.
    failover_settle = 10.0, 12.0, 12.0;
    /// The same, the rare slow way.
    failover_settle_slow = 120.0, 245.0, 260.0;
    /// How long the demoted member's engine is down (inferred: it is back before the cluster settles).
    failover_restart = 6.0, 8.0, 10.0;
    /// The writer flag moved, until the cluster endpoint leads to the new writer (its name has a time to live of 5 s).
    failover_endpoint = 1.0, 5.0, 10.0;
    /// RebootDBInstance, until `available`.
    reboot = 15.0, 35.0, 60.0;
    /// ModifyDBInstance accepted, until the instance shows `modifying`.
    modify_accept = 10.0, 20.0, 90.0;
    /// A class change's `modifying` phase.
    class_change = 280.0, 330.0, 380.0;
    /// How long the engine is down within that phase.
    class_change_outage = 60.0, 90.0, 120.0;
    /// The `modifying` phase of changes that leave the engine alone.
    modify_light = 10.0, 20.0, 30.0;
    /// `configuring-enhanced-monitoring` after a class change or a change of an instance's monitoring.
    monitoring_settle = 60.0, 63.0, 120.0;
    /// ModifyDBCluster with Insights or monitoring settings accepted, until the cluster shows `configuring-enhanced-monitoring`.
    insights_accept = 2.0, 5.0, 10.0;
    /// That status of the cluster.
    insights_settle = 60.0, 112.0, 120.0;
    /// ModifyDBCluster accepted, until the cluster shows the status of a longer change.
    cluster_modify_accept = 2.0, 10.0, 20.0;
    /// Port, identifier, IAM authentication and master password changes of a cluster.
    cluster_modify = 20.0, 30.0, 60.0;
    /// A manual cluster snapshot until `available`.
    snapshot = 200.0, 280.0, 340.0;
    /// A changed or attached cluster parameter group, until dynamic values are in force on a member.
    parameter_propagation = 5.0, 20.0, 60.0;
    /// CreateDBCluster until `available` (general knowledge).
    cluster_create = 45.0, 60.0, 120.0;
    /// CreateDBInstance until its engine is up (general knowledge).
    instance_create = 300.0, 420.0, 900.0;
    /// DeleteDBInstance until it is gone (general knowledge).
    instance_delete = 120.0, 240.0, 420.0;
    /// DeleteDBCluster until it is gone (general knowledge).
    cluster_delete = 30.0, 60.0, 120.0;
    /// DeleteDBCluster accepted, until the cluster shows `deleting`.
    cluster_delete_accept = 1.0, 2.0, 5.0;
    /// RestoreDBClusterFromSnapshot until `available` (general knowledge).
    restore = 300.0, 420.0, 900.0;
    /// A minor engine upgrade of a cluster (general knowledge).
    minor_upgrade = 240.0, 360.0, 600.0;
    /// A major engine upgrade of a cluster (documented as taking tens of minutes).
    major_upgrade = 900.0, 1200.0, 1800.0;
    /// Changed capacity bounds, until serverless members can be rebooted (inferred: a short while in which all looks available).
    capacity_settle = 20.0, 30.0, 60.0;
    /// A custom endpoint until it is created, changed or gone (general knowledge).
    endpoint = 30.0, 60.0, 120.0;
    /// System maintenance of a cluster or instance, its members down (general knowledge).
    maintenance = 60.0, 120.0, 300.0;
    /// CreateBlueGreenDeployment until `AVAILABLE` (documented as 30 to 90 minutes and more).
    blue_green_create = 1800.0, 2700.0, 5400.0;
    /// SwitchoverBlueGreenDeployment accepted, until both sides stop taking writes (a client saw about 7 s).
    blue_green_accept = 5.0, 7.0, 10.0;
    /// From there until green has blue's names (documented as usually under a minute).
    blue_green_switchover = 20.0, 40.0, 65.0;
    /// DeleteBlueGreenDeployment until it is gone (general knowledge).
    blue_green_delete = 60.0, 180.0, 420.0;
    /// StopDBCluster until `stopped` (general knowledge).
    cluster_stop = 120.0, 300.0, 600.0;
    /// StartDBCluster until `available` (general knowledge).
    cluster_start = 300.0, 600.0, 900.0;
    /// Between two events of an operation on a stack, and for a resource that is not simulated (general knowledge).
    stack_step = 1.0, 2.0, 4.0;
    /// Between two looks of a handler of CloudFormation at its resource.
    stack_probe = 30.0, 30.0, 30.0;
    /// CreateChangeSet until the change set is ready (general knowledge).
    change_set = 3.0, 5.0, 12.0;
    /// DetectStackDrift until its result shows (general knowledge).
    drift_detection = 5.0, 10.0, 20.0;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Deserialize)]
    struct File {
        timings: Timings,
    }

    #[test]
    fn a_timing_is_a_number_a_pair_or_a_triple() {
        let file: File = toml::from_str(
            "[timings]\nreboot = 30\nsnapshot = [200, 340]\nmodify_accept = [19, 20, 90]",
        )
        .unwrap();
        assert_eq!(
            file.timings.reboot,
            Spread::new(30.0, 30.0, 30.0).of("reboot")
        );
        assert_eq!(
            file.timings.snapshot,
            Spread::new(200.0, 270.0, 340.0).of("snapshot")
        );
        assert_eq!(
            file.timings.modify_accept,
            Spread::new(19.0, 20.0, 90.0).of("modify_accept")
        );
        assert_eq!(file.timings.class_change, Timings::default().class_change);
    }

    #[test]
    fn a_falling_or_negative_timing_is_refused() {
        for text in [
            "reboot = [60, 15]",
            "reboot = -1",
            "reboot = inf",
            "reboot = \"35s\"",
            "rebooot = 35",
        ] {
            assert!(
                toml::from_str::<File>(&format!("[timings]\n{text}")).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_spread_reaches_from_its_least_to_its_most_with_its_peak_at_the_usual() {
        let spread = Spread::new(10.0, 20.0, 90.0);
        assert_eq!(spread.at(0.0), 10.0);
        assert!((spread.at(1.0) - 90.0).abs() < 1e-9);
        assert!((spread.at(0.125) - 20.0).abs() < 1e-9);
    }
}
