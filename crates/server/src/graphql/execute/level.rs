//! One level: records of one content type, and what is asked of them.

use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::fast::RandomState;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, FieldKind, ScalarType};
use trueup_inventory::{LinkTarget, Record, RecordId, Related, RelatedRequest, Relation};

use super::super::catalog::{Hop, Shows};
use super::super::definitions::CustomKind;
use super::super::plan::{Below, Part, Planned, Selection};
use super::brief::Shown;
use super::parts::{push_brief, push_content_type};
use super::path::Frame;
use super::related::{Met, Wanted};
use super::text::{Written, push_items, push_text};
use super::{Execution, Fault};
use crate::error::ApiError;
use crate::rest::render::plan::Tail;

/// What a field shows, for all records of a level.
enum Column {
    /// What the record's own row says.
    Row,
    /// The record that each leads to.
    One {
        of: Links,
        written: Written,
    },
    Lists {
        of: Related,
        written: Written,
    },
    /// Finished JSON; null for records that have none.
    Texts(Texts),
    Counts(HashMap<RecordId, usize, RandomState>),
    Null,
}

/// By record, the record that a field leads to.
type Links = HashMap<RecordId, RecordId, RandomState>;
type Texts = HashMap<RecordId, String, RandomState>;

/// The records of a level, read.
struct Level<'l> {
    content_type: &'l ContentType,
    /// Only those that exist and may be seen, in the order of `ids`.
    records: Vec<Record>,
    ids: Vec<RecordId>,
    frame: Frame<'l>,
    /// What REST shows of them, when a field asks for that.
    shown: Shown,
}

