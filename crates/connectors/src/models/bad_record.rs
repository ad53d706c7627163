use trueup_engine::Key;

use crate::Place;

/// A record that is there and cannot become a model.
#[derive(Debug, Clone, PartialEq)]
pub struct BadRecord(Box<Parts>);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) place: Place,
    pub(super) key: Option<Key>,
    pub(super) cause: String,
}

impl BadRecord {
    /// `cause` says what is wrong with it, as one line for people.
    pub fn new(place: Place, cause: impl Into<String>) -> Self {
        Self(Box::new(Parts { place, key: None, cause: cause.into() }))
    }

    /// Its key, when at least that can be made out: then other records of its kind that are gone may still be deleted.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Key>) -> Self {
        self.0.key = Some(key.into());
        self
    }

    pub(super) fn into_parts(self) -> Parts {
        *self.0
    }
}
