//! `relationships`: every relationship that a record may have, with what it joins to the record.

use std::sync::Arc;

use trueup_inventory::model::TypeIndex;
use trueup_inventory::relationship::{Association, Relationship};
use trueup_inventory::{Reader, Record, RecordId, Related, RelatedRequest, Relation};

use super::text::{id_into, string_into};
use super::world::{Map, Set, World};
use super::writer::Writer;
use crate::error::ApiError;

/// The content type of definitions, to which records show the way.
const DEFINITIONS: &str = "/api/extras/relationships/";

/// The relationships of the records of an answer.
#[derive(Debug, Default)]
pub struct Relationships {
    by_type: Map<TypeIndex, Arc<[Relationship]>>,
    joined: Map<Association, Related>,
    /// The records that may go a way, where a filter says which.
    may_go: Map<Association, Set<RecordId>>,
}

impl Relationships {
    fn of(&self, content_type: TypeIndex) -> &[Relationship] {
        self.by_type.get(&content_type).map_or(&[], |all| all)
    }

    fn joined(&self, way: Association, id: RecordId) -> &[RecordId] {
        self.joined.get(&way).and_then(|joined| joined.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// The ways of a record, each with its relationship.
    fn ways(&self, content_type: TypeIndex, id: RecordId) -> impl Iterator<Item = (&Relationship, Association)> {
        let all = self.of(content_type).iter();
        all.flat_map(move |one| one.ways_from(content_type).into_iter().map(move |way| (one, way)))
            .filter(move |(_, way)| self.may_go.get(way).is_none_or(|may| may.contains(&id)))
    }

    /// What relationships join to a record.
    pub fn targets(&self, content_type: TypeIndex, id: RecordId) -> impl Iterator<Item = (TypeIndex, RecordId)> {
        self.ways(content_type, id)
            .flat_map(move |(_, way)| self.joined(way, id).iter().map(move |target| (way.to, *target)))
    }
}

impl World {
    /// Reads the relationships of records: one query for their definitions, and for each of these one, and one more when
    /// it has a filter.
    pub async fn load_relationships(
        &mut self,
        reader: &mut Reader,
        content_type: TypeIndex,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let registry = Arc::clone(reader.registry());
        let known = match self.relationships.by_type.get(&content_type) {
            Some(known) => Arc::clone(known),
            None => {
                let read: Arc<[Relationship]> = reader.relationships(Some(registry.get(content_type))).await?.into();
                self.relationships.by_type.insert(content_type, Arc::clone(&read));
                read
            }
        };
        for relationship in known.iter() {
            for way in relationship.ways_from(content_type) {
                let filter = &relationship.end(way.toward.opposite()).filter;
                if !filter.is_empty() {
                    let found = reader.meeting(registry.get(content_type), filter, ids).await?;
                    self.relationships.may_go.entry(way).or_default().extend(found);
                }
                let found = reader.related(Relation::Associated(way), ids, RelatedRequest::default()).await?;
                self.relationships.joined.entry(way).or_default().extend(found);
            }
        }
        Ok(())
    }
}

/// Appends the object of a record's relationships by key.
pub fn relationships_into(
    writer: &mut Writer<'_>,
    base: &str,
    content_type: TypeIndex,
    record: &Record,
    remaining: u8,
    out: &mut String,
) {
    let world = writer.world();
    out.push('{');
    let mut last: Option<RecordId> = None;
    for (relationship, way) in world.relationships.ways(content_type, record.id()) {
        if last == Some(relationship.id) {
            out.push(',');
        } else {
            if last.is_some() {
                out.push_str("},");
            }
            last = Some(relationship.id);
            string_into(&relationship.key, out);
            out.push_str(":{\"id\":\"");
            id_into(relationship.id, out);
            out.push_str("\",\"url\":");
            string_into(&format!("{base}{DEFINITIONS}{}/", relationship.id), out);
            out.push_str(",\"label\":");
            string_into(&relationship.label, out);
            out.push_str(",\"type\":");
            string_into(relationship.kind.word(), out);
            out.push(',');
        }
        string_into(way.toward.word(), out);
        out.push_str(":{\"label\":");
        string_into(&relationship.label_toward(world.registry(), way.toward), out);
        out.push_str(",\"object_type\":");
        string_into(world.content_type(way.to).name(), out);
        out.push_str(",\"objects\":");
        writer.list(way.to, world.relationships.joined(way, record.id()).iter().copied(), remaining, out);
        out.push('}');
    }
    if last.is_some() {
        out.push('}');
    }
    out.push('}');
}
