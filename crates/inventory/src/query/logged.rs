//! A record as the change log keeps it: the way back from what `write/log.rs` writes.

use serde_json::{Map, Value as Json};
use trueup_engine::Value;
use uuid::Uuid;

use super::reader::LinkTarget;
use super::record::Record;
use crate::model::{ColumnType, ContentType, FieldKind, ManyTarget, Registry};
use crate::storage::{Cell, RecordId};
use crate::write::logs_names;

/// The state of a record after a change, or before it was deleted.
#[derive(Debug, Clone)]
pub struct LoggedRecord {
    pub record: Record,
    /// By the place of a to-many field, what it held.
    pub links: Vec<(usize, Vec<LoggedLink>)>,
}

/// One thing that a to-many field held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedLink {
    Target(LinkTarget),
    /// The log names tags; which record that is, is to be found out.
    Name(String),
}

impl LoggedRecord {
    /// From the field `object_data` of the log. What it does not say, because the field is newer or never shown, is null.
    pub fn read(registry: &Registry, content_type: &ContentType, id: RecordId, data: &Map<String, Json>) -> Self {
        let cells = content_type.columns.iter().map(|column| {
            let said = data.get(content_type.fields[column.field].name()).filter(|_| column.natural_of.is_none());
            said.and_then(|json| cell(column.column_type, json)).unwrap_or_default()
        });
        let row = cells.collect();
        let mut links = Vec::new();
        for (place, field) in content_type.fields.iter().enumerate() {
            let (FieldKind::Many(many), Some(Json::Array(items))) = (&field.kind, data.get(field.name())) else {
                continue;
            };
            let link = |text: &str| match many.target {
                ManyTarget::ContentTypes => Some(LoggedLink::Target(LinkTarget::ContentType(text.to_owned()))),
                ManyTarget::Records(to) if logs_names(registry, to) => Some(LoggedLink::Name(text.to_owned())),
                ManyTarget::Records(_) => Some(LoggedLink::Target(LinkTarget::Record(record_id(text)?))),
            };
            links.push((place, items.iter().filter_map(Json::as_str).filter_map(link).collect()));
        }
        Self { record: Record { id, row }, links }
    }
}

fn record_id(text: &str) -> Option<RecordId> {
    Uuid::parse_str(text).ok().map(RecordId)
}

fn cell(column_type: ColumnType, json: &Json) -> Option<Cell> {
    match (column_type, json) {
        (_, Json::Null) => None,
        (ColumnType::Id(_), json) => record_id(json.as_str()?).map(Cell::Id),
        (ColumnType::Scalar(scalar_type), json) => {
            let value = scalar_type.field_type().normalise(Value::from_json(json.clone())).ok()?;
            Cell::from_value(scalar_type, value)
        }
    }
}
