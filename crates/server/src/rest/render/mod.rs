//! Records as JSON text, in the shapes of Nautobot's serializers.
//!
//! A level is all records of one type that are shown at one depth. Whatever they need is read for the whole level: one
//! query for the rows, one for the paths of names and slugs, one for each to-many field, and the records of the next
//! level by their type. Never one for each record.

mod custom_fields;
mod level;
mod names;
mod object;

use std::collections::HashMap;
use std::sync::Arc;

use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{Inventory, Reader, RecordId};

use super::view::View;
use crate::error::ApiError;

/// The JSON text of each record, in the order of `ids`; those that do not exist are left out.
///
/// # Errors
/// The database failed.
pub async fn objects(
    inventory: &Inventory,
    reader: &mut Reader,
    view: &View,
    content_type: &ContentType,
    ids: &[RecordId],
) -> Result<Vec<String>, ApiError> {
    let mut renderer = Renderer { inventory, reader, view, definitions: HashMap::new() };
    let shown = renderer.level(content_type, ids, view.depth, Nesting::Top).await?;
    Ok(shown.into_iter().map(|(_, text)| text).collect())
}

/// Whether a record is what was asked for, or stands inside another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Top,
    Inner,
}

/// One answer at work.
struct Renderer<'a> {
    inventory: &'a Inventory,
    reader: &'a mut Reader,
    view: &'a View,
    /// The keys of the custom fields of each type that was met.
    definitions: HashMap<TypeIndex, Arc<[String]>>,
}

/// Appends a JSON string.
fn text_into(text: &str, out: &mut String) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

/// The path of a record's URL, with a slash at its end.
pub fn path_of(content_type: &ContentType, id: RecordId) -> String {
    match content_type.endpoint() {
        Some(endpoint) => format!("/api/{endpoint}/{id}/"),
        None => format!("/api/{}/{}/{id}/", content_type.app(), content_type.model()),
    }
}

/// `{"id", "object_type", "url"}`: a record at the end of a reference.
fn brief_into(base: &str, content_type: &ContentType, id: RecordId, out: &mut String) {
    out.push_str("{\"id\":\"");
    out.push_str(&id.to_string());
    out.push_str("\",\"object_type\":\"");
    out.push_str(content_type.name());
    out.push_str("\",\"url\":");
    text_into(&format!("{base}{}", path_of(content_type, id)), out);
    out.push('}');
}
