//! Why one record was not written.

use trueup_engine::value::NormaliseError;

use crate::model::PathError;
use crate::storage::{RecordId, Version};

/// One record that was not written, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{record}: {}", joined(causes))]
pub struct WriteError {
    /// Content type and identifiers, for people.
    pub record: String,
    /// At least one.
    pub causes: Vec<WriteErrorCause>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteErrorCause {
    #[error("{0}")]
    Path(Box<PathError>),
    #[error("{content_type} is written by the inventory alone")]
    ReadOnlyType { content_type: String },
    #[error("`{field}` is computed and cannot be written; leave it out")]
    Computed { field: String },
    #[error("`{field}` cannot change once the record exists; delete the record and create it anew")]
    Immutable { field: String },
    #[error("`{field}` is required")]
    Required { field: String },
    #[error("`{field}` may not be null")]
    Null { field: String },
    #[error("`{field}`: {source}")]
    Invalid { field: String, source: NormaliseError },
    #[error("`{field}`: `{value}` cannot be stored as {wanted}")]
    Unstorable { field: String, value: String, wanted: String },
    #[error("`{field}` has {length} characters, at most {most} are allowed")]
    TooLong { field: String, length: usize, most: usize },
    #[error("`{field}`: {value} is out of range, it must be {}", range(min.as_deref(), max.as_deref()))]
    OutOfRange { field: String, value: String, min: Option<String>, max: Option<String> },
    #[error("`{field}`: {value} has more than {places} digits after the point")]
    TooPrecise { field: String, value: String, places: u32 },
    #[error("`{field}`: `{value}` is not in the expected form{}", help.as_ref().map(|help| format!(": {help}")).unwrap_or_default())]
    Form { field: String, value: String, help: Option<String> },
    #[error("`{field}`: `{value}` is not a valid choice{hint}")]
    NotAChoice { field: String, value: String, hint: String },
    #[error("`{field}`: there is no {to} with {looked_up}; create it first or correct the value")]
    ReferenceNotFound { field: String, to: String, looked_up: String },
    #[error("`{field}`: {count} records of {to} match {looked_up}; say more about which one is meant")]
    ReferenceAmbiguous { field: String, to: String, looked_up: String, count: usize },
    #[error("`{field}`: {looked_up} is not for {content_type}; add {content_type} to its content types")]
    NotForContentType { field: String, looked_up: String, content_type: String },
    #[error("`{field}`: a record it points at was deleted meanwhile by another program; run again")]
    ReferenceGone { field: String },
    #[error("`{field}`: there is no content type `{value}`{hint}")]
    UnknownContentType { field: String, value: String, hint: String },
    #[error("no {content_type} matches {looked_up}")]
    RecordNotFound { content_type: String, looked_up: String },
    #[error("{count} records of {content_type} match {looked_up}; say more about which one is meant")]
    RecordAmbiguous { content_type: String, looked_up: String, count: usize },
    #[error("an {action} needs identifiers to find its record")]
    NoIdentifiers { action: &'static str },
    /// `fields` are those of the uniqueness rule, or the names that the database gave.
    #[error("another {content_type} has the same {}", fields.join(" and "))]
    Duplicate { content_type: String, fields: Vec<String> },
    /// `by` names the first [`MOST_NAMED`](super::MOST_NAMED) of `count` records.
    #[error("it is still used by {count} record{}: {}; change or delete these first", plural(*count), list(by, *count))]
    Protected { count: usize, by: Vec<Dependent> },
    /// What refers to it belongs to a content type or a field that is there no more.
    #[error(
        "it is still referred to by the column `{column}` of the table `{table}`, which no content type has any more; bring \
         the content type back and change its records, or empty the column"
    )]
    Leftover { table: String, column: String },
    /// The record is at another version than the change was made for.
    #[error("it was changed meanwhile: it is at version {found}, the change is for {expected}; read it again")]
    Changed { expected: Version, found: Version },
    #[error("custom field `{key}`: {problem}")]
    CustomField { key: String, problem: CustomFieldProblem },
    /// A location without the parent that its type asks for.
    #[error("`parent`: a {kind} lies in a {parent_kind}; name one as its parent")]
    LocationParentMissing { kind: String, parent_kind: String },
    /// An address outside of all prefixes.
    #[error("`namespace`: no prefix holds {host} in this namespace ({namespace}); create the prefix first")]
    NoPrefix { host: String, namespace: String },
    #[error("`{field}`: {message}")]
    Rule { field: String, message: String },
    #[error("the database refused it: {message}")]
    Refused { message: String },
    /// There is nothing wrong with this record, but with another one that it stands and falls with.
    #[error("another change of its batch failed, so nothing of the batch was written")]
    Withdrawn,
}

/// What is wrong with the value of a custom field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomFieldProblem {
    #[error("there is none of that key for this content type")]
    Unknown,
    #[error("it is required")]
    Missing,
    /// In the words of the contract.
    #[error("{0}")]
    Invalid(String),
}

/// A record that keeps another one from going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The verbose name of its content type.
    pub content_type: String,
    pub name: String,
    pub id: RecordId,
}

impl From<PathError> for WriteErrorCause {
    fn from(error: PathError) -> Self {
        Self::Path(Box::new(error))
    }
}

impl WriteErrorCause {
    pub(crate) fn rule(field: &str, message: impl Into<String>) -> Self {
        Self::Rule { field: field.to_owned(), message: message.into() }
    }

    /// The field that is to blame, when it is one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Computed { field }
            | Self::Immutable { field }
            | Self::Required { field }
            | Self::Null { field }
            | Self::Invalid { field, .. }
            | Self::Unstorable { field, .. }
            | Self::TooLong { field, .. }
            | Self::OutOfRange { field, .. }
            | Self::TooPrecise { field, .. }
            | Self::Form { field, .. }
            | Self::NotAChoice { field, .. }
            | Self::ReferenceNotFound { field, .. }
            | Self::ReferenceAmbiguous { field, .. }
            | Self::NotForContentType { field, .. }
            | Self::ReferenceGone { field }
            | Self::UnknownContentType { field, .. }
            | Self::Rule { field, .. } => Some(field.split("__").next().unwrap_or(field)),
            Self::LocationParentMissing { .. } => Some("parent"),
            Self::NoPrefix { .. } => Some("namespace"),
            Self::CustomField { .. } => Some(crate::model::CUSTOM_FIELDS),
            Self::Path(_)
            | Self::ReadOnlyType { .. }
            | Self::RecordNotFound { .. }
            | Self::RecordAmbiguous { .. }
            | Self::NoIdentifiers { .. }
            | Self::Duplicate { .. }
            | Self::Protected { .. }
            | Self::Leftover { .. }
            | Self::Changed { .. }
            | Self::Refused { .. }
            | Self::Withdrawn => None,
        }
    }
}

fn joined(causes: &[WriteErrorCause]) -> String {
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn range(min: Option<&str>, max: Option<&str>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => String::new(),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// How many dependents a message names.
const MOST_LISTED: usize = 3;

fn list(by: &[Dependent], count: usize) -> String {
    let names: Vec<String> = by.iter().take(MOST_LISTED).map(|by| format!("{} {}", by.content_type, by.name)).collect();
    let more = if count > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