impl Execution<'_> {
    /// Writes records; those that do not exist or may not be seen are left out. `ids` holds each once.
    pub(super) fn level<'l>(
        &'l mut self,
        selection: &'l Selection<'_>,
        ids: &'l [RecordId],
        frame: &'l Frame<'l>,
    ) -> BoxFuture<'l, Result<Written, Fault>> {
        async move {
            if ids.is_empty() {
                return Ok(Written::default());
            }
            let registry = self.reader.registry().clone();
            let content_type = registry.get(selection.content_type);
            let seen = self.seen(content_type, ids.to_vec()).await?;
            let records = self.reader.records(content_type, &seen).await?;
            let rendered: Vec<String> =
                selection.fields.iter().filter_map(Planned::rendered).map(str::to_owned).collect();
            let there: Vec<RecordId> = records.iter().map(Record::id).collect();
            let shown = match rendered.is_empty() || there.is_empty() {
                true => Shown::default(),
                false => self.shown(content_type, &there, rendered).await?,
            };
            let frame = frame.only(ids, &there);
            let level = Level { content_type, records, ids: there, frame, shown };
            let mut columns = Vec::with_capacity(selection.fields.len());
            for field in &selection.fields {
                columns.push(self.column(&level, field).await?);
            }
            self.write(&level, selection, &columns)
        }
        .boxed()
    }

    async fn column(&mut self, level: &Level<'_>, field: &Planned<'_>) -> Result<Column, Fault> {
        let Some(shows) = field.shows else { return Ok(Column::Row) };
        match (shows, &field.below) {
            (Shows::Reference { field: place, .. }, Below::Records(below)) => {
                let links = level
                    .records
                    .iter()
                    .filter_map(|record| Some((record.id(), record.reference(level.content_type, *place)?)));
                self.one(level, field, below, links.collect()).await
            }
            (Shows::Alias { path, .. }, Below::Records(below)) => {
                let links = self.walk(level, path).await?;
                self.one(level, field, below, links).await
            }
            (Shows::RenderedReference { .. }, Below::Records(below)) => {
                let links = level.shown.iter().filter_map(|(id, object)| {
                    let to = object.get(field.name)?.get("id")?.as_str()?.parse().ok()?;
                    Some((*id, RecordId(to)))
                });
                self.one(level, field, below, links.collect()).await
            }
            (Shows::Links { field: place, .. }, Below::Records(below)) => {
                let relation = Relation::Links { of: level.content_type.index(), field: *place };
                self.lists(level, field, below, relation).await
            }
            (Shows::Pointing { reverse, .. }, Below::Records(below)) => {
                self.lists(level, field, below, Relation::Pointing(*reverse)).await
            }
            (Shows::Associated(way), Below::Records(below)) => {
                self.lists(level, field, below, Relation::Associated(*way)).await
            }
            (Shows::AssociatedOne(way), Below::Records(below)) => {
                let request = RelatedRequest::default();
                let found = self.reader.related(Relation::Associated(*way), &level.ids, request).await;
                let found = found.map_err(ApiError::from)?;
                let links = found.iter().filter_map(|(id, all)| Some((*id, *all.first()?)));
                self.one(level, field, below, links.collect()).await
            }
            (Shows::Count(reverse), _) => Ok(Column::Counts(self.reader.count_pointing(*reverse, &level.ids).await?)),
            (Shows::ContentType { field: place }, Below::Parts(parts)) => {
                let registry = self.reader.registry().clone();
                let texts = level.records.iter().filter_map(|record| {
                    let name = record.text(level.content_type, *place).filter(|name| !name.is_empty())?;
                    let mut text = String::new();
                    push_content_type(parts, &registry, name, &mut text);
                    Some((record.id(), text))
                });
                Ok(Column::Texts(texts.collect()))
            }
            (Shows::ContentTypes { field: place }, Below::Parts(parts)) => {
                self.content_types(level, *place, parts).await
            }
            (Shows::Generic { field: place }, Below::Parts(parts)) => {
                let targets = level.records.iter().filter_map(|record| {
                    let (name, id) = record.generic(level.content_type, *place)?;
                    Some((record.id(), (name.to_owned(), id)))
                });
                self.generic(parts, targets.collect()).await
            }
            (Shows::RenderedGeneric, Below::Parts(parts)) => {
                let targets = level.shown.iter().filter_map(|(id, object)| {
                    let brief = object.get(field.name)?;
                    let to = brief.get("id")?.as_str()?.parse().ok()?;
                    Some((*id, (brief.get("object_type")?.as_str()?.to_owned(), RecordId(to))))
                });
                self.generic(parts, targets.collect()).await
            }
            (
                Shows::Id
                | Shows::Url
                | Shows::Value { .. }
                | Shows::Choice { .. }
                | Shows::Rendered { .. }
                | Shows::CustomFields { .. }
                | Shows::CustomField { .. }
                | Shows::ComputedField { .. },
                _,
            ) => Ok(Column::Row),
            // The planner gives every field that leads somewhere what is asked there.
            (_, _) => Ok(Column::Null),
        }
    }

    async fn one(
        &mut self,
        level: &Level<'_>,
        field: &Planned<'_>,
        below: &Selection<'_>,
        of: Links,
    ) -> Result<Column, Fault> {
        let mut met = Met::default();
        for (place, id) in level.ids.iter().enumerate() {
            if let Some(to) = of.get(id) {
                met.add(*to, place, None);
            }
        }
        let (ids, origins) = met.into_parts();
        let frame = Frame::below(&level.frame, &field.key, origins);
        let written = self.level(below, &ids, &frame).await?;
        Ok(Column::One { of, written })
    }

    async fn lists(
        &mut self,
        level: &Level<'_>,
        field: &Planned<'_>,
        below: &Selection<'_>,
        relation: Relation,
    ) -> Result<Column, Fault> {
        let key = Frame::below(&level.frame, &field.key, Vec::new());
        let wanted =
            Wanted { content_type: below.content_type, arguments: &field.arguments, key: &key, pos: field.pos };
        let Some(of) = self.related(relation, &level.ids, wanted).await? else { return Ok(Column::Null) };
        let (ids, origins) = Met::children(&level.ids, &of).into_parts();
        let frame = Frame::below(&level.frame, &field.key, origins);
        let written = self.level(below, &ids, &frame).await?;
        Ok(Column::Lists { of, written })
    }

    /// Follows a path of references, one query a step.
    async fn walk(&mut self, level: &Level<'_>, path: &[Hop]) -> Result<Links, Fault> {
        let registry = self.reader.registry().clone();
        let mut at: Links = level.ids.iter().map(|id| (*id, *id)).collect();
        for hop in path {
            let content_type = registry.get(hop.from);
            let mut ids: Vec<RecordId> = at.values().copied().collect();
            ids.sort_unstable();
            ids.dedup();
            let records = self.reader.records(content_type, &ids).await?;
            let step =
                records.iter().filter_map(|record| Some((record.id(), record.reference(content_type, hop.field)?)));
            let step: Links = step.collect();
            at = at.into_iter().filter_map(|(id, from)| Some((id, *step.get(&from)?))).collect();
        }
        Ok(at)
    }

    async fn content_types(
        &mut self,
        level: &Level<'_>,
        place: usize,
        parts: &[(String, Part)],
    ) -> Result<Column, Fault> {
        let registry = self.reader.registry().clone();
        let mut links = self.reader.links(level.content_type, place, &level.ids).await?;
        let texts = level.ids.iter().map(|id| {
            let names = links.remove(id).unwrap_or_default().into_iter().filter_map(|target| match target {
                LinkTarget::ContentType(name) => Some(name),
                LinkTarget::Record(_) => None,
            });
            let items: Vec<String> = names
                .map(|name| {
                    let mut item = String::new();
                    push_content_type(parts, &registry, &name, &mut item);
                    item
                })
                .collect();
            let mut text = String::new();
            push_items(items.iter().map(String::as_str), &mut text);
            (*id, text)
        });
        Ok(Column::Texts(texts.collect()))
    }

    async fn generic(
        &mut self,
        parts: &[(String, Part)],
        targets: Vec<(RecordId, (String, RecordId))>,
    ) -> Result<Column, Fault> {
        let briefs = self.briefs(targets.iter().map(|(_, target)| target.clone())).await?;
        let texts = targets.iter().filter_map(|(id, target)| {
            let mut text = String::new();
            push_brief(parts, briefs.get(target)?, &mut text);
            Some((*id, text))
        });
        Ok(Column::Texts(texts.collect()))
    }

    fn write(&mut self, level: &Level<'_>, selection: &Selection<'_>, columns: &[Column]) -> Result<Written, Fault> {
        let keys: Vec<String> = selection
            .fields
            .iter()
            .enumerate()
            .map(|(place, field)| {
                let mut key = String::from(if place == 0 { "{" } else { "," });
                push_text(&field.key, &mut key);
                key.push(':');
                key
            })
            .collect();
        let mut written = Written::default();
        written.places.reserve(level.records.len());
        for record in &level.records {
            let start = written.text.len();
            if keys.is_empty() {
                written.text.push('{');
            }
            for ((key, field), column) in keys.iter().zip(&selection.fields).zip(columns) {
                let out = &mut written.text;
                out.push_str(key);
                match column {
                    Column::Row => self.row(level, selection, record, field, out),
                    Column::One { of, written } => {
                        let text = of.get(&record.id()).and_then(|to| written.get(*to));
                        out.push_str(text.unwrap_or("null"));
                    }
                    Column::Lists { of, written } => {
                        written.push_list(of.get(&record.id()).map_or(&[], Vec::as_slice), out);
                    }
                    Column::Texts(texts) => out.push_str(texts.get(&record.id()).map_or("null", String::as_str)),
                    Column::Counts(counts) => {
                        let _ = write!(out, "{}", counts.get(&record.id()).copied().unwrap_or(0));
                    }
                    Column::Null => out.push_str("null"),
                }
                self.count(out)?;
            }
            written.text.push('}');
            written.places.insert(record.id(), start..written.text.len());
        }
        self.written += written.text.len();
        Ok(written)
    }

    fn row(
        &self,
        level: &Level<'_>,
        selection: &Selection<'_>,
        record: &Record,
        field: &Planned<'_>,
        out: &mut String,
    ) {
        let content_type = level.content_type;
        let Some(shows) = field.shows else {
            push_text(selection.object, out);
            return;
        };
        match shows {
            Shows::Id => {
                let _ = write!(out, "\"{}\"", record.id());
            }
            Shows::Url => {
                let endpoint = content_type.endpoint().unwrap_or_default();
                push_text(&format!("{}/api/{endpoint}/{}/", self.base, record.id()), out);
            }
            Shows::Value { field, .. } => push_value(content_type, record, *field, out),
            Shows::Choice { field, choices } => {
                let stored = match record.value(content_type, *field) {
                    Value::Null => None,
                    Value::Text(text) => Some(text.to_string()),
                    other => Some(other.to_string()),
                };
                match stored.filter(|stored| !stored.is_empty()) {
                    None => out.push_str("null"),
                    Some(stored) => match choices.values.get(&stored) {
                        Some(name) => push_text(name, out),
                        None => push_text(&super::super::names::enum_value(&stored), out),
                    },
                }
            }
            Shows::Rendered { .. } => {
                let value = level.shown.get(&record.id()).and_then(|object| object.get(field.name));
                match value {
                    None => out.push_str("null"),
                    Some(value) => out.push_str(&value.to_string()),
                }
            }
            Shows::ComputedField { key } => {
                let computed = level.shown.get(&record.id()).and_then(|object| object.get(Tail::ComputedFields.name()));
                match computed.and_then(|computed| computed.get(key)) {
                    None => out.push_str("null"),
                    Some(value) => out.push_str(&value.to_string()),
                }
            }
            Shows::CustomFields { field } => {
                out.push_str(record.text(content_type, *field).filter(|text| !text.is_empty()).unwrap_or("{}"));
            }
            Shows::CustomField { field, key, kind } => {
                let held = record.text(content_type, *field).and_then(|text| serde_json::from_str::<Json>(text).ok());
                push_custom(held.as_ref().and_then(|held| held.get(key)), *kind, out);
            }
            _ => out.push_str("null"),
        }
    }
}

