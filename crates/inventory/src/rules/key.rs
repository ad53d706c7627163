//! Keys of what users define. They are names of GraphQL behind a prefix, and keys of objects in REST.

use crate::model::ContentType;
use crate::write::{Draft, WriteErrorCause as Cause, slug};

/// What clients call the address of an object: pynautobot takes every object that has it for a record.
const RESERVED: &str = "url";

/// The key of a definition; made from the label when nothing is said.
pub(super) fn key(content_type: &ContentType, draft: &Draft) -> String {
    let text = |name: &str| draft.row[content_type.column_of(name)].text().unwrap_or_default();
    match text("key") {
        "" => slug(text("label"), '_'),
        key => key.to_owned(),
    }
}

/// The key is one that GraphQL takes.
pub(super) fn check(content_type: &ContentType, draft: &mut Draft) {
    let key = key(content_type, draft);
    let is_name = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_name {
        let message =
            format!("`{key}` is none: letters, digits and _, no digit first; name one that differs from the label");
        draft.fail(Cause::rule("key", message));
    } else if key == RESERVED {
        draft
            .fail(Cause::rule("key", format!("`{key}` is what clients call the address of an object; choose another")));
    }
}
