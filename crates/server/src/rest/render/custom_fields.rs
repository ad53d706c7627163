//! Custom fields: every one that is defined for a type is shown, null when a record has no value.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use serde_json::value::RawValue;
use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{ListRequest, Reader, Record};

use super::text::string_into;
use super::world::{Map, World};
use crate::error::ApiError;

/// The content type of their definitions.
const DEFINITION: &str = "extras.customfield";

/// A custom field of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    pub key: String,
    pub holds: Holds,
}

/// What the values of a custom field look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One text, number, truth value or time.
    Value,
    /// A list of choices.
    Choices,
    /// Any JSON.
    Json,
}

impl Holds {
    fn of(word: &str) -> Self {
        match word {
            "multi-select" => Holds::Choices,
            "json" => Holds::Json,
            _ => Holds::Value,
        }
    }
}

/// The custom fields of a type, in the order in which people see them.
pub async fn custom_fields(reader: &mut Reader, content_type: TypeIndex) -> Result<Vec<CustomField>, ApiError> {
    let registry = Arc::clone(reader.registry());
    let Ok(definition) = registry.content_type(DEFINITION) else { return Ok(Vec::new()) };
    let Some((key, kind)) = definition.place("key").zip(definition.place("type")) else { return Ok(Vec::new()) };
    let mut request = ListRequest::all(definition.index());
    request.filters.insert("content_types".to_owned(), vec![registry.get(content_type).name().to_owned()]);
    let page = reader.list(&request).await?;
    if page.ids.is_empty() {
        return Ok(Vec::new());
    }
    let records = reader.records(definition, &page.ids).await?;
    let found = records.iter().filter_map(|record| {
        let holds = Holds::of(record.text(definition, kind).unwrap_or_default());
        Some(CustomField { key: record.text(definition, key)?.to_owned(), holds })
    });
    Ok(found.collect())
}

impl World {
    /// Reads which custom fields a type has.
    pub async fn load_custom_fields(&mut self, reader: &mut Reader, content_type: TypeIndex) -> Result<(), ApiError> {
        if let Entry::Vacant(vacant) = self.custom_fields.entry(content_type) {
            vacant.insert(custom_fields(reader, content_type).await?);
        }
        Ok(())
    }
}

/// Appends the object of a record's custom fields.
pub fn custom_fields_into(
    fields: &[CustomField],
    content_type: &ContentType,
    field: usize,
    record: &Record,
    out: &mut String,
) {
    if fields.is_empty() {
        out.push_str("{}");
        return;
    }
    let mut stored = String::new();
    record.json_into(content_type, field, &mut stored);
    let stored: Map<&str, &RawValue> = serde_json::from_str(&stored).unwrap_or_default();
    for (place, CustomField { key, .. }) in fields.iter().enumerate() {
        out.push(if place == 0 { '{' } else { ',' });
        string_into(key, out);
        out.push(':');
        out.push_str(stored.get(key.as_str()).map_or("null", |value| value.get()));
    }
    out.push('}');
}
