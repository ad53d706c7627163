//! What deletes reach: the records that go along, those that forbid it, and those that only let go.

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexSet;

use super::rows::select_by_ids;
use crate::model::{FieldKind, OnDelete, Registry, Reverse, TypeIndex};
use crate::rules;
use crate::storage::{Leftover, RecordId, Session};

/// A record of any type.
pub(crate) type RecordKey = (TypeIndex, RecordId);

/// Everything that some deletes reach. The deletes are numbered by whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// For each record that would go: the deletes that take it.
    pub roots: HashMap<RecordKey, Vec<usize>>,
    /// Of the records that are to be deleted: the delete that is about them.
    pub own: HashMap<RecordKey, usize>,
    /// In the order they were found: records, then what hangs on them.
    pub found: Vec<RecordKey>,
    /// Records that forbid a delete: by delete.
    pub protectors: HashMap<usize, IndexSet<RecordKey>>,
    /// Columns without a content type that forbid a delete: by delete.
    pub leftovers: HashMap<usize, Leftover>,
    /// References to clear.
    pub cleared: Vec<Cleared>,
}

/// A reference that becomes null.
#[derive(Debug)]
pub(crate) struct Cleared {
    pub from: TypeIndex,
    pub field: usize,
    pub id: RecordId,
    /// The deletes that cause it.
    pub roots: Vec<usize>,
}

/// A record whose to-many field holds one that goes.
#[derive(Debug)]
pub(crate) struct Unlinked {
    pub from: TypeIndex,
    pub field: usize,
    pub id: RecordId,
    pub member: RecordId,
    /// The deletes that cause it.
    pub roots: Vec<usize>,
}

impl Reach {
    /// A record goes together with those of `roots`; what hangs on it is to be followed when that is news.
    fn take(&mut self, key: RecordKey, roots: Vec<usize>, todo: &mut Vec<RecordKey>) {
        let known = self.roots.entry(key).or_default();
        if known.is_empty() {
            self.found.push(key);
        }
        let before = known.len();
        known.extend(roots);
        known.sort_unstable();
        known.dedup();
        if known.len() > before {
            todo.push(key);
        }
    }

    /// Whether a record goes with one of the deletes that count.
    pub fn goes(&self, key: &RecordKey, counts: impl Fn(usize) -> bool) -> bool {
        self.roots.get(key).is_some_and(|roots| roots.iter().any(|root| counts(*root)))
    }

    /// The deletes that take a record.
    fn roots_of(&self, key: RecordKey) -> Vec<usize> {
        self.roots.get(&key).cloned().unwrap_or_default()
    }
}

