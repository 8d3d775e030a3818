//! Where fuzzing begins: the seeds of a target, and the inputs that once showed a fault.
//!
//! Goes in: the folder of the fuzz crate and a target. Comes out: all inputs; or files in libFuzzer's corpus folder.

use super::Target;
use std::fs;
use std::path::Path;

/// The seeds and the kept inputs of a target, in an order that does not change.
pub fn all(folder: &Path, target: &Target) -> Vec<Vec<u8>> {
    let mut inputs = (target.seeds)();
    inputs.extend(kept(folder, target));
    inputs
}

/// The inputs that once showed a fault: `kept/TARGET/WHAT_IT_SHOWED`.
pub fn kept(folder: &Path, target: &Target) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(folder.join("kept").join(target.name))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
        .collect()
}

/// Writes them to `corpus/TARGET`, where libFuzzer looks for inputs.
pub fn plant(folder: &Path, target: &Target) {
    let corpus = folder.join("corpus").join(target.name);
    fs::create_dir_all(&corpus).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()));
    for (number, input) in all(folder, target).iter().enumerate() {
        let file = corpus.join(format!("seed-{number:03}"));
        fs::write(&file, input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
