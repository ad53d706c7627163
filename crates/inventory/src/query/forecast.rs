//! What deletes would do besides, asked before anything is deleted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, TypeIndex};
use crate::read::{Only, Selection};
use crate::storage::RecordId;
use crate::write::{Cleared, Reach, RecordKey, Unlinked, reach, repr, unlinked};

/// How many records of each sort are named.
const EXAMPLES: usize = 5;

/// What the deletes of some records would do besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteForecast {
    /// Records that would go as well, by type, the most first.
    pub along: Vec<Affected>,
    /// Records that would lose a reference, or one of many, by type and field, the most first.
    pub cleared: Vec<(Affected, String)>,
    /// Deletes that would be refused, by what stands against them, the most first.
    pub refused: Vec<RefusedDeletes>,
}

/// Some records of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    pub content_type: Arc<str>,
    /// `interfaces`.
    pub verbose_name_plural: String,
    pub count: usize,
    /// A few of them by name.
    pub examples: Vec<String>,
}

/// Deletes that records of one type stand against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedDeletes {
    pub records: Vec<RecordId>,
    /// Which are not to be deleted, and refer to these or to what would go with them.
    pub needed_by: Affected,
}

impl Reader {
    /// What the deletes of these records, each of a type, would do besides. Records that are deleted themselves are not
    /// told. The number of queries depends on the types and on how deep they hang on each other.
    ///
    /// # Errors
    /// There is no such type, or the database failed.
    pub async fn forecast_deletes(&mut self, deletes: &[(&str, RecordId)]) -> Result<DeleteForecast, InventoryError> {
        let registry = Arc::clone(self.registry());
        let mut keys = Vec::with_capacity(deletes.len());
        for (number, (name, id)) in deletes.iter().enumerate() {
            keys.push((number, (registry.content_type(name)?.index(), *id)));
        }
        let leftovers = Arc::clone(&self.inventory().leftovers);
        let fault = InventoryError::database("looking for what hangs on records");
        let reached = reach(&mut self.session(), &registry, &leftovers, &keys).await.map_err(&fault)?;
        let stays = |key: &RecordKey| !reached.takes(key);
        let going = reached.found.iter();
        let unlinked = unlinked(&mut self.session(), &registry, going, stays).await.map_err(&fault)?;
        let itself: HashSet<RecordKey> = keys.iter().map(|(_, key)| *key).collect();

        let mut along: IndexMap<TypeIndex, Vec<RecordId>> = IndexMap::new();
        for (index, id) in reached.found.iter().filter(|key| !itself.contains(*key)) {
            along.entry(*index).or_default().push(*id);
        }
        let mut cleared: IndexMap<(TypeIndex, usize), Vec<RecordId>> = IndexMap::new();
        for Cleared { from, field, id, .. } in &reached.cleared {
            if stays(&(*from, *id)) {
                cleared.entry((*from, *field)).or_default().push(*id);
            }
        }
        for Unlinked { from, field, id, .. } in unlinked {
            cleared.entry((from, field)).or_default().push(id);
        }
        let mut forecast = DeleteForecast::default();
        for (index, ids) in along {
            forecast.along.push(self.affected(registry.get(index), ids).await?);
        }
        for ((index, field), ids) in cleared {
            let content_type = registry.get(index);
            let affected = self.affected(content_type, ids).await?;
            forecast.cleared.push((affected, content_type.fields()[field].name().to_owned()));
        }
        for (index, (opposed, protectors)) in against(&reached) {
            let records = opposed.iter().map(|number| deletes[*number].1).collect();
            let needed_by = self.affected(registry.get(index), protectors.into_iter().collect()).await?;
            forecast.refused.push(RefusedDeletes { records, needed_by });
        }
        forecast.along.sort_by_key(|affected| std::cmp::Reverse(affected.count));
        forecast.cleared.sort_by_key(|(affected, _)| std::cmp::Reverse(affected.count));
        forecast.refused.sort_by_key(|refused| std::cmp::Reverse(refused.records.len()));
        Ok(forecast)
    }

    async fn affected(
        &mut self,
        content_type: &ContentType,
        mut ids: Vec<RecordId>,
    ) -> Result<Affected, InventoryError> {
        ids.sort_unstable();
        ids.dedup();
        let first = &ids[..ids.len().min(EXAMPLES)];
        let names = self.names(content_type, first).await?;
        let mut examples: Vec<String> =
            first.iter().map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_string())).collect();
        examples.sort_unstable();
        Ok(Affected {
            content_type: content_type.name().into(),
            verbose_name_plural: content_type.verbose_name_plural().to_owned(),
            count: ids.len(),
            examples,
        })
    }

    /// What people call some records: by their natural key, which says also of what they are a part.
    async fn names(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, String>, InventoryError> {
        let key = content_type.natural_key();
        if key.iter().any(|path| path == "id") {
            let records = self.records(content_type, ids).await?;
            return Ok(records.iter().map(|one| (one.id(), repr(content_type, &one.row, one.id()))).collect());
        }
        let selection = Selection::all(content_type.name(), key.iter().cloned()).only(Only::Ids(ids.to_vec()));
        let mut names = HashMap::with_capacity(ids.len());
        let mut keep = |row: crate::read::RowView<'_>| {
            let parts = row.values().iter().filter(|value| !value.is_blank()).map(ToString::to_string);
            names.insert(row.id(), parts.collect::<Vec<_>>().join(" "));
        };
        self.read(&selection, &mut keep).await?;
        Ok(names)
    }
}

/// By type of what stands against them: the deletes, and the records. Records that another delete takes along stand
/// against nothing.
fn against(reached: &Reach) -> IndexMap<TypeIndex, (Vec<usize>, IndexSet<RecordId>)> {
    let mut against: IndexMap<TypeIndex, (Vec<usize>, IndexSet<RecordId>)> = IndexMap::new();
    for opposed in reached.opposed() {
        for key in &opposed.protectors {
            if reached.takes(key) && !opposed.takes(reached, key) {
                continue;
            }
            let (records, protectors) = against.entry(key.0).or_default();
            if records.last() != Some(&opposed.number) {
                records.push(opposed.number);
            }
            protectors.insert(key.1);
        }
    }
    against
}
