//! What every subject needs: a project folder of its own, the real binary in it, and a simulator that answers.

pub(crate) mod bucket;
pub(crate) mod evidence;
pub(crate) mod extensions;
pub(crate) mod final_world;
pub(crate) mod operator;
pub(crate) mod postgres;
pub(crate) mod project;
pub(crate) mod python;
pub(crate) mod random_world;
pub(crate) mod running;
pub(crate) mod server;
pub(crate) mod story;
