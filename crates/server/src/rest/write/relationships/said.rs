//! What bodies say of relationships: `{key: {side: {"objects": […]}}}`, each object in any form that names a record.
//! Everything else in there is passed over, so that what was read may be sent back.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value as Json;
use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::relationship::{Association, Relationship, Side};
use trueup_inventory::{Named, PathValues, Reader, RecordId};

use super::super::item::Item;
use super::super::{body, reference, scalar};
use super::RELATIONSHIPS;
use crate::error::ApiError;
use crate::words::class_name;

/// For each way that an object speaks of, the records that it shall lead to.
pub type Joins = Vec<(Association, IndexSet<RecordId>)>;

/// A record that was named but not found yet.
struct Mention<'j> {
    item: usize,
    way: Association,
    json: &'j Json,
    paths: PathValues,
}

/// The joins of every object. What is wrong with them is added to the errors of the object.
pub async fn read(
    reader: &mut Reader,
    definitions: &[Relationship],
    content_type: &ContentType,
    items: &mut [Item<'_>],
) -> Result<Vec<Joins>, ApiError> {
    let registry = Arc::clone(reader.registry());
    let about = About { registry: &registry, definitions, content_type };
    let mut all: Vec<IndexMap<Association, IndexSet<RecordId>>> = Vec::with_capacity(items.len());
    let mut mentions: IndexMap<TypeIndex, Vec<Mention<'_>>> = IndexMap::new();
    for (place, item) in items.iter_mut().enumerate() {
        let mut joins = IndexMap::new();
        if let Some(json) = item.object.get(RELATIONSHIPS) {
            match about.ways(json) {
                Ok(ways) => {
                    for (way, objects) in ways {
                        joins.insert(way, IndexSet::with_capacity(objects.len()));
                        for json in objects {
                            match about.paths(way, json) {
                                Ok(paths) => {
                                    let mention = Mention { item: place, way, json, paths };
                                    mentions.entry(way.to).or_default().push(mention);
                                }
                                Err(message) => item.errors.add(RELATIONSHIPS, message),
                            }
                        }
                    }
                }
                Err(message) => item.errors.add(RELATIONSHIPS, message),
            }
        }
        all.push(joins);
    }
    for (to, mentions) in mentions {
        let names: Vec<PathValues> = mentions.iter().map(|mention| mention.paths.clone()).collect();
        let found = reader.named(registry.get(to), &names).await?;
        for (mention, named) in mentions.iter().zip(found) {
            match named {
                Named::One(id) => {
                    all[mention.item].entry(mention.way).or_default().insert(id);
                }
                Named::Nothing => items[mention.item].errors.add(RELATIONSHIPS, reference::not_found(mention.json)),
                Named::Several => items[mention.item].errors.add(RELATIONSHIPS, reference::ambiguous(mention.json)),
            }
        }
    }
    Ok(all.into_iter().map(|joins| joins.into_iter().collect()).collect())
}

/// What the bodies are about.
struct About<'a> {
    registry: &'a trueup_inventory::Registry,
    definitions: &'a [Relationship],
    content_type: &'a ContentType,
}

impl About<'_> {
    /// The ways that one object speaks of, each with the objects that it names there.
    fn ways<'j>(&self, json: &'j Json) -> Result<Vec<(Association, &'j [Json])>, String> {
        let model = format!("{}.{}", self.content_type.app(), class_name(self.content_type.verbose_name()));
        let Json::Object(by_key) = json else {
            return Err(match json {
                Json::Null => scalar::NOT_NULL.to_owned(),
                other => format!("Expected a dictionary of items but got type \"{}\".", body::kind(other)),
            });
        };
        let mut ways = Vec::new();
        for (key, sides) in by_key {
            let relationship = self.definitions.iter().find(|one| one.key == *key);
            let relationship = relationship.ok_or_else(|| format!("\"{key}\" is not a relationship on {model}"))?;
            let label = &relationship.label;
            let own = relationship.ways_from(self.content_type.index());
            for (side, said) in Side::ALL.into_iter().filter_map(|side| Some((side, sides.get(side.word())?))) {
                let word = side.word();
                let way = own.iter().find(|way| way.toward == side);
                let way = way.ok_or_else(|| format!("\"{word}\" is not a valid side for \"{label}\" on {model}"))?;
                let objects = match said.get("objects") {
                    Some(Json::Array(objects)) => objects,
                    Some(_) => return Err("\"objects\" must be a list, not a single value".to_owned()),
                    None => {
                        return Err(format!(
                            "\"objects\" must be specified under [\"{key}\"][\"{word}\"] when present"
                        ));
                    }
                };
                if objects.len() > 1 && !relationship.kind.has_many(side) {
                    return Err(format!("For \"{label}\", \"{word}\" objects must include at most a single object"));
                }
                ways.push((*way, objects.as_slice()));
            }
        }
        Ok(ways)
    }

    fn paths(&self, way: Association, json: &Json) -> Result<PathValues, String> {
        let paths = reference::read(self.registry, self.registry.get(way.to), json)?;
        let paths = paths.ok_or_else(|| scalar::NOT_NULL.to_owned())?;
        Ok(paths.into_iter().map(|(path, value)| (path.into(), value)).collect())
    }
}