/// Follows references backwards from the records that are to go, each with the number of its delete: one query per
/// referring field and step.
pub(crate) async fn reach(
    session: &mut Session<'_>,
    registry: &Registry,
    leftovers: &[Leftover],
    deletes: &[(usize, RecordKey)],
) -> Result<Reach, sqlx::Error> {
    let mut reach = Reach::default();
    let mut targets: HashSet<RecordKey> = HashSet::new();
    for (number, key) in deletes {
        reach.roots.entry(*key).or_default().push(*number);
        reach.own.insert(*key, *number);
        if targets.insert(*key) {
            reach.found.push(*key);
        }
    }
    // A record that turns out to be taken by one delete more is followed once more.
    let mut todo = reach.found.clone();
    while !todo.is_empty() {
        let mut by_type: HashMap<TypeIndex, HashSet<RecordId>> = HashMap::new();
        for (index, id) in todo.drain(..) {
            by_type.entry(index).or_default().insert(id);
        }
        let mut by_type: Vec<_> = by_type.into_iter().collect();
        by_type.sort_by_key(|(index, _)| *index);
        for (index, ids) in by_type {
            let mut ids: Vec<RecordId> = ids.into_iter().collect();
            ids.sort_unstable();
            for incoming in registry.incoming(index) {
                let from = registry.get(incoming.from);
                if rules::owns_reference(registry.get(index), from, incoming.field) {
                    continue;
                }
                let column = from.fields[incoming.field].column.unwrap_or_default();
                let name = &from.columns[column].name;
                let head = format!("SELECT \"id\", \"{name}\" FROM \"{}\" WHERE \"{name}\" IN ", from.table);
                for row in select_by_ids(session, &head, &ids, "").await? {
                    let (id, to) = (row.some_id(0)?, row.some_id(1)?);
                    let roots = reach.roots_of((index, to));
                    let key = (incoming.from, id);
                    match incoming.on_delete {
                        OnDelete::Protect if targets.contains(&key) => {}
                        OnDelete::Protect => {
                            for root in roots {
                                reach.protectors.entry(root).or_default().insert(key);
                            }
                        }
                        OnDelete::SetNull => {
                            reach.cleared.push(Cleared { from: incoming.from, field: incoming.field, id, roots });
                        }
                        OnDelete::Cascade => reach.take(key, roots, &mut todo),
                    }
                }
            }
            for leftover in leftovers.iter().filter(|leftover| leftover.to == index) {
                let Leftover { table, column, .. } = leftover;
                let head = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IN ");
                for row in select_by_ids(session, &head, &ids, "").await? {
                    let roots = reach.roots_of((index, row.some_id(0)?));
                    reach.leftovers.extend(roots.into_iter().map(|root| (root, leftover.clone())));
                }
            }
            reach_generic(session, registry, (index, &ids), (&mut reach, &mut todo)).await?;
        }
    }
    Ok(reach)
}

/// What names a record by type and id, such as the cable in an interface or the note about a device, goes with it.
async fn reach_generic(
    session: &mut Session<'_>,
    registry: &Registry,
    (index, ids): (TypeIndex, &[RecordId]),
    (reach, todo): (&mut Reach, &mut Vec<RecordKey>),
) -> Result<(), sqlx::Error> {
    let name = registry.get(index).name();
    for (from, (of_type, of_id)) in registry.cascading_generics() {
        let content_type = registry.get(*from);
        let column = |place: usize| content_type.columns[place].name.as_str();
        let (of_type, of_id) = (column(*of_type), column(*of_id));
        let head = format!(
            "SELECT \"id\", \"{of_id}\" FROM \"{}\" WHERE \"{of_type}\" = '{name}' AND \"{of_id}\" IN ",
            content_type.table
        );
        for row in select_by_ids(session, &head, ids, "").await? {
            let (id, to) = (row.some_id(0)?, row.some_id(1)?);
            let roots = reach.roots_of((index, to));
            reach.take((*from, id), roots, todo);
        }
    }
    Ok(())
}

/// The records that stay and whose to-many fields hold records that are reached: one query per such field.
pub(crate) async fn unlinked(
    session: &mut Session<'_>,
    registry: &Registry,
    reach: &Reach,
    stays: impl Fn(&RecordKey) -> bool,
) -> Result<Vec<Unlinked>, sqlx::Error> {
    let mut by_type: BTreeMap<TypeIndex, Vec<RecordId>> = BTreeMap::new();
    for (index, id) in &reach.found {
        by_type.entry(*index).or_default().push(*id);
    }
    let mut unlinked = Vec::new();
    for (to, ids) in by_type {
        for Reverse { from, field, .. } in registry.pointing_at(to) {
            let FieldKind::Many(many) = &registry.get(from).fields[field].kind else { continue };
            // Rows of a type of their own go as records.
            if many.link.through || !many.link.writable {
                continue;
            }
            let (table, near, far) = (&many.link.table, &many.link.near, &many.link.far);
            let head = format!("SELECT \"{near}\", \"{far}\" FROM \"{table}\" WHERE \"{far}\" IN ");
            for row in select_by_ids(session, &head, &ids, "").await? {
                let (id, member) = (row.some_id(0)?, row.some_id(1)?);
                if stays(&(from, id)) {
                    unlinked.push(Unlinked { from, field, id, member, roots: reach.roots_of((to, member)) });
                }
            }
        }
    }
    Ok(unlinked)
}
