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
    /// Text with `{field}` in it, filled from the record's own columns: the name of a record in the change log and in
    /// errors.
    pub display: String,
    /// The same for API and pages, where paths such as `{manufacturer__name}` and `{ancestry}` are allowed; `display`
    /// when absent.
    pub shown_as: Option<String>,
    /// The path of its list below `/api/`, such as `dcim/devices`. A type without one is not reached over the API.
    pub endpoint: Option<String>,
    /// The paths that the filter `q` looks at, each with its lookup: `icontains`, `iexact` or `exact`.
    #[serde(default)]
    pub search: IndexMap<String, String>,
    #[serde(default)]
    pub read_only: bool,
    /// Its records are rows of others, which are seen through a view.
    #[serde(default)]
    pub view: bool,
    /// Records may carry notes.
    #[serde(default = "yes")]
    pub notes: bool,
    /// Records have custom fields.
    #[serde(default)]
    pub custom_fields: bool,
    /// Changes go to the change log.
    #[serde(default = "yes")]
    pub logged: bool,
    #[serde(default)]
    pub unique: Vec<UniqueDocument>,
    /// Sets of fields of which a record has just one.
    #[serde(default)]
    pub exactly_one: Vec<Vec<String>>,
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

fn yes() -> bool {
    true
}

/// One field. Exactly one of `type`, `to`, `many`, `alias`, `generic`, `reverse`, `count` and `made_by` says what it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldDocument {
    #[serde(rename = "type")]
    pub scalar: Option<String>,
    pub to: Option<String>,
    pub many: Option<String>,
    pub alias: Option<String>,
    /// The record that two other fields name together: one holds a content type, the other an id.
    pub generic: Option<(String, String)>,
    /// The records of that type whose field `by` points here.
    pub reverse: Option<String>,
    /// How many they are.
    pub count: Option<String>,
    /// The field of the type named by `reverse` or `count`.
    pub by: Option<String>,
    /// A value that code works out when the record is shown.
    pub made_by: Option<String>,

    pub on_delete: Option<String>,
    /// Fields that say something about the reference, and become null with it.
    #[serde(default)]
    pub clears: Vec<String>,
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
    /// A rule fills it when nothing is said.
    #[serde(default)]
    pub filled: bool,
    /// Not written over the API; jobs may.
    #[serde(default)]
    pub read_only: bool,
    /// What a new record has when nothing is said: the text of that field as an identifier.
    pub slug_of: Option<String>,
    /// A to-many field that is written by this key too, by one record: a key of old clients.
    pub stands_for: Option<String>,
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
    pub form: Option<TextForm>,
    /// The choice is shown as `{value, label}`, not as the bare value.
    #[serde(default)]
    pub labelled: bool,
    /// Sorts as people count: `eth2` before `eth10`.
    #[serde(default)]
    pub natural: bool,
    /// It can be written and is never shown.
    #[serde(default)]
    pub write_only: bool,
    /// Neither written nor shown over the API.
    #[serde(default)]
    pub hidden: bool,
    /// Shown only when asked for by `include`.
    #[serde(default)]
    pub opt_in: bool,
    /// A filter by this reference takes everything below the record that it names.
    #[serde(default)]
    pub subtree: bool,
    /// There is no filter of this name.
    #[serde(default)]
    pub unfiltered: bool,
    /// What the records that point here are called from there, such as `interfaces`.
    pub related_name: Option<String>,
    /// How the field is called for people; its name with spaces when absent.
    pub label: Option<String>,
    pub help: Option<String>,
}

/// A to-many field read through a content type of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThroughDocument {
    pub content_type: String,
    pub near: String,
    pub far: String,
    /// It is written as a field too: a record of that type needs nothing but the two ends.
    #[serde(default)]
    pub writable: bool,
}

/// The name of a file in `choices/`, or the list itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ChoicesDocument {
    Named(String),
    Inline(Vec<Choice>),
}

/// What the text of a field is. Clients are told so, for their forms; it is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextForm {
    Email,
    Url,
}

/// One value that a choice field may have, and how people call it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: String,
}
