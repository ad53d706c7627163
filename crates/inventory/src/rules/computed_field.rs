//! A computed field is of a type whose records show it, and has a key that GraphQL takes.

use super::key;
use crate::model::ContentType;
use crate::write::{Batch, Draft, WriteErrorCause as Cause};

pub(super) fn check(batch: &Batch<'_>, content_type: &ContentType, drafts: &mut [Draft]) {
    let of = content_type.column_of("content_type");
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        key::check(content_type, draft);
        let name = draft.row[of].text().unwrap_or_default();
        if batch.registry.content_type(name).is_ok_and(|named| !named.has_custom_fields()) {
            let message = format!("records of {name} have no computed fields");
            draft.fail(Cause::rule("content_type", message));
        }
    }
}
