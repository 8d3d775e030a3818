#![no_main]
//! Fuzzes the target `declarations`, beginning with its seeds.

use auroractl_fuzz::{seeds, target};
use std::path::Path;

libfuzzer_sys::fuzz_target!(
    init: seeds::plant(Path::new(env!("CARGO_MANIFEST_DIR")), target("declarations")),
    |data: &[u8]| (target("declarations").run)(data)
);
