//! The Aurora simulator: answers the AWS wire for clusters that exist only in memory. Imports nothing else of this crate.

pub mod classes;
pub mod engine_versions;
pub mod parameters;
