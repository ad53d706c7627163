//! What config contexts hold, and what a device or a virtual machine adds to them, is an object.

use crate::model::ContentType;
use crate::write::{Draft, WriteErrorCause as Cause};

/// What a device or a virtual machine says itself.
pub(super) const LOCAL: &str = "local_config_context_data";

pub(super) fn check(content_type: &ContentType, drafts: &mut [Draft], field: &str) {
    let column = content_type.column_of(field);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        // JSON is stored as its canonical text: an object begins with a brace.
        let text = draft.row[column].text().map(str::trim_start).filter(|text| !text.is_empty() && *text != "null");
        if text.is_some_and(|text| !text.starts_with('{')) {
            draft.fail(Cause::rule(field, "it is an object, such as {\"ntp\": [\"192.0.2.1\"]}"));
        }
    }
}
