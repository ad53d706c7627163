//! What a caller asks for, and what it gets back.

use std::fmt;
use std::sync::Arc;

use trueup_engine::Value;

use crate::storage::{RecordId, RequestId};

/// What to do with one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    /// The word of the change log: `create`, `update` or `delete`.
    pub fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        }
    }
}

/// Paths with their values, in the order of the caller. Paths are shared, since many changes have the same.
pub type PathValues = Vec<(Arc<str>, Value)>;

/// One change of one record.
///
/// `identifiers` find the record of an update or delete; for a create they are values like all others. All paths that
/// begin with the same reference (`device_type__model`, `device_type__manufacturer__name`) together name one record.
/// A field of many records takes the natural keys of its targets: texts, or lists when a key has several parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub content_type: Arc<str>,
    pub action: Action,
    pub identifiers: PathValues,
    pub values: PathValues,
}

impl Change {
    /// How people find the record in their data: `dcim.device name=sw1, location__name=AMS`.
    pub(crate) fn describe(&self) -> String {
        let key = if self.identifiers.is_empty() { &self.values } else { &self.identifiers };
        format!("{} {}", self.content_type, Pairs(key.iter().map(|(path, value)| (path.as_ref(), value))))
    }
}

/// `a=1, b=2`.
pub(crate) struct Pairs<I>(pub I);

impl<'a, I: Iterator<Item = (&'a str, &'a Value)> + Clone> fmt::Display for Pairs<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (path, value)) in self.0.clone().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{path}={value}")?;
        }
        Ok(())
    }
}

/// A record as the inventory now holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub id: RecordId,
    /// Every path of the change, with its value as stored. Empty after a delete.
    pub values: PathValues,
}

/// Who changes, and why: what the change log tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeContext {
    pub user_name: String,
    /// One for all changes of one request or one run of a job.
    pub request_id: RequestId,
    /// Where the change came from: `web`, `job`, `orm`.
    pub change_context: String,
    /// More about that, such as the name of the job.
    pub change_context_detail: String,
    pub components: Components,
}

/// Whether a new device gets the components that its device type describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Components {
    /// Interfaces are made from the interface templates of the device type.
    Instantiate,
    /// The device starts empty; right for a sync, whose source knows the components.
    #[default]
    Leave,
}

impl ChangeContext {
    /// Changes by a job, under a request id of their own.
    pub fn job(user_name: impl Into<String>, job: impl Into<String>) -> Self {
        Self {
            user_name: user_name.into(),
            request_id: RequestId::random(),
            change_context: "job".to_owned(),
            change_context_detail: job.into(),
            components: Components::Leave,
        }
    }
}
