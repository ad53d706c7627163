//! What a record is called: `display`, and the natural key as a slug.

use std::collections::HashMap;
use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::model::{ANCESTRY, ContentType, Part};
use trueup_inventory::{Only, Record, RecordId, Selection};

use super::Renderer;
use crate::error::ApiError;

/// The names of the records of one level.
pub(super) struct Names {
    by_id: HashMap<RecordId, (String, String)>,
}

impl Names {
    /// The name for people, and the slug.
    pub fn of(&self, id: RecordId) -> (&str, &str) {
        self.by_id.get(&id).map_or(("", ""), |(display, slug)| (display.as_str(), slug.as_str()))
    }
}

impl Renderer<'_> {
    pub(super) async fn names(&mut self, content_type: &ContentType, records: &[Record]) -> Result<Names, ApiError> {
        let key = content_type.natural_key();
        let shown = content_type.shown_as().parts().iter().filter_map(|part| match part {
            Part::Field(path) if path != ANCESTRY => Some(path.clone()),
            _ => None,
        });
        let paths: Vec<String> = key.iter().cloned().chain(shown).collect();
        let ids: Vec<RecordId> = records.iter().map(Record::id).collect();
        let ancestry = self.ancestry(content_type, records).await?;
        let mut by_id = HashMap::with_capacity(ids.len());
        let selection = Selection::all(content_type.name(), paths).only(Only::Ids(ids));
        let mut name = |row: trueup_inventory::RowView<'_>| {
            let id = row.id();
            let (key, mut shown) = row.values().split_at(key.len());
            let mut display = String::new();
            for part in content_type.shown_as().parts() {
                match part {
                    Part::Text(text) => display.push_str(text),
                    Part::Field(path) if path == ANCESTRY => {
                        display.push_str(ancestry.get(&id).map_or("", String::as_str));
                    }
                    Part::Field(_) => {
                        if let Some((value, rest)) = shown.split_first() {
                            if !value.is_null() {
                                display.push_str(&value.to_string());
                            }
                            shown = rest;
                        }
                    }
                }
            }
            if display.trim().is_empty() {
                display = format!("{} ({id})", content_type.verbose_name());
            }
            by_id.insert(id, (display, slug(key, id)));
        };
        self.inventory.read(&selection, &mut name).await?;
        Ok(Names { by_id })
    }

    /// For types whose name shows what they lie below: all names from the root, joined by arrows.
    async fn ancestry(
        &mut self,
        content_type: &ContentType,
        records: &[Record],
    ) -> Result<HashMap<RecordId, String>, ApiError> {
        let shows = content_type.shown_as().parts().contains(&Part::Field(ANCESTRY.to_owned()));
        let place = |name: &str| content_type.fields().iter().position(|field| field.name() == name);
        let (Some(parent), Some(name)) = (content_type.tree().and_then(|field| place(field.name())), place("name"))
        else {
            return Ok(HashMap::new());
        };
        if !shows {
            return Ok(HashMap::new());
        }
        let mut known: HashMap<RecordId, (Option<RecordId>, Arc<str>)> = HashMap::new();
        let mut level: Vec<Record> = records.to_vec();
        while !level.is_empty() {
            for record in &level {
                let name = record.text(content_type, name).unwrap_or_default();
                known.insert(record.id(), (record.reference(content_type, parent), name.into()));
            }
            let mut above: Vec<RecordId> =
                level.iter().filter_map(|record| record.reference(content_type, parent)).collect();
            above.sort_unstable();
            above.dedup();
            above.retain(|id| !known.contains_key(id));
            level = self.reader.records(content_type, &above).await?;
        }
        let path = |id: RecordId| {
            let mut names = Vec::new();
            let mut current = Some(id);
            while let Some((parent, name)) = current.and_then(|id| known.get(&id)) {
                names.push(name.as_ref());
                current = *parent;
            }
            names.reverse();
            names.join(" → ")
        };
        Ok(records.iter().map(|record| (record.id(), path(record.id()))).collect())
    }
}

/// `ams_eu_a67a`: the natural key without the nulls at its end, and the first digits of the id.
fn slug(key: &[Value], id: RecordId) -> String {
    let end = key.iter().rposition(|value| !value.is_null()).map_or(0, |place| place + 1);
    let mut slug = String::new();
    for value in &key[..end] {
        if !value.is_null() {
            slugify_into(&value.to_string(), &mut slug);
        }
        slug.push('_');
    }
    slug.push_str(&id.to_string()[..4]);
    slug
}

/// Letters and digits in lower case, everything else as single dashes between them.
fn slugify_into(text: &str, out: &mut String) {
    let start = out.len();
    let mut dash = false;
    for character in text.chars() {
        if character.is_alphanumeric() || character == '_' {
            if dash && out.len() > start {
                out.push('-');
            }
            dash = false;
            out.extend(character.to_lowercase());
        } else {
            dash = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_the_contract() {
        let id = RecordId("94d1b0a2-0000-4000-8000-000000000000".parse().unwrap());
        let of = |key: &[Value]| slug(key, id);
        assert_eq!(of(&["Global".into(), "10.0.0.0".into(), 24.into()]), "global_10-0-0-0_24_94d1");
        assert_eq!(of(&["sw2".into(), Value::Null, "AMS".into(), "EU".into(), Value::Null]), "sw2__ams_eu_94d1");
    }
}
