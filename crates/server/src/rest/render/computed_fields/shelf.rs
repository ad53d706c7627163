//! What templates look at: records and lists that were read already, and a note of those that were looked for and are
//! not here yet. They are read together before the next round.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use trueup_inventory::model::{ContentType, FieldKind, Registry, TypeIndex};
use trueup_inventory::{LinkTarget, Reader, Record, RecordId};

use crate::error::ApiError;
use crate::rest::render::world::{Map, Set};

/// One thing of a list: a record, or the name of a content type.
pub type Item = LinkTarget;

#[derive(Debug)]
pub struct Shelf {
    registry: Arc<Registry>,
    held: Mutex<Held>,
}

/// A field that leads to several, of one type.
type ListField = (TypeIndex, usize);

#[derive(Debug, Default)]
struct Held {
    /// Nothing for those that do not exist.
    records: Map<(TypeIndex, RecordId), Option<Arc<Record>>>,
    lists: Map<(ListField, RecordId), Arc<[Item]>>,
    wanted_records: Map<TypeIndex, Set<RecordId>>,
    wanted_lists: Map<ListField, Set<RecordId>>,
    /// Whether something was looked for and is not here yet.
    missed: bool,
}

impl Shelf {
    pub fn new(registry: &Arc<Registry>) -> Self {
        Self { registry: Arc::clone(registry), held: Mutex::default() }
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn put(&self, content_type: TypeIndex, record: Record) {
        self.held().records.insert((content_type, record.id()), Some(Arc::new(record)));
    }

    /// A record; nothing when it does not exist or is not here yet.
    pub fn record(&self, content_type: TypeIndex, id: RecordId) -> Option<Arc<Record>> {
        let mut held = self.held();
        match held.records.get(&(content_type, id)) {
            Some(known) => known.clone(),
            None => {
                held.wanted_records.entry(content_type).or_default().insert(id);
                held.missed = true;
                None
            }
        }
    }

    /// What a field of a record leads to; nothing when it is not here yet.
    pub fn list(&self, content_type: TypeIndex, field: usize, id: RecordId) -> Option<Arc<[Item]>> {
        let key = (content_type, field);
        let mut held = self.held();
        match held.lists.get(&(key, id)) {
            Some(known) => Some(Arc::clone(known)),
            None => {
                held.wanted_lists.entry(key).or_default().insert(id);
                held.missed = true;
                None
            }
        }
    }

    /// Whether something was missed since this was asked last.
    pub fn take_missed(&self) -> bool {
        std::mem::take(&mut self.held().missed)
    }

    /// Reads everything that was looked for: one query for each type and each field.
    pub async fn fetch(&self, reader: &mut Reader) -> Result<(), ApiError> {
        let (records, lists) = {
            let mut held = self.held();
            (std::mem::take(&mut held.wanted_records), std::mem::take(&mut held.wanted_lists))
        };
        for (index, ids) in records {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let found = reader.records(self.registry.get(index), &ids).await?;
            let mut held = self.held();
            held.records.extend(ids.into_iter().map(|id| ((index, id), None)));
            held.records.extend(found.into_iter().map(|record| ((index, record.id()), Some(Arc::new(record)))));
        }
        for ((index, field), ids) in lists {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let mut found = items(reader, self.registry.get(index), field, &ids).await?;
            let mut held = self.held();
            for id in ids {
                held.lists.insert(((index, field), id), found.remove(&id).unwrap_or_default().into());
            }
        }
        Ok(())
    }
}

/// What a field leads to, by record.
async fn items(
    reader: &mut Reader,
    content_type: &ContentType,
    field: usize,
    ids: &[RecordId],
) -> Result<Map<RecordId, Vec<Item>>, ApiError> {
    Ok(match content_type.fields()[field].kind() {
        FieldKind::Many(_) => reader.links(content_type, field, ids).await?,
        FieldKind::Reverse(reverse) => {
            let found = reader.pointing(*reverse, ids).await?.into_iter();
            found.map(|(id, all)| (id, all.into_iter().map(Item::Record).collect())).collect()
        }
        _ => Map::default(),
    })
}
