//! Records as owned, plain data: what goes into a snapshot and what comes out of a plan.
//!
//! Inside a snapshot records are rows of canonical bytes; this form is for the edges.

mod flags;
mod key;

use indexmap::IndexMap;

pub use flags::RecordFlags;
pub use key::{Identity, Key};

use crate::kind::KindName;
use crate::value::Value;

/// Attribute name → value, in the order of the kind's declaration.
pub type Attributes = IndexMap<String, Value>;

/// One object of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub kind: KindName,
    pub key: Key,
    pub attributes: Attributes,
    /// The record that this one hangs below.
    pub parent: Option<Identity>,
    pub flags: RecordFlags,
}

impl Record {
    pub fn new(kind: impl Into<KindName>, key: impl Into<Key>) -> Self {
        Self {
            kind: kind.into(),
            key: key.into(),
            attributes: Attributes::new(),
            parent: None,
            flags: RecordFlags::NONE,
        }
    }

    #[must_use]
    pub fn with(mut self, attribute: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(attribute.into(), value.into());
        self
    }

    #[must_use]
    pub fn under(mut self, parent: Identity) -> Self {
        self.parent = Some(parent);
        self
    }

    #[must_use]
    pub fn flagged(mut self, flags: RecordFlags) -> Self {
        self.flags = flags;
        self
    }

    pub fn identity(&self) -> Identity {
        Identity { kind: self.kind.clone(), key: self.key.clone() }
    }
}
