//! Programs of other people that are written in Python: the AWS CLI, boto3, and moto, which answers as S3.

use super::project::repository;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The folder of `aws` and `python`, installed where they are missing.
pub(crate) fn programs() -> &'static PathBuf {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        if let Some(folder) = std::env::var_os("AURORACTL_TESTS_PYTHON") {
            return folder.into();
        }
        let script = repository().join("tests/python-clients");
        let output = Command::new(&script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{} failed", script.display());
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}
