//! Records that have been written, ready to be copied into what leads to them.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use trueup_inventory::RecordId;

/// The JSON of the records of a level.
#[derive(Debug, Default)]
pub struct Written {
    pub text: String,
    pub places: HashMap<RecordId, Range<usize>, RandomState>,
}

impl Written {
    /// One record; nothing for a record that is not there or not to be seen.
    pub fn get(&self, id: RecordId) -> Option<&str> {
        self.places.get(&id).map(|place| &self.text[place.clone()])
    }

    /// Appends a list of records.
    pub fn push_list(&self, ids: &[RecordId], out: &mut String) {
        push_items(ids.iter().filter_map(|id| self.get(*id)), out);
    }
}

/// Appends a list of texts that are JSON already.
pub fn push_items<'a>(items: impl Iterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(item);
    }
    out.push(']');
}

/// Appends a JSON string.
pub fn push_text(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}
