//! A document of a store that several machines may change: nobody writes over what he has not read.
//!
//! Goes in: a key, and new contents. Comes out: the content as found, and whether it still was so when it was written.

use super::error::Error;
use super::place::{Place, Version};
use super::store::Store;

/// The document, as this process knows it.
#[derive(Debug)]
pub struct Shared {
    place: Place,
    key: String,
    /// What it held when we read or wrote it last; absent where there was none.
    version: Option<Version>,
}

impl Shared {
    /// Reads the document, if it exists.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn read(store: &Store, key: &str) -> Result<(Self, Option<Vec<u8>>), Error> {
        let place = store.place().clone();
        let (version, content) = match place.read(key)? {
            None => (None, None),
            Some(found) => (Some(found.version), Some(found.bytes)),
        };
        let shared = Self {
            place,
            key: key.to_owned(),
            version,
        };
        Ok((shared, content))
    }

    /// Writes it where it still is as it was read or written last. False where somebody changed it: nothing is written.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        let written = match &self.version {
            None => self.place.create(&self.key, bytes)?,
            Some(version) => self.place.replace(&self.key, version, bytes)?,
        };
        let is_written = written.is_some();
        if is_written {
            self.version = written;
        }
        Ok(is_written)
    }

    /// What a person calls it.
    pub fn name(&self) -> String {
        self.place.name(&self.key)
    }
}
