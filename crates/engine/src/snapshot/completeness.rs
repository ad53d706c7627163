use std::collections::{BTreeMap, BTreeSet};

use crate::kind::KindName;
use crate::record::{Identity, Key};

/// Why a kind is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncompleteReason {
    /// The loader never said that it has seen all of it.
    NotConfirmed,
    /// The loader said why.
    Because(String),
}

/// Which kinds a loader has seen all of. Absence from a snapshot means something only where the snapshot is complete:
/// nothing is ever deleted because an incomplete source lacks it.
#[derive(Debug, Clone, Default)]
pub struct Completeness {
    all: bool,
    complete: BTreeSet<KindName>,
    incomplete: BTreeMap<KindName, String>,
    unreadable: Vec<Identity>,
}

impl Completeness {
    /// All kinds have been seen whole, save those that are said to be incomplete.
    pub fn confirm_all(&mut self) {
        self.all = true;
    }

    pub fn confirm(&mut self, kind: &KindName) {
        self.complete.insert(kind.clone());
    }

    /// Something of this kind was not read. The first reason given is kept; it outweighs any confirmation.
    pub fn deny(&mut self, kind: &KindName, reason: impl Into<String>) {
        self.incomplete.entry(kind.clone()).or_insert_with(|| reason.into());
    }

    /// This one record exists but could not be read; its kind may still be complete.
    pub fn unreadable(&mut self, kind: &KindName, key: Key) {
        self.unreadable.push(Identity { kind: kind.clone(), key });
    }

    /// # Errors
    /// The reason why absence of a record of this kind proves nothing.
    pub fn of(&self, kind: &KindName) -> Result<(), IncompleteReason> {
        if let Some(reason) = self.incomplete.get(kind) {
            Err(IncompleteReason::Because(reason.clone()))
        } else if self.all || self.complete.contains(kind) {
            Ok(())
        } else {
            Err(IncompleteReason::NotConfirmed)
        }
    }

    pub fn unreadable_records(&self) -> &[Identity] {
        &self.unreadable
    }
}

impl std::fmt::Display for IncompleteReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            IncompleteReason::NotConfirmed => f.write_str("the source did not confirm that it was read to its end"),
            IncompleteReason::Because(reason) => f.write_str(reason),
        }
    }
}
