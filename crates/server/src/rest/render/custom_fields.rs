//! Custom fields: every one that is defined for a type is shown, null when a record has no value.

use std::sync::Arc;

use serde_json::value::RawValue;
use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{ListRequest, Reader, Record};

use super::text::string_into;
use super::world::{Map, World};
use crate::error::ApiError;

/// The content type of their definitions.
const DEFINITION: &str = "extras.customfield";

impl World {
    /// Reads which custom fields a type has, in the order in which people see them.
    pub async fn load_custom_fields(&mut self, reader: &mut Reader, content_type: TypeIndex) -> Result<(), ApiError> {
        if self.custom_fields.contains_key(&content_type) {
            return Ok(());
        }
        let registry = Arc::clone(reader.registry());
        let mut keys = Vec::new();
        if let Ok(definition) = registry.content_type(DEFINITION)
            && let Some(key) = definition.place("key")
        {
            let mut request = ListRequest::all(definition.index());
            request.filters.insert("content_types".to_owned(), vec![registry.get(content_type).name().to_owned()]);
            let page = reader.list(&request).await?;
            if !page.ids.is_empty() {
                let records = reader.records(definition, &page.ids).await?;
                keys = records.iter().filter_map(|record| record.text(definition, key)).map(str::to_owned).collect();
            }
        }
        self.custom_fields.insert(content_type, keys);
        Ok(())
    }
}

/// Appends the object of a record's custom fields.
pub fn custom_fields_into(
    keys: &[String],
    content_type: &ContentType,
    field: usize,
    record: &Record,
    out: &mut String,
) {
    if keys.is_empty() {
        out.push_str("{}");
        return;
    }
    let mut stored = String::new();
    record.json_into(content_type, field, &mut stored);
    let stored: Map<&str, &RawValue> = serde_json::from_str(&stored).unwrap_or_default();
    for (place, key) in keys.iter().enumerate() {
        out.push(if place == 0 { '{' } else { ',' });
        string_into(key, out);
        out.push(':');
        out.push_str(stored.get(key.as_str()).map_or("null", |value| value.get()));
    }
    out.push('}');
}
