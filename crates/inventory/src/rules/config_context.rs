//! What a device or a virtual machine adds to its config context is an object.

use crate::model::ContentType;
use crate::write::{Draft, WriteErrorCause as Cause};

const FIELD: &str = "local_config_context_data";

pub(super) fn check(content_type: &ContentType, drafts: &mut [Draft]) {
    let column = content_type.column_of(FIELD);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        // JSON is stored as its canonical text: an object begins with a brace.
        let text = draft.row[column].text().map(str::trim_start).filter(|text| !text.is_empty() && *text != "null");
        if text.is_some_and(|text| !text.starts_with('{')) {
            draft.fail(Cause::rule(FIELD, "it is an object, such as {\"ntp\": [\"192.0.2.1\"]}"));
        }
    }
}
