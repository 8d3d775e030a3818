//! Where runs and leases are kept, when it is not beside the declarations: a bucket, or a folder.
//!
//! Goes in: `s3://BUCKET/PREFIX`, or a folder's path. Comes out: the place in its parts, or why it is none.

use crate::names::{ProfileName, Region};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where runs and leases are kept, as declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Store {
    /// The bucket and the folder in it.
    pub bucket: Bucket,
    /// The bucket's region; the partition's where it is not declared.
    pub region: Option<Region>,
    /// The profile that may use the bucket; the partition's where it is not declared.
    pub profile: Option<ProfileName>,
}

/// A place for runs and leases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// A folder that this machine can reach.
    Folder(PathBuf),
    /// A bucket, which many machines can reach.
    Bucket(Bucket),
}

/// A bucket and a folder in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// What all keys begin with, without slashes at its ends; may be empty.
    pub prefix: String,
}

/// A text that names no place for runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotAPlace {
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl FromStr for Location {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if text.trim().is_empty() {
            return Err(not_a_place("the place of the runs is empty".to_owned()));
        }
        if text.contains("://") || text.starts_with("s3:") {
            text.parse().map(Self::Bucket)
        } else {
            Ok(Self::Folder(PathBuf::from(text)))
        }
    }
}

impl FromStr for Bucket {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        // What stands before an `@` may be a password, and is not for printing.
        if text.contains('@') {
            return Err(not_a_place(
                "the URL of the runs holds an `@`: keys and passwords do not belong in it"
                    .to_owned(),
            ));
        }
        let Some(rest) = text.strip_prefix("s3://") else {
            return Err(not_a_place(match text.split_once("://") {
                Some((scheme, _)) => format!("runs cannot be kept at `{scheme}://`"),
                None => format!("`{text}` is no URL of a bucket"),
            }));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket_name(name) {
            return Err(not_a_place(format!("`{name}` is no bucket's name")));
        }
        let prefix = prefix.trim_matches('/');
        if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
            return Err(not_a_place(format!(
                "`{prefix}` is no folder in a bucket: letters, digits, `-`, `_`, `.` and `=` between single slashes"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

fn not_a_place(message: String) -> NotAPlace {
    NotAPlace {
        message,
        hint: "runs are kept in a folder, or in a bucket of S3: s3://BUCKET/PREFIX".to_owned(),
    }
}

/// Bucket naming rules (Amazon S3 User Guide, general purpose buckets), as far as they keep a name out of the rest of a URL.
fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().copied().all(allowed)
        && ends_well(bytes.first())
        && ends_well(bytes.last())
}

/// Whether a part of a key means itself in every URL and every tool.
fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte))
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, prefix } = self;
        if prefix.is_empty() {
            write!(formatter, "s3://{name}")
        } else {
            write!(formatter, "s3://{name}/{prefix}")
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Bucket(bucket) => bucket.fmt(formatter),
        }
    }
}

impl TryFrom<String> for Bucket {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        text.parse()
    }
}

impl From<Bucket> for String {
    fn from(bucket: Bucket) -> Self {
        bucket.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_anything_without_a_scheme_a_folder() {
        for (text, expected) in [
            ("s3://acme-runs", "s3://acme-runs"),
            ("s3://acme-runs/", "s3://acme-runs"),
            (
                "s3://acme.runs/team=db/aurora/",
                "s3://acme.runs/team=db/aurora",
            ),
        ] {
            let location: Location = text.parse().unwrap();
            assert!(matches!(location, Location::Bucket(_)), "{text}");
            assert_eq!(location.to_string(), expected);
        }
        for text in ["runs", "/srv/runs", "../runs", "C:\\runs"] {
            let location: Location = text.parse().unwrap();
            assert_eq!(location, Location::Folder(PathBuf::from(text)));
        }
    }

    #[test]
    fn what_is_neither_is_refused_by_its_reason_and_a_password_is_not_told() {
        for (text, expected) in [
            ("", "the place of the runs is empty"),
            ("gs://acme-runs/a", "runs cannot be kept at `gs://`"),
            (
                "https://acme-runs.s3.amazonaws.com",
                "runs cannot be kept at `https://`",
            ),
            ("s3:acme-runs", "`s3:acme-runs` is no URL of a bucket"),
            ("s3://", "`` is no bucket's name"),
            ("s3://Acme_Runs/a", "`Acme_Runs` is no bucket's name"),
            (
                "s3://acme-runs/a//b",
                "`a//b` is no folder in a bucket: letters, digits, `-`, `_`, `.` and `=` between single slashes",
            ),
            (
                "s3://acme-runs/../b",
                "`../b` is no folder in a bucket: letters, digits, `-`, `_`, `.` and `=` between single slashes",
            ),
            (
                "s3://key:PASSWORD@acme-runs/a",
                "the URL of the runs holds an `@`: keys and passwords do not belong in it",
            ),
        ] {
            let error = text.parse::<Location>().unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}").contains("PASSWORD"), "{error:?}");
        }
    }
}
