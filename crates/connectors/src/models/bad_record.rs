use trueup_engine::Key;

use crate::Place;

/// A record that is there and cannot become a model.
#[derive(Debug, Clone, PartialEq)]
pub struct BadRecord {
    pub(super) place: Place,
    pub(super) key: Option<Key>,
    pub(super) cause: String,
}

impl BadRecord {
    /// `cause` says what is wrong with it, as one line for people.
    pub fn new(place: Place, cause: impl Into<String>) -> Self {
        Self { place, key: None, cause: cause.into() }
    }

    /// Its key, when at least that can be made out: then other records of its kind that are gone may still be deleted.
    #[must_use]
    pub fn with_key(self, key: impl Into<Key>) -> Self {
        Self { key: Some(key.into()), ..self }
    }
}
