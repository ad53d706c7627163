//! `computed_fields`: texts that templates of users make of records.
//!
//! Templates look at whatever they like of a record and of what it leads to, so what must be read is known only when they
//! have run. They run in rounds: what a round looks for and does not find is read for all records together, and those
//! that missed something run again. So the number of queries depends on how deep templates look, never on the number of
//! records.
//!
//! - [`seen`]: records as templates see them; [`shelf`]: what was read for them.

mod seen;
mod shelf;

use std::sync::Arc;

use minijinja::Value;
use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{ListRequest, Reader, RecordId};

use self::seen::Seen;
use self::shelf::Shelf;
use super::text::string_into;
use super::world::{Map, World};
use crate::error::ApiError;
use crate::template::{Environment, Limits};

/// The content type of definitions.
pub const DEFINITION: &str = "extras.computedfield";

/// What one template may take for one record.
const LIMITS: Limits = Limits { steps: 20_000, bytes: 64 << 10 };
/// The steps that all templates of an answer may take.
const MOST_STEPS: u64 = 5_000_000;
/// How deep a template may look: references that follow each other.
const MOST_ROUNDS: usize = 12;

/// The computed fields of an answer.
#[derive(Debug, Default)]
pub struct ComputedFields {
    by_type: Map<TypeIndex, Arc<[Definition]>>,
    /// By record, in the order of the definitions.
    texts: Map<(TypeIndex, RecordId), Vec<String>>,
    steps: u64,
}

#[derive(Debug)]
struct Definition {
    key: String,
    template: String,
    fallback: String,
}

impl World {
    /// Makes the computed fields of records.
    pub async fn load_computed_fields(
        &mut self,
        reader: &mut Reader,
        content_type: TypeIndex,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let registry = Arc::clone(reader.registry());
        let definitions = match self.computed_fields.by_type.get(&content_type) {
            Some(known) => Arc::clone(known),
            None => {
                let read: Arc<[Definition]> = definitions(reader, registry.get(content_type)).await?.into();
                self.computed_fields.by_type.insert(content_type, Arc::clone(&read));
                read
            }
        };
        if definitions.is_empty() {
            return Ok(());
        }
        let shelf = Arc::new(Shelf::new(&registry));
        for record in ids.iter().filter_map(|id| self.record(content_type, *id)) {
            shelf.put(content_type, record.clone());
        }
        let fallback: Vec<String> = definitions.iter().map(|one| one.fallback.clone()).collect();
        let texts = ids.iter().map(|id| ((content_type, *id), fallback.clone()));
        self.computed_fields.texts.extend(texts);
        let mut environment = Environment::new(LIMITS);
        let mut todo: Vec<(RecordId, usize)> = Vec::new();
        for (place, definition) in definitions.iter().enumerate() {
            match environment.add(definition.key.clone(), definition.template.clone()) {
                Ok(()) => todo.extend(ids.iter().map(|id| (*id, place))),
                Err(error) => failed(definition, &error),
            }
        }
        for _ in 0..MOST_ROUNDS {
            todo = self.computed_fields.round(&mut environment, &shelf, content_type, todo);
            if todo.is_empty() {
                break;
            }
            shelf.fetch(reader).await?;
        }
        Ok(())
    }
}

impl ComputedFields {
    /// Runs templates, and gives back those that missed something.
    fn round(
        &mut self,
        environment: &mut Environment,
        shelf: &Arc<Shelf>,
        content_type: TypeIndex,
        todo: Vec<(RecordId, usize)>,
    ) -> Vec<(RecordId, usize)> {
        let Some(definitions) = self.by_type.get(&content_type).cloned() else { return Vec::new() };
        let mut again = Vec::new();
        for (id, place) in todo {
            if self.steps >= MOST_STEPS {
                tracing::warn!("the computed fields of an answer take too long; the rest have their fallback values");
                return Vec::new();
            }
            let definition = &definitions[place];
            let context = Value::from_pairs([("obj", Seen::value(shelf, content_type, id))]);
            let (rendered, steps) = environment.render(&definition.key, &context);
            self.steps += steps;
            match rendered {
                _ if shelf.take_missed() => again.push((id, place)),
                Ok(text) => {
                    if let Some(texts) = self.texts.get_mut(&(content_type, id)) {
                        texts[place] = text;
                    }
                }
                Err(error) => failed(definition, &error),
            }
        }
        again
    }

    /// Appends the object of a record's computed fields by key.
    pub fn write(&self, content_type: TypeIndex, id: RecordId, out: &mut String) {
        let definitions = self.by_type.get(&content_type).map_or(&[][..], |all| all);
        let texts = self.texts.get(&(content_type, id)).map_or(&[][..], Vec::as_slice);
        out.push('{');
        for (place, (definition, text)) in definitions.iter().zip(texts).enumerate() {
            if place > 0 {
                out.push(',');
            }
            string_into(&definition.key, out);
            out.push(':');
            string_into(text, out);
        }
        out.push('}');
    }
}

fn failed(definition: &Definition, error: &minijinja::Error) {
    let error: &dyn std::error::Error = error;
    tracing::debug!(key = definition.key, error, "a computed field has its fallback value");
}

/// The computed fields of a type, in the order in which people see them.
async fn definitions(reader: &mut Reader, content_type: &ContentType) -> Result<Vec<Definition>, ApiError> {
    let registry = Arc::clone(reader.registry());
    let Ok(definition) = registry.content_type(DEFINITION) else { return Ok(Vec::new()) };
    let mut request = ListRequest::all(definition.index());
    request.filters.insert("content_type".to_owned(), vec![content_type.name().to_owned()]);
    let ids = reader.list(&request).await?.ids;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let records = reader.records(definition, &ids).await?;
    let made = records.iter().map(|record| {
        let text = |name: &str| {
            let place = definition.place(name);
            place.and_then(|place| record.text(definition, place)).unwrap_or_default().to_owned()
        };
        Definition { key: text("key"), template: text("template"), fallback: text("fallback_value") }
    });
    Ok(made.collect())
}
