//! A simulated world that is kept in a bucket: many machines can look at it, one at a time changes it.
//!
//! Goes in: the store, and which world. Comes out: the world as it was left, and each change written where nobody else changed
//! it since. Who changes it is named in it, until a minute after the last change: a command that was killed is not waited for.

use super::simulated::Keep;
use crate::error::Error;
use crate::journal::holder::process_is_gone;
use crate::journal::{Holder, Shared, Store};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long after its last change a world counts as in use, in seconds of this machine's clock.
const TERM_SECONDS: i64 = 60;

/// The world, as this process knows it.
#[derive(Debug)]
pub struct SharedWorld {
    document: Shared,
    content: Content,
    /// The world's name, for people.
    name: String,
    runs: Store,
    /// Whether this command has changed it.
    is_ours: bool,
}

/// What the document says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    /// How often the world was begun anew; its runs are of that world.
    begun: u32,
    /// Who changes it.
    held: Option<Held>,
    /// The world, as the simulator saves it; absent where it has not begun.
    world: Option<String>,
}

/// Who changes a world, with which command, and until when he is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    by: Holder,
    command: String,
    until: Timestamp,
}

impl SharedWorld {
    /// Opens the world `key` in a store; `fresh` begins it anew.
    ///
    /// # Errors
    /// A bucket that does not answer, a world that another command is changing, a damaged document.
    pub fn open(
        store: &Store,
        key: &str,
        name: &str,
        fresh: bool,
        keep: &Keep,
    ) -> Result<Self, Error> {
        let folder = format!("simulated/{key}");
        let (document, found) = Shared::read(store, &format!("{folder}/world.json"))?;
        let mut content = match found {
            None => Content::default(),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Error::failed(format!("{} is damaged", document.name())).caused_by(error)
            })?,
        };
        let myself = Holder::of_this_process();
        let command = match keep {
            Keep::Changes(command) => Some(command.clone()),
            Keep::Nothing => None,
        };
        if (fresh || command.is_some())
            && let Some(held) = &content.held
            && held.until > Timestamp::now()
            && process_is_gone(&held.by, &myself) != Some(true)
        {
            return Err(Error::refused(format!(
                "the simulated world `{name}` is in use by `auroractl {}` of {} on {} (process {})",
                held.command, held.by.user, held.by.host, held.by.process
            ))
            .hinted(format!(
                "wait for it to end; a command that was killed is waited for until {}",
                held.until
            )));
        }
        if fresh && content.world.is_some() {
            content.begun = content.begun.saturating_add(1);
            content.world = None;
        }
        // Nobody can remove the runs of the world before; they stay where they are, and are not looked at.
        let runs = store.below(&match content.begun {
            0 => folder,
            times => format!("{folder}-{times}"),
        });
        content.held = command.map(|command| Held {
            by: myself,
            command,
            until: Timestamp::MIN,
        });
        let mut world = Self {
            document,
            content,
            name: name.to_owned(),
            runs,
            is_ours: false,
        };
        if fresh && *keep == Keep::Nothing {
            world.write()?;
        }
        Ok(world)
    }

    /// The world as it was left, where it has begun.
    pub fn saved(&self) -> Option<&str> {
        self.content.world.as_deref()
    }

    /// Where its runs are.
    pub fn runs(&self) -> &Store {
        &self.runs
    }

    /// What a person calls its document.
    pub fn document(&self) -> String {
        self.document.name()
    }

    /// Keeps the world as it is now.
    ///
    /// # Errors
    /// A bucket that does not answer, or another command that changed it since.
    pub fn keep(&mut self, text: &str) -> Result<(), Error> {
        self.content.world = Some(text.to_owned());
        if let Some(held) = &mut self.content.held {
            held.until = Timestamp::now()
                .checked_add(SignedDuration::from_secs(TERM_SECONDS))
                .unwrap_or(Timestamp::MAX);
        }
        self.write()
    }

    /// Keeps it, and lets others change it.
    ///
    /// # Errors
    /// Those of `keep`.
    pub fn give_back(&mut self, text: &str) -> Result<(), Error> {
        self.content.held = None;
        self.keep(text)
    }

    fn write(&mut self) -> Result<(), Error> {
        let bytes = serde_json::to_vec(&self.content).map_err(|error| {
            Error::failed(format!("cannot write {}", self.document.name())).caused_by(error)
        })?;
        if self.document.write(&bytes)? {
            self.is_ours = true;
            return Ok(());
        }
        let said = format!(
            "another command changed the simulated world `{}` since this one {} it",
            self.name,
            if self.is_ours { "wrote" } else { "read" }
        );
        Err(if self.is_ours {
            Error::failed(said).hinted(format!(
                "nothing that this command did since is kept; the world is as the other left it: {}",
                self.document.name()
            ))
        } else {
            Error::refused(said).hinted("try again")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::journal::Memory;

    fn open(store: &Store, command: &str) -> Result<SharedWorld, Error> {
        SharedWorld::open(
            store,
            "abc",
            "built-in",
            false,
            &Keep::Changes(command.to_owned()),
        )
    }

    #[test]
    fn one_at_a_time_changes_a_world_and_whoever_comes_too_late_notices() {
        let store = Store::in_memory(Memory::default());
        let mut first = open(&store, "apply prod").unwrap();
        let mut second = open(&store, "apply dev").unwrap();
        first.keep("1").unwrap();
        // Both looked before either wrote.
        let late = second.keep("2").unwrap_err();
        assert_eq!(late.exit().code(), 3);
        assert!(late.render(false).contains("another command changed"));
        // Once it is named in it, nobody else begins.
        let text = open(&store, "apply dev").unwrap_err().render(false);
        assert!(
            text.contains("is in use by `auroractl apply prod`"),
            "{text}"
        );
        first.give_back("3").unwrap();
        let third = open(&store, "apply dev").unwrap();
        assert_eq!(third.saved(), Some("3"));
    }

    #[test]
    fn a_command_that_was_killed_is_waited_for_a_while_and_then_notices_if_it_lives() {
        let store = Store::in_memory(Memory::default());
        let mut killed = open(&store, "apply prod").unwrap();
        if let Some(held) = &mut killed.content.held {
            held.by.host = "elsewhere".to_owned();
        }
        killed.keep("1").unwrap();
        assert!(open(&store, "resume").is_err());
        if let Some(held) = &mut killed.content.held {
            held.until = Timestamp::now();
        }
        killed.write().unwrap();
        let mut next = open(&store, "resume").unwrap();
        assert_eq!(next.saved(), Some("1"));
        next.keep("2").unwrap();
        assert!(killed.keep("3").is_err());
    }

    #[test]
    fn a_fresh_world_has_runs_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let mut first = open(&store, "apply prod").unwrap();
        first.give_back("1").unwrap();
        let fresh = SharedWorld::open(&store, "abc", "built-in", true, &Keep::Nothing).unwrap();
        assert_eq!(fresh.saved(), None);
        assert_ne!(first.runs().name(), fresh.runs().name());
        let again = open(&store, "apply prod").unwrap();
        assert_eq!(again.saved(), None);
        assert_eq!(again.runs().name(), fresh.runs().name());
    }
}
