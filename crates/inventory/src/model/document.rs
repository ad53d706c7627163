//! The form of a content type's file, as a person writes it. Nothing here is checked beyond its shape; that is the
//! work of [`build`](super::build).

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

/// One `models/*.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeDocument {
    pub content_type: String,
    pub verbose_name: String,
    pub verbose_name_plural: String,
    pub natural_key: Vec<String>,
    pub ordering: Vec<String>,
    /// Text with `{field}` in it.
    pub display: String,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub unique: Vec<UniqueDocument>,
    pub fields: IndexMap<String, FieldDocument>,
}

/// Fields whose values together occur once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UniqueDocument {
    pub fields: Vec<String>,
    #[serde(default)]
    pub nulls: Nulls,
    /// Records with null in this field are exempt.
    pub unless_null: Option<String>,
}

/// What null means to a uniqueness rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// One null equals another.
    #[default]
    Same,
    /// A record with a null is never a duplicate.
    Distinct,
}

/// One field. Exactly one of `type`, `to`, `many` and `alias` says what it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldDocument {
    #[serde(rename = "type")]
    pub scalar: Option<String>,
    pub to: Option<String>,
    pub many: Option<String>,
    pub alias: Option<String>,

    pub on_delete: Option<String>,
    pub through: Option<ThroughDocument>,
    #[serde(default)]
    pub limited: bool,
    #[serde(default)]
    pub tree: bool,
    pub stored_as: Option<Vec<String>>,

    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub nullable: bool,
    #[serde(default)]
    pub immutable: bool,
    #[serde(default)]
    pub computed: bool,
    #[serde(default)]
    pub unique: bool,
    #[serde(default)]
    pub index: bool,
    /// An empty text is stored as null.
    #[serde(default)]
    pub blank_is_null: bool,
    pub default: Option<Json>,
    pub max_length: Option<usize>,
    pub min: Option<Json>,
    pub max: Option<Json>,
    pub places: Option<u32>,
    pub pattern: Option<String>,
    pub choices: Option<ChoicesDocument>,
    pub help: Option<String>,
}

/// A to-many field read through a content type of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThroughDocument {
    pub content_type: String,
    pub near: String,
    pub far: String,
}

/// The name of a file in `choices/`, or the list itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ChoicesDocument {
    Named(String),
    Inline(Vec<Choice>),
}

/// One value that a choice field may have, and how people call it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: String,
}
