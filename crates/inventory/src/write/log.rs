//! The change log: one row per changed record, in the transaction of the change.

use std::collections::HashMap;

use super::batch::Batch;
use super::change::Action;
use super::rows::{insert_head, write_rows};
use crate::model::{ContentType, FieldKind, ManyTarget, Part, Visibility};
use crate::storage::{Cell, RecordId, Row, write_json_text};

/// The contents of to-many fields for the log: by record, pairs of the place of the field and its elements.
pub(crate) type LoggedLinks = HashMap<RecordId, Vec<(usize, Vec<String>)>>;

/// A record as the log sees it.
pub(crate) struct Logged<'a> {
    pub id: RecordId,
    pub row: &'a Row,
    pub links: Option<&'a [(usize, Vec<String>)]>,
}

/// Longest name of a record in the log.
const LONGEST_REPR: usize = 200;

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
        let rows: Vec<(RecordId, RecordId, String, String)> = records
            .iter()
            .map(|record| {
                let repr = repr(content_type, record.row, record.id);
                (RecordId(uuid::Uuid::now_v7()), record.id, repr, data(content_type, record))
            })
            .collect();
        let time = Cell::Int(self.now);
        let context = self.context;
        let order: Vec<&str> = log.columns.iter().map(|column| column.name.as_str()).collect();
        let refused = write_rows(
            &mut self.session,
            &insert_head(&log),
            "",
            order.len() + 1,
            &rows,
            |(id, changed, repr, data), args| {
                args.id(*id);
                for column in &order {
                    match *column {
                        "time" => args.cell(&time),
                        "user_name" => args.text(context.user_name.as_str()),
                        "request_id" => args.id(request),
                        "action" => args.text(action.word()),
                        "changed_object_type" => args.text(content_type.name()),
                        "changed_object_id" => args.id(*changed),
                        "change_context" => args.text(context.change_context.as_str()),
                        "change_context_detail" => args.text(context.change_context_detail.as_str()),
                        "object_repr" => args.text(repr.as_str()),
                        "object_data" => args.text(data.as_str()),
                        _ => args.cell(&Cell::Null),
                    }
                }
            },
        )
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
            Part::Field(name) => text.push_str(&field_text(content_type, name, row)),
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

/// The record as flat JSON: plain values, ids of references, natural keys or ids of to-many fields.
fn data(content_type: &ContentType, record: &Logged<'_>) -> String {
    let mut json = String::with_capacity(64 * content_type.columns.len());
    json.push_str("{\"id\":");
    write_json_text(&record.id.to_string(), &mut json);
    for (column, cell) in content_type.columns.iter().zip(record.row) {
        let hidden = content_type.fields[column.field].visibility == Visibility::Hidden;
        if hidden || column.natural_of.is_some() {
            continue;
        }
        json.push_str(",\"");
        json.push_str(content_type.fields[column.field].name());
        json.push_str("\":");
        cell.json_into(column.column_type, &mut json);
    }
    for (place, field) in content_type.fields.iter().enumerate() {
        let FieldKind::Many(many) = &field.kind else { continue };
        if !many.link.writable {
            continue;
        }
        json.push_str(",\"");
        json.push_str(field.name());
        json.push_str("\":[");
        let elements = record.links.and_then(|links| links.iter().find(|(field, _)| *field == place));
        for (place, element) in elements.iter().flat_map(|(_, elements)| elements).enumerate() {
            if place > 0 {
                json.push(',');
            }
            write_json_text(element, &mut json);
        }
        json.push(']');
    }
    json.push('}');
    json
}

/// Whether the log names the targets of a to-many field (tags) instead of giving their ids.
pub(crate) fn logs_names(target: ManyTarget, registry: &crate::model::Registry) -> bool {
    match target {
        ManyTarget::ContentTypes => false,
        ManyTarget::Records(to) => registry.get(to).natural_key() == ["name"],
    }
}