impl Planned<'_> {
    /// The name under which REST shows what it shows; nothing for fields that are not taken from there.
    fn rendered(&self) -> Option<&str> {
        match self.shows? {
            Shows::Rendered { .. } | Shows::RenderedReference { .. } | Shows::RenderedGeneric => Some(self.name),
            Shows::ComputedField { .. } => Some(Tail::ComputedFields.name()),
            _ => None,
        }
    }
}

fn push_value(content_type: &ContentType, record: &Record, field: usize, out: &mut String) {
    let FieldKind::Scalar(scalar) = content_type.fields()[field].kind() else {
        out.push_str(&record.value(content_type, field).to_json().to_string());
        return;
    };
    let odd = matches!(scalar.scalar_type(), ScalarType::Duration | ScalarType::Decimal);
    match odd.then(|| record.value(content_type, field)) {
        Some(Value::Int(microseconds)) => {
            let sign = if microseconds < 0 { "-" } else { "" };
            let microseconds = microseconds.unsigned_abs();
            let _ = write!(out, "{sign}{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
        }
        Some(Value::Decimal(decimal)) => match scalar.places() {
            Some(places) => {
                let _ = write!(out, "\"{decimal:.0$}\"", places as usize);
            }
            None => push_text(&decimal.to_string(), out),
        },
        _ => record.json_into(content_type, field, out),
    }
}

/// A custom field's value, if it is of the type that the schema promises.
fn push_custom(value: Option<&Json>, kind: CustomKind, out: &mut String) {
    match (kind, value) {
        (_, None | Some(Json::Null)) => out.push_str("null"),
        (CustomKind::Json | CustomKind::Texts, Some(value)) => out.push_str(&value.to_string()),
        (CustomKind::Integer, Some(Json::Number(number))) => out.push_str(&number.to_string()),
        (CustomKind::Boolean, Some(Json::Bool(boolean))) => out.push_str(&boolean.to_string()),
        (CustomKind::Text, Some(Json::String(text))) => push_text(text, out),
        (CustomKind::Text, Some(value)) => push_text(&value.to_string(), out),
        (CustomKind::Integer | CustomKind::Boolean, Some(_)) => out.push_str("null"),
    }
}
