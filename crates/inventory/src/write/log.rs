//! The change log: one row per changed record, in the transaction of the change.

use super::batch::Batch;
use super::change::Action;
use super::links::{Linked, logs_names};
use super::rows::{Marks, insert_head, write_rows};
use crate::model::{ContentType, Field, FieldKind, ManyTarget, OnDelete, Part, Registry};
use crate::storage::{Cell, RecordId, Row, write_json_text};

/// A record as the log sees it.
pub(crate) struct Logged<'a> {
    pub id: RecordId,
    pub row: &'a Row,
    pub links: Option<&'a [(usize, Vec<Linked>)]>,
}

/// Longest name of a record in the log.
const LONGEST_REPR: usize = 200;

/// What differs from row to row of one statement.
struct LogRow {
    id: RecordId,
    changed: RecordId,
    related: Option<RecordId>,
    repr: String,
    data: String,
}

/// The record that a component is a part of: changes of the component belong to its history too.
struct Owner {
    content_type: String,
    column: usize,
}

impl Owner {
    /// By these references a record says what it is a part of, the first one that a type has.
    const FIELDS: [&'static str; 4] = ["device", "virtual_machine", "device_type", "custom_field"];

    fn of(registry: &Registry, content_type: &ContentType) -> Option<Self> {
        Self::FIELDS.iter().filter_map(|name| content_type.field(name)).find_map(|field| match &field.kind {
            FieldKind::Reference(reference) if reference.on_delete == OnDelete::Cascade => {
                Some(Self { content_type: registry.get(reference.to).name().to_owned(), column: field.column? })
            }
            _ => None,
        })
    }
}

impl Batch<'_> {
    /// Writes the log rows of records of one type.
    pub async fn log(
        &mut self,
        content_type: &ContentType,
        action: Action,
        records: &[Logged<'_>],
    ) -> Result<(), sqlx::Error> {
        if !content_type.logged {
            return Ok(());
        }
        let Ok(log) = self.registry.content_type("extras.objectchange") else { return Ok(()) };
        let log = log.clone();
        let request = RecordId(self.context.request_id.0);
        let owner = Owner::of(self.registry, content_type);
        let registry = self.registry;
        let rows: Vec<LogRow> = records
            .iter()
            .map(|record| LogRow {
                id: RecordId(uuid::Uuid::now_v7()),
                changed: record.id,
                related: owner.as_ref().and_then(|owner| record.row[owner.column].id()),
                repr: repr(content_type, record.row, record.id),
                data: data(registry, content_type, record),
            })
            .collect();
        let (time, revision) = (Cell::Int(self.now), self.revision);
        let context = self.context;
        let order: Vec<&str> = log.columns.iter().map(|column| column.name.as_str()).collect();
        let marks = Marks::plain(order.len() + 1);
        let refused = write_rows(&mut self.session, &insert_head(&log), "", &marks, &rows, |row, args| {
            args.id(row.id);
            for column in &order {
                match *column {
                    "revision" => args.int(revision),
                    "time" => args.cell(&time),
                    "user_id" => args.cell(&context.user.map_or(Cell::Null, Cell::Id)),
                    "user_name" => args.text(context.user_name.as_str()),
                    "request_id" => args.id(request),
                    "action" => args.text(action.word()),
                    "changed_object_type" => args.text(content_type.name()),
                    "changed_object_id" => args.id(row.changed),
                    "change_context" => args.text(context.change_context.as_str()),
                    "change_context_detail" => args.text(context.change_context_detail.as_str()),
                    "related_object_type" => match (&owner, row.related) {
                        (Some(owner), Some(_)) => args.text(owner.content_type.as_str()),
                        _ => args.cell(&Cell::Null),
                    },
                    "related_object_id" => args.cell(&row.related.map_or(Cell::Null, Cell::Id)),
                    "object_repr" => args.text(row.repr.as_str()),
                    "object_data" => args.text(row.data.as_str()),
                    _ => args.cell(&Cell::Null),
                }
            }
        })
        .await?;
        match refused.first() {
            None => Ok(()),
            Some((_, refusal)) => Err(sqlx::Error::Protocol(format!("the change log was refused: {refusal:?}"))),
        }
    }
}

/// The name of a record for people.
pub(crate) fn repr(content_type: &ContentType, row: &[Cell], id: RecordId) -> String {
    let mut text = String::new();
    for part in &content_type.display.0 {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Field(name) | Part::Label(name) | Part::TypeName(name) => {
                text.push_str(&field_text(content_type, name, row));
            }
        }
    }
    if text.trim().is_empty() {
        text = format!("{} {id}", content_type.verbose_name());
    }
    if let Some((cut, _)) = text.char_indices().nth(LONGEST_REPR) {
        text.truncate(cut);
    }
    text
}

fn field_text(content_type: &ContentType, name: &str, row: &[Cell]) -> String {
    let Some(field) = content_type.field(name) else { return String::new() };
    match &field.kind {
        FieldKind::Composite(composite) => {
            let (address, length) = composite.columns;
            Cell::composite(composite.scalar_type, &row[address], &row[length]).to_string()
        }
        FieldKind::Scalar(scalar) => match field.column.map(|column| &row[column]) {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Null) | None => String::new(),
            Some(cell) => cell.clone().into_value(scalar.scalar_type).to_string(),
        },
        _ => field.column.and_then(|column| row[column].id()).map_or_else(String::new, |id| id.to_string()),
    }
}

/// The record as flat JSON: plain values, ids of references, names of tags, ids of what other to-many fields hold.
/// Nothing that is computed, and nothing that is never shown.
fn data(registry: &Registry, content_type: &ContentType, record: &Logged<'_>) -> String {
    let mut json = String::with_capacity(64 * content_type.columns.len());
    let shown = |field: &Field| field.visibility.is_told();
    for (column, cell) in content_type.columns.iter().zip(record.row) {
        let field = &content_type.fields[column.field];
        if column.natural_of.is_some() || !shown(field) {
            continue;
        }
        json.push_str(if json.is_empty() { "{\"" } else { ",\"" });
        json.push_str(field.name());
        json.push_str("\":");
        cell.json_into(column.column_type, &mut json);
    }
    for (place, field) in content_type.fields.iter().enumerate() {
        let FieldKind::Many(many) = &field.kind else { continue };
        if !many.link.writable || !shown(field) {
            continue;
        }
        let named = matches!(many.target, ManyTarget::Records(to) if logs_names(registry, to));
        json.push_str(if json.is_empty() { "{\"" } else { ",\"" });
        json.push_str(field.name());
        json.push_str("\":[");
        let linked = record.links.and_then(|links| links.iter().find(|(field, _)| *field == place));
        for (place, linked) in linked.iter().flat_map(|(_, linked)| linked).enumerate() {
            if place > 0 {
                json.push(',');
            }
            match linked {
                Linked::ContentType(name) => write_json_text(name, &mut json),
                Linked::Record { name: Some(name), .. } if named => write_json_text(name, &mut json),
                Linked::Record { id, .. } => write_json_text(&id.to_string(), &mut json),
            }
        }
        json.push(']');
    }
    json.push_str(if json.is_empty() { "{}" } else { "}" });
    json
}
