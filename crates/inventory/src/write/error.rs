//! Why one record was not written.

use trueup_engine::value::NormaliseError;

use crate::model::PathError;

/// One record that was not written, and why. The others of its batch are not affected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{record}: {cause}")]
pub struct WriteError {
    /// Content type and identifiers, for people.
    pub record: String,
    pub cause: WriteErrorCause,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    #[error("`{field}`: {value} is out of range, it must be {range}")]
    OutOfRange { field: String, value: String, range: String },
    #[error("`{field}`: {value} has more than {places} digits after the point")]
    TooPrecise { field: String, value: String, places: u32 },
    #[error("`{field}`: `{value}` is not in the expected form{help}")]
    Form { field: String, value: String, help: String },
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
    #[error("another {content_type} has the same {fields}")]
    Duplicate { content_type: String, fields: String },
    #[error("it is still used by {count} record{}: {}; change or delete these first", plural(*count), list(by, *count))]
    Protected { count: usize, by: Vec<String> },
    #[error("`{field}`: {message}")]
    Rule { field: String, message: String },
    #[error("the database refused it: {message}")]
    Refused { message: String },
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
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn list(names: &[String], count: usize) -> String {
    let more = if count > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
