//! Kinds: what the records of one type look like, and the schema that ties the kinds of one side together.
//!
//! A [`Kind`] is checked when it is made and never afterwards: its identifier, attribute and child fields are disjoint,
//! and everything that it names is declared. A [`Schema`] is checked as a whole: children and references resolve.
//! Kinds come from three places, which all end in [`KindBuilder`]: written by hand, read from a [`SchemaDocument`],
//! or derived from a struct with `#[derive(Model)]`.

mod builder;
mod document;
mod field;
mod model;
mod owner;
mod permissions;
mod schema;

pub use builder::{KindBuilder, KindError, KindProblem};
pub use document::{DocumentError, FieldDocument, FullFieldDocument, KindDocument, SchemaDocument};
pub use field::{Blank, Case, Field, Nulls};
pub use model::{FromRecordError, Model, ModelValue};
pub use owner::Owner;
pub(crate) use owner::merge;
pub use permissions::{Permissions, Permit};
pub use schema::{KindId, Schema, SchemaError, SchemaProblem};

use std::fmt;
use std::sync::Arc;

use crate::record::RecordFlags;
use crate::value::FieldType;

/// The name of a kind: `site`, `device`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct KindName(Arc<str>);

impl KindName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for KindName {
    fn from(name: &str) -> Self {
        KindName(name.into())
    }
}

impl From<String> for KindName {
    fn from(name: String) -> Self {
        KindName(name.into())
    }
}

impl From<&String> for KindName {
    fn from(name: &String) -> Self {
        KindName(name.as_str().into())
    }
}

impl From<&KindName> for KindName {
    fn from(name: &KindName) -> Self {
        name.clone()
    }
}

impl std::borrow::Borrow<str> for KindName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for KindName {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for KindName {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

/// A declared type of record.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    name: KindName,
    identifiers: Vec<Field>,
    attributes: Vec<Field>,
    children: Vec<Child>,
    references: Vec<Reference>,
    containments: Vec<Containment>,
    shortname: Vec<Slot>,
    content_type: Option<String>,
    flags: RecordFlags,
    permissions: Permissions,
}

/// Where a field stands in the records of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Identifier(usize),
    Attribute(usize),
}

/// A kind whose records hang below records of this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    pub kind: KindName,
    /// The name of the list of children, as DiffSync's users know it (`interfaces`). Shown, never used to match.
    pub field: String,
    /// Fields of the child that hold its parent's key, in the order of the parent's identifiers. Empty when a loader
    /// links children by hand.
    pub by: Vec<String>,
}

/// Fields that together hold the key of a record of another kind, or part of it. All null means that nothing is
/// referenced.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub to: KindName,
    /// In the order of the identifiers of the referenced kind; `None` for an identifier that no field says.
    pub fields: Vec<Option<Slot>>,
}

/// Records of this kind lie inside networks of another kind: an address in its prefix. Which network that is follows
/// from the addresses, so it orders steps and is no reference: a network may go when another one covers its addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Containment {
    pub within: KindName,
    /// The address of this kind.
    pub address: Slot,
    /// Which identifier of `within` is the network.
    pub network: usize,
    /// Fields that must be equal: of this kind, and which identifier of `within`.
    pub scope: Vec<(Slot, usize)>,
}

impl Kind {
    pub fn builder(name: impl AsRef<str>) -> KindBuilder {
        KindBuilder::new(name.as_ref())
    }

    pub fn name(&self) -> &KindName {
        &self.name
    }

    /// Identifier fields, in key order.
    pub fn identifiers(&self) -> &[Field] {
        &self.identifiers
    }

    /// Attribute fields, in the order in which diffs show them.
    pub fn attributes(&self) -> &[Field] {
        &self.attributes
    }

    pub fn children(&self) -> &[Child] {
        &self.children
    }

    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    pub fn containments(&self) -> &[Containment] {
        &self.containments
    }

    /// Flags that every record of this kind has.
    pub fn flags(&self) -> RecordFlags {
        self.flags
    }

    /// What a plan may do with its records, as far as the policy allows it too.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// The fields of the short name; empty means that the whole key is shown.
    pub fn shortname(&self) -> &[Slot] {
        &self.shortname
    }

    /// The inventory's content type, such as `dcim.device`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    pub fn slot(&self, field: &str) -> Option<Slot> {
        let position = |fields: &[Field]| fields.iter().position(|candidate| candidate.name() == field);
        position(&self.identifiers).map(Slot::Identifier).or_else(|| position(&self.attributes).map(Slot::Attribute))
    }

    pub fn field(&self, slot: Slot) -> &Field {
        match slot {
            Slot::Identifier(index) => &self.identifiers[index],
            Slot::Attribute(index) => &self.attributes[index],
        }
    }

    /// A kind of which nothing is known but its name; its records teach it its fields.
    pub(crate) fn inferred(name: KindName) -> Self {
        Self {
            name,
            identifiers: Vec::new(),
            attributes: Vec::new(),
            children: Vec::new(),
            references: Vec::new(),
            containments: Vec::new(),
            shortname: Vec::new(),
            content_type: None,
            flags: RecordFlags::NONE,
            permissions: Permissions::ALL,
        }
    }

    pub(crate) fn learn_identifier(&mut self, name: &str) {
        self.identifiers.push(Field::new(name, FieldType::Any));
    }

    pub(crate) fn learn_attribute(&mut self, name: &str) {
        self.attributes.push(Field::new(name, FieldType::Any));
    }

    pub(crate) fn learn_child(&mut self, kind: &KindName) {
        self.children.push(Child { kind: kind.clone(), field: kind.to_string(), by: Vec::new() });
    }
}
