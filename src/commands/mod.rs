//! One verb per file, and what the verbs share: a session with AWS, a survey of many partitions, simulated worlds.
//!
//! Goes in: parsed arguments. Comes out: text through `report::Output`, and an exit code. Only this room enters `sim`.

pub mod apply;
pub mod approval;
pub mod approve;
pub mod declarations;
pub mod drift;
pub mod failover;
pub mod files;
pub mod follow;
pub mod graph;
pub mod interruption;
pub mod plan;
pub mod probing;
pub mod rehearse;
pub mod restore;
pub mod resume;
pub mod rollback;
pub mod saved;
pub mod schema;
pub mod session;
pub mod shared_world;
pub mod simulate;
pub mod simulated;
pub mod status;
pub mod stores;
pub mod survey;
pub mod unlock;
pub mod validate;
pub mod verify;
pub mod witness;
pub mod world_door;
