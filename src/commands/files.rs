//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

/// Writes a file beside its place and puts it there at once: a reader sees the text before or after, never half of it.
///
/// # Errors
/// When the folder is not there or cannot be written.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut temporary = file
        .file_name()
        .map_or_else(|| OsString::from("file"), OsString::from);
    temporary.push(format!(".{}.new", std::process::id()));
    let temporary = file.with_file_name(temporary);
    fs::write(&temporary, text)?;
    fs::rename(&temporary, file).inspect_err(|_| {
        // What is left over would only puzzle; the first failure is what counts.
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prod.plan.json");
        replace(&file, "old").unwrap();
        replace(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
