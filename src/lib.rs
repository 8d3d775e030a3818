//! auroractl: declare, plan and apply changes of Amazon Aurora PostgreSQL clusters.
//!
//! Data enters at one door and flows one way:
//!
//! ```text
//! environments/*.toml ──> config ──> desired ─┐
//! RDS, STS <──wire──> aws ──> observed ───────┴─> plan ──> graph ──> apply ──> event ──> report
//! PostgreSQL <──wire──> sql ──> observed                            journal
//! sim: answers the wires (AWS Query/XML and PostgreSQL), imports nothing of ours
//! ```

pub mod apply;
pub mod aws;
pub mod cli;
pub mod commands;
pub mod config;
pub mod desired;
pub mod error;
pub mod event;
pub mod graph;
pub mod hint;
pub mod invariants;
pub mod journal;
pub mod names;
pub mod observed;
pub mod plan;
pub mod report;
pub mod run;
pub mod sim;
pub mod sql;
