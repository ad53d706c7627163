//! Everything that an answer shows, read before the first letter of it is written: rows by type, what to-many fields
//! hold, what points where, and how often. Each question is asked once for all records that it concerns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use trueup_inventory::model::{ContentType, Registry, Reverse, TypeIndex};
use trueup_inventory::{LinkTarget, Reader, Record, RecordId};

use super::chain::Chain;
use super::computed_fields::ComputedFields;
use super::custom_fields::CustomField;
use super::made::cable::Cables;
use super::made::config_context::Contexts;
use super::relationships::Relationships;
use crate::error::ApiError;

pub type Map<K, V> = HashMap<K, V, RandomState>;
pub type Set<T> = HashSet<T, RandomState>;

/// A field of a type.
pub type FieldKey = (TypeIndex, usize);

/// The records of one answer, and what hangs on them.
#[derive(Debug)]
pub struct World {
    registry: Arc<Registry>,
    records: Map<TypeIndex, Map<RecordId, Record>>,
    /// Ids that were asked for and do not exist.
    missing: Set<(TypeIndex, RecordId)>,
    links: Map<FieldKey, Map<RecordId, Vec<LinkTarget>>>,
    pointing: Map<FieldKey, Map<RecordId, Vec<RecordId>>>,
    counts: Map<FieldKey, Map<RecordId, usize>>,
    pub cables: Cables,
    /// By row of the change log, the text of the record that it is about.
    pub logged: Map<RecordId, String>,
    /// What syncs change, as JSON.
    pub diffs: Map<RecordId, String>,
    /// By type, its custom fields.
    pub custom_fields: Map<TypeIndex, Vec<CustomField>>,
    pub relationships: Relationships,
    pub computed_fields: ComputedFields,
    pub contexts: Contexts,
}

impl World {
    pub fn new(registry: &Arc<Registry>) -> Self {
        Self {
            registry: Arc::clone(registry),
            records: Map::default(),
            missing: Set::default(),
            links: Map::default(),
            pointing: Map::default(),
            counts: Map::default(),
            cables: Cables::default(),
            logged: Map::default(),
            diffs: Map::default(),
            custom_fields: Map::default(),
            relationships: Relationships::default(),
            computed_fields: ComputedFields::default(),
            contexts: Contexts::default(),
        }
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub fn content_type(&self, index: TypeIndex) -> &ContentType {
        self.registry.get(index)
    }

    /// A record that was loaded and exists.
    pub fn record(&self, content_type: TypeIndex, id: RecordId) -> Option<&Record> {
        self.records.get(&content_type)?.get(&id)
    }

    /// What a to-many field holds.
    pub fn links(&self, field: FieldKey, id: RecordId) -> &[LinkTarget] {
        self.links.get(&field).and_then(|links| links.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// The records that a reverse field of a type shows.
    pub fn pointing(&self, field: FieldKey, id: RecordId) -> &[RecordId] {
        self.pointing.get(&field).and_then(|pointing| pointing.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// The number that a field of a type shows.
    pub fn count(&self, field: FieldKey, id: RecordId) -> usize {
        self.counts.get(&field).and_then(|counts| counts.get(&id)).copied().unwrap_or_default()
    }

    /// Puts a record in the place of the one that is known under its id, or nothing; gives back what was there.
    pub fn replace(&mut self, content_type: TypeIndex, id: RecordId, record: Option<Record>) -> Option<Record> {
        let records = self.records.entry(content_type).or_default();
        match record {
            Some(record) => records.insert(id, record),
            None => records.remove(&id),
        }
    }

    /// The same for what a to-many field holds.
    pub fn replace_links(
        &mut self,
        field: FieldKey,
        id: RecordId,
        links: Option<Vec<LinkTarget>>,
    ) -> Option<Vec<LinkTarget>> {
        let known = self.links.entry(field).or_default();
        match links {
            Some(links) => known.insert(id, links),
            None => known.remove(&id),
        }
    }

    /// Reads the records that are not there yet.
    pub async fn load(
        &mut self,
        reader: &mut Reader,
        content_type: TypeIndex,
        ids: impl IntoIterator<Item = RecordId>,
    ) -> Result<(), ApiError> {
        let known = self.records.entry(content_type).or_default();
        let mut asked = Set::default();
        let wanted: Vec<RecordId> = ids
            .into_iter()
            .filter(|id| !known.contains_key(id) && !self.missing.contains(&(content_type, *id)) && asked.insert(*id))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let found = reader.records(self.registry.get(content_type), &wanted).await?;
        if found.len() < wanted.len() {
            self.missing.extend(wanted.iter().map(|id| (content_type, *id)));
        }
        for record in found {
            self.missing.remove(&(content_type, record.id()));
            known.insert(record.id(), record);
        }
        Ok(())
    }

    /// Reads all records on the way of a chain, the last included.
    pub async fn load_chain(&mut self, reader: &mut Reader, chain: &Chain, from: &[RecordId]) -> Result<(), ApiError> {
        let mut current = from.to_vec();
        for hop in &chain.hops {
            let content_type = self.registry.get(hop.from);
            let mut next: Vec<RecordId> = current
                .iter()
                .filter_map(|id| self.record(hop.from, *id)?.reference(content_type, hop.field))
                .collect();
            next.sort_unstable();
            next.dedup();
            self.load(reader, hop.to, next.iter().copied()).await?;
            current = next;
        }
        Ok(())
    }

    /// Reads everything that records lie below.
    pub async fn load_ancestors(
        &mut self,
        reader: &mut Reader,
        content_type: TypeIndex,
        parent: usize,
        from: &[RecordId],
    ) -> Result<(), ApiError> {
        let definition = Arc::clone(self.registry.get(content_type));
        let mut seen: Set<RecordId> = Set::default();
        let mut current = from.to_vec();
        while !current.is_empty() {
            let above = current.iter().filter_map(|id| self.record(content_type, *id)?.reference(&definition, parent));
            current = above.filter(|id| seen.insert(*id)).collect();
            self.load(reader, content_type, current.iter().copied()).await?;
        }
        Ok(())
    }

    pub async fn load_links(&mut self, reader: &mut Reader, field: FieldKey, ids: &[RecordId]) -> Result<(), ApiError> {
        let found = reader.links(self.registry.get(field.0), field.1, ids).await?;
        self.links.entry(field).or_default().extend(found);
        Ok(())
    }

    pub async fn load_pointing(
        &mut self,
        reader: &mut Reader,
        field: FieldKey,
        reverse: Reverse,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let found = reader.pointing(reverse, ids).await?;
        self.pointing.entry(field).or_default().extend(found);
        Ok(())
    }

    /// Adds to what a count shows, so that one count can be of several types.
    pub async fn add_count(
        &mut self,
        reader: &mut Reader,
        field: FieldKey,
        reverse: Reverse,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let found = reader.count_pointing(reverse, ids).await?;
        let counts = self.counts.entry(field).or_default();
        for (id, count) in found {
            *counts.entry(id).or_default() += count;
        }
        Ok(())
    }
}
