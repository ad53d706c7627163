//! Writing an answer from what was gathered. A record that several others refer to is written once and pasted.

use std::fmt::Write as _;

use trueup_engine::Value;
use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{LinkTarget, Record, RecordId};

use super::custom_fields::custom_fields_into;
use super::gather::Gathered;
use super::made;
use super::plan::{How, Line, Notes, Place, Plan, Tail};
use super::relationships::relationships_into;
use super::slug::slug_into;
use super::text::{duration_into, id_into, instant_into, string_into};
use super::world::{Map, World};

/// The longest answer, in bytes. Deep views of records that refer to many others grow with every level.
pub const MOST_BYTES: usize = 256 << 20;

/// Writes records as JSON text.
#[derive(Debug)]
pub struct Writer<'w> {
    gathered: &'w Gathered<'w>,
    /// Where in `texts` a record is that is shown with so many levels below it.
    written: Map<(TypeIndex, RecordId, u8), usize>,
    texts: Vec<String>,
    bytes: usize,
}

/// The answer would be longer than [`MOST_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl<'w> Writer<'w> {
    pub fn new(gathered: &'w Gathered<'w>) -> Self {
        Self { gathered, written: Map::default(), texts: Vec::new(), bytes: 0 }
    }

    pub fn world(&self) -> &'w World {
        &self.gathered.world
    }

    /// The records that were asked for, as far as they exist.
    ///
    /// # Errors
    /// The answer would be too long.
    pub fn all(mut self, content_type: TypeIndex, ids: &[RecordId], depth: u8) -> Result<Vec<String>, TooLong> {
        let Some(plan) = self.gathered.plans.plan(content_type, Place::Top) else { return Ok(Vec::new()) };
        let mut texts = Vec::with_capacity(ids.len());
        let mut length = 1_024;
        for id in ids {
            let Some(record) = self.world().record(content_type, *id) else { continue };
            let mut text = String::with_capacity(length);
            self.object(plan, record, depth, &mut text);
            if self.bytes > MOST_BYTES {
                return Err(TooLong);
            }
            length = text.len() + text.len() / 8;
            texts.push(text);
        }
        Ok(texts)
    }

    /// One record, as it stands in the world.
    pub fn one(mut self, plan: &Plan, record: &Record) -> String {
        let mut text = String::new();
        let depth = self.gathered.plans.view().depth;
        self.object(plan, record, depth, &mut text);
        text
    }

    fn object(&mut self, plan: &Plan, record: &Record, remaining: u8, out: &mut String) {
        let start = out.len();
        let world = self.world();
        out.push_str("{\"id\":\"");
        id_into(record.id(), out);
        out.push_str(&plan.after_id);
        plan.display.write(world, &plan.content_type, record, out);
        if let Some(url) = &plan.url {
            out.push_str(url);
            id_into(record.id(), out);
            out.push_str("/\"");
        }
        out.push_str(",\"natural_slug\":");
        slug_into(world, &plan.natural_key, record, out);
        for line in &plan.fields {
            out.push_str(&line.key);
            self.value(plan, line, record, remaining, out);
        }
        match (plan.notes, &plan.url) {
            (Notes::Url, Some(url)) => {
                out.push_str(",\"notes_");
                out.push_str(&url[2..]);
                id_into(record.id(), out);
                out.push_str("/notes/\"");
            }
            (Notes::Null | Notes::Url, _) => out.push_str(",\"notes_url\":null"),
            (Notes::Absent, _) => {}
        }
        for tail in &plan.tail {
            let _ = write!(out, ",\"{}\":", tail.name());
            match tail {
                Tail::ComputedFields => {
                    world.computed_fields.write(plan.content_type.index(), record.id(), out);
                }
                Tail::Relationships => {
                    let base = self.gathered.plans.base();
                    relationships_into(self, base, plan.content_type.index(), record, remaining, out);
                }
            }
        }
        out.push('}');
        self.bytes += out.len() - start;
    }

    fn value(&mut self, plan: &Plan, line: &Line, record: &Record, remaining: u8, out: &mut String) {
        let world = self.world();
        let content_type = &plan.content_type;
        let field = (content_type.index(), line.field);
        match &line.how {
            How::Plain => record.json_into(content_type, line.field, out),
            How::Composite => {
                let _ = write!(out, "{}", record.value(content_type, line.field).to_json());
            }
            How::BareChoice => match record.text(content_type, line.field) {
                None | Some("") => out.push_str("null"),
                Some(text) => string_into(text, out),
            },
            How::LabelledChoice(labelled) => labelled_into(record, content_type, line.field, labelled, out),
            How::Decimal(places) => match record.value(content_type, line.field) {
                Value::Decimal(decimal) => {
                    let _ = write!(out, "\"{decimal:.places$}\"", places = *places as usize);
                }
                _ => out.push_str("null"),
            },
            How::Instant => match record.microseconds(content_type, line.field) {
                Some(microseconds) => instant_into(microseconds, out),
                None => out.push_str("null"),
            },
            How::Duration => match record.value(content_type, line.field) {
                Value::Int(microseconds) => duration_into(microseconds, out),
                _ => out.push_str("null"),
            },
            How::Reference(to) => match record.reference(content_type, line.field) {
                Some(id) => self.reference(*to, id, remaining, out),
                None => out.push_str("null"),
            },
            How::Alias(chain, to) => match chain.target(world, record) {
                Some(id) => self.reference(*to, id, remaining, out),
                None => out.push_str("null"),
            },
            How::Generic => {
                let target = record.generic(content_type, line.field);
                let target = target.and_then(|(name, id)| Some((world.registry().content_type(name).ok()?, id)));
                match target.filter(|(to, id)| world.record(to.index(), *id).is_some()) {
                    Some((to, id)) => self.generic(to.index(), id, remaining, out),
                    None => out.push_str("null"),
                }
            }
            How::Many(to) => self.list(*to, record_ids(world.links(field, record.id())), remaining, out),
            How::First(to) => match record_ids(world.links(field, record.id())).next() {
                Some(id) => self.reference(*to, id, remaining, out),
                None => out.push_str("null"),
            },
            How::ContentTypes => {
                out.push('[');
                for (place, target) in world.links(field, record.id()).iter().enumerate() {
                    if let LinkTarget::ContentType(name) = target {
                        if place > 0 {
                            out.push(',');
                        }
                        string_into(name, out);
                    }
                }
                out.push(']');
            }
            How::Reverse(reverse) => {
                self.list(reverse.from(), world.pointing(field, record.id()).iter().copied(), remaining, out);
            }
            How::Count(_) => {
                let _ = write!(out, "{}", world.count(field, record.id()));
            }
            How::Made(made) => made::write(self, *made, field, record, remaining, out),
            How::CustomFields => {
                let fields = world.custom_fields.get(&field.0).map_or(&[][..], Vec::as_slice);
                custom_fields_into(fields, content_type, line.field, record, out);
            }
        }
    }

    /// Appends a list of records that another one refers to.
    pub fn list(&mut self, to: TypeIndex, ids: impl Iterator<Item = RecordId>, remaining: u8, out: &mut String) {
        out.push('[');
        for (place, id) in ids.enumerate() {
            if place > 0 {
                out.push(',');
            }
            self.reference(to, id, remaining, out);
        }
        out.push(']');
    }

    /// Appends a record that another one refers to, which itself has so many levels below it.
    pub fn reference(&mut self, to: TypeIndex, id: RecordId, remaining: u8, out: &mut String) {
        if remaining == 0 {
            return self.brief(to, id, out);
        }
        let (record, plan) = (self.world().record(to, id), self.gathered.plans.plan(to, Place::Nested));
        let (Some(record), Some(plan)) = (record, plan) else { return self.brief(to, id, out) };
        if !self.gathered.sight.sees(to, id) {
            self.brief(to, id, out);
            out.pop();
            out.push_str(",\"display\":");
            plan.display.write(self.world(), &plan.content_type, record, out);
            out.push('}');
            return;
        }
        let key = (to, id, remaining - 1);
        let place = match self.written.get(&key) {
            Some(place) => *place,
            None => {
                let mut text = String::new();
                if self.bytes <= MOST_BYTES {
                    self.object(plan, record, remaining - 1, &mut text);
                }
                self.texts.push(text);
                self.written.insert(key, self.texts.len() - 1);
                self.texts.len() - 1
            }
        };
        out.push_str(&self.texts[place]);
    }

    /// Appends a record to which a pair of type and id refers; when shown in full, it says so.
    pub fn generic(&mut self, to: TypeIndex, id: RecordId, remaining: u8, out: &mut String) {
        self.reference(to, id, remaining, out);
        if remaining > 0 && out.ends_with('}') {
            out.pop();
            out.push_str(",\"generic_foreign_key\":true}");
        }
    }

    fn brief(&self, to: TypeIndex, id: RecordId, out: &mut String) {
        let Some(brief) = self.gathered.plans.brief(to) else { return out.push_str("null") };
        out.push_str("{\"id\":\"");
        id_into(id, out);
        out.push_str(&brief.after_id);
        if let Some(url) = &brief.url {
            out.push_str(url);
            id_into(id, out);
            out.push_str("/\"");
        }
        out.push('}');
    }
}

fn record_ids(targets: &[LinkTarget]) -> impl Iterator<Item = RecordId> {
    targets.iter().filter_map(|target| match target {
        LinkTarget::Record(id) => Some(*id),
        LinkTarget::ContentType(_) => None,
    })
}

fn labelled_into(
    record: &Record,
    content_type: &ContentType,
    field: usize,
    labelled: &Map<String, String>,
    out: &mut String,
) {
    let other;
    let value = match record.text(content_type, field) {
        Some(text) => text,
        None => match record.value(content_type, field) {
            Value::Null => "",
            value => {
                other = value.to_string();
                &other
            }
        },
    };
    match labelled.get(value) {
        _ if value.is_empty() => out.push_str("null"),
        Some(text) => out.push_str(text),
        None => {
            out.push_str("{\"value\":");
            string_into(value, out);
            out.push_str(",\"label\":");
            string_into(value, out);
            out.push('}');
        }
    }
}
