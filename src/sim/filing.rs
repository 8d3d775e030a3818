//! Objects by identifier, and by other names of theirs. In: objects, changed as anybody likes. Out: those with a certain name, without
//! a look at all of thousands.
//!
//! Reading goes through to the map. What was handed out to be changed is filed anew when the next one is handed out; until then it is
//! looked at whatever is asked for, so that what is found is always true.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a name is to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    Cluster,
    Group,
    Member,
    Resource,
}

/// What can be found by more than its identifier.
pub(crate) trait Filed {
    /// Its other names.
    fn names(&self) -> impl Iterator<Item = (By, &str)>;
}

/// Objects by identifier.
#[derive(Debug, Clone)]
pub(crate) struct Filing<T> {
    all: BTreeMap<String, T>,
    /// Identifiers by name, as they were filed last.
    found: BTreeMap<By, BTreeMap<String, BTreeSet<String>>>,
    /// Under which names each is filed.
    filed: BTreeMap<String, Vec<(By, String)>>,
    /// Which one may have other names by now than it is filed under.
    loose: Option<String>,
}

impl<T> Default for Filing<T> {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            found: BTreeMap::new(),
            filed: BTreeMap::new(),
            loose: None,
        }
    }
}

/// How something is found is no part of what there is.
impl<T: PartialEq> PartialEq for Filing<T> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<T: Serialize> Serialize for Filing<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

impl<'de, T: Filed + Deserialize<'de>> Deserialize<'de> for Filing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut filing = Self::default();
        for (identifier, object) in BTreeMap::deserialize(deserializer)? {
            filing.insert(identifier, object);
        }
        Ok(filing)
    }
}

impl<T> Deref for Filing<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl<T: Filed> Filing<T> {
    pub(crate) fn get_mut(&mut self, identifier: &str) -> Option<&mut T> {
        if self.loose.as_deref() != Some(identifier) {
            self.file();
            if self.all.contains_key(identifier) {
                self.loose = Some(identifier.to_owned());
            }
        }
        self.all.get_mut(identifier)
    }

    pub(crate) fn insert(&mut self, identifier: String, object: T) {
        self.file();
        self.all.insert(identifier.clone(), object);
        self.loose = Some(identifier);
        self.file();
    }

    pub(crate) fn remove(&mut self, identifier: &str) -> Option<T> {
        self.file();
        self.withdraw(identifier);
        self.all.remove(identifier)
    }

    /// Those with a name, in the order of their identifiers.
    pub(crate) fn with<'a>(&'a self, by: By, name: &'a str) -> impl Iterator<Item = &'a T> {
        let filed = self.found.get(&by).and_then(|names| names.get(name));
        let mut identifiers: BTreeSet<&String> = filed.into_iter().flatten().collect();
        identifiers.extend(&self.loose);
        let objects = identifiers
            .into_iter()
            .filter_map(|identifier| self.all.get(identifier));
        objects.filter(move |object| object.names().any(|of_object| of_object == (by, name)))
    }

    /// Files what was handed out last under the names that it has now.
    fn file(&mut self) {
        let Some(identifier) = self.loose.take() else {
            return;
        };
        let Some(object) = self.all.get(&identifier) else {
            return;
        };
        let filed = self.filed.get(&identifier).map(Vec::as_slice);
        let filed = filed.unwrap_or_default().iter();
        if filed
            .map(|(by, name)| (*by, name.as_str()))
            .eq(object.names())
        {
            return;
        }
        let names: Vec<(By, String)> = object
            .names()
            .map(|(by, name)| (by, name.to_owned()))
            .collect();
        self.withdraw(&identifier);
        for (by, name) in &names {
            let names = self.found.entry(*by).or_default();
            let identifiers = names.entry(name.clone()).or_default();
            identifiers.insert(identifier.clone());
        }
        self.filed.insert(identifier, names);
    }

    /// Takes an object out from under all its names.
    fn withdraw(&mut self, identifier: &str) {
        for (by, name) in self.filed.remove(identifier).unwrap_or_default() {
            let Some(names) = self.found.get_mut(&by) else {
                continue;
            };
            if let Some(identifiers) = names.get_mut(&name) {
                identifiers.remove(identifier);
                if identifiers.is_empty() {
                    names.remove(&name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Book {
        shelf: String,
        readers: Vec<String>,
    }

    impl Filed for Book {
        fn names(&self) -> impl Iterator<Item = (By, &str)> {
            let readers = self.readers.iter();
            std::iter::once((By::Group, self.shelf.as_str()))
                .chain(readers.map(|reader| (By::Member, reader.as_str())))
        }
    }

    fn book(shelf: &str, readers: &[&str]) -> Book {
        Book {
            shelf: shelf.to_owned(),
            readers: readers.iter().map(|&reader| reader.to_owned()).collect(),
        }
    }

    /// Reading all gives the same as the index, for every name there is and for one that nobody has.
    fn check(books: &Filing<Book>) {
        let names = books.values().flat_map(Filed::names);
        let names: BTreeSet<(By, &str)> = names.chain([(By::Group, "nowhere")]).collect();
        for (by, name) in names {
            let found: Vec<&Book> = books.with(by, name).collect();
            let read: Vec<&Book> = books
                .values()
                .filter(|book| book.names().any(|of_book| of_book == (by, name)))
                .collect();
            assert_eq!(found, read, "{by:?} {name}");
        }
    }

    #[test]
    fn what_is_found_by_a_name_is_what_has_it_now_whatever_was_changed() {
        let mut books = Filing::default();
        books.insert("a".to_owned(), book("left", &["ann"]));
        books.insert("b".to_owned(), book("left", &[]));
        books.insert("c".to_owned(), book("right", &["ann", "bob"]));
        check(&books);
        assert_eq!(books.with(By::Group, "left").count(), 2);
        // Still in nobody's hands, and already somewhere else.
        "right".clone_into(&mut books.get_mut("a").unwrap().shelf);
        check(&books);
        assert_eq!(books.with(By::Group, "right").count(), 2);
        "attic".clone_into(&mut books.get_mut("b").unwrap().shelf);
        check(&books);
        books.get_mut("c").unwrap().readers.remove(0);
        assert!(books.get_mut("nobody").is_none());
        check(&books);
        assert_eq!(books.remove("a").unwrap().shelf, "right");
        check(&books);
        books.insert("c".to_owned(), book("left", &[]));
        check(&books);
        assert_eq!(books.with(By::Group, "right").count(), 0);
        let saved = serde_json::to_string(&books).unwrap();
        let restored: Filing<Book> = serde_json::from_str(&saved).unwrap();
        assert_eq!(restored, books);
        check(&restored);
        // Names that nobody has any more leave nothing behind.
        for name in ["b", "c"] {
            books.remove(name);
        }
        assert!(books.found.values().all(BTreeMap::is_empty) && books.filed.is_empty());
    }
}
