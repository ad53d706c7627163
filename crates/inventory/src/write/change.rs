//! What a caller asks for, and what it gets back.

use std::fmt;
use std::sync::Arc;

use trueup_engine::Value;

use super::loss::Loss;
use crate::storage::{RecordId, RequestId, Version};

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
/// begin with the same reference (`device_type__model`, `device_type__manufacturer__name`, or `device_type__id`) together
/// name one record. A field of many records takes a list: of natural keys (texts, or lists when a key has several
/// parts), or of maps whose paths and values together name one record, such as `{id: …}`.
/// A create may say the `id` of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub content_type: Arc<str>,
    pub action: Action,
    pub identifiers: PathValues,
    pub values: PathValues,
    /// The version that an update or delete was made for; it fails when the record is at another one.
    pub expected: Option<Version>,
}

impl Change {
    pub fn create(content_type: impl Into<Arc<str>>, values: PathValues) -> Self {
        Self::new(content_type, Action::Create, PathValues::new(), values)
    }

    pub fn update(content_type: impl Into<Arc<str>>, identifiers: PathValues, values: PathValues) -> Self {
        Self::new(content_type, Action::Update, identifiers, values)
    }

    pub fn delete(content_type: impl Into<Arc<str>>, identifiers: PathValues) -> Self {
        Self::new(content_type, Action::Delete, identifiers, PathValues::new())
    }

    /// A change of any version of its record.
    pub fn new(content_type: impl Into<Arc<str>>, action: Action, identifiers: PathValues, values: PathValues) -> Self {
        Self { content_type: content_type.into(), action, identifiers, values, expected: None }
    }

    /// Only if the record is at that version.
    #[must_use]
    pub fn expecting(mut self, version: Option<Version>) -> Self {
        self.expected = version;
        self
    }

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
    /// The version that the record is at now. None after a delete, and for types that keep no times.
    pub version: Option<Version>,
    /// After a delete whose context asks for it: what was lost, the record itself first.
    pub losses: Vec<Loss>,
}

/// Who changes, and why: what the change log tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeContext {
    /// The record of the user, when it is one of this inventory.
    pub user: Option<RecordId>,
    pub user_name: String,
    /// One for all changes of one request or one run of a job.
    pub request_id: RequestId,
    /// Where the change came from: `web`, `job`, `orm`.
    pub change_context: String,
    /// More about that, such as the name of the job.
    pub change_context_detail: String,
    pub components: Components,
    pub custom_fields: UnknownCustomFields,
    pub primary_addresses: PrimaryAddresses,
    pub losses: Losses,
}

/// Whether a delete tells what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Losses {
    /// Nobody would keep it.
    #[default]
    Untold,
    /// As far as somebody wants to bring it back; for a sync, which notes it and can be taken back.
    Told,
}

/// Where the primary address of a device or a virtual machine may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrimaryAddresses {
    /// Anywhere; right for a sync, which may assign it to an interface later.
    #[default]
    Anywhere,
    /// On an interface of the record.
    Assigned,
}

/// What happens to keys of `custom_fields` that are not defined for the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownCustomFields {
    /// The change fails; right for a sync, where a misspelt key would never arrive.
    #[default]
    Refuse,
    /// They are left out, as clients of the API expect.
    Drop,
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
    /// Changes by a job, under a request id of their own. Deletes tell no losses: the steps of a sync ask for them
    /// themselves, since the sync notes them, and nobody else does.
    pub fn job(user_name: impl Into<String>, job: impl Into<String>) -> Self {
        Self {
            user: None,
            user_name: user_name.into(),
            request_id: RequestId::random(),
            change_context: "job".to_owned(),
            change_context_detail: job.into(),
            components: Components::Leave,
            custom_fields: UnknownCustomFields::Refuse,
            primary_addresses: PrimaryAddresses::Anywhere,
            losses: Losses::Untold,
        }
    }

    /// Changes by a request of a user. `detail` names what was asked, such as `dcim-api:device-list`.
    pub fn web(user: RecordId, user_name: impl Into<String>, request_id: RequestId, detail: impl Into<String>) -> Self {
        Self {
            user: Some(user),
            user_name: user_name.into(),
            request_id,
            change_context: "web".to_owned(),
            change_context_detail: detail.into(),
            components: Components::Instantiate,
            custom_fields: UnknownCustomFields::Drop,
            primary_addresses: PrimaryAddresses::Assigned,
            losses: Losses::Untold,
        }
    }
}
