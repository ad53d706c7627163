//! What deletes reach: the records that go along, those that forbid it, and those that only let go.
//!
//! Each record is followed once and kept once, with those that go along with it, however many deletes take it. Which delete
//! takes which record is worked out from that when it is asked.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexSet;

use super::rows::select_by_ids;
use crate::model::{FieldKind, OnDelete, Registry, Reverse, TypeIndex};
use crate::rules;
use crate::storage::{Leftover, RecordId, Session};

/// A record of any type.
pub(crate) type RecordKey = (TypeIndex, RecordId);

/// Everything that some deletes reach. The deletes are numbered by whoever asks. Places are those in `found`.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// In the order they were found: records that are to be deleted, then what hangs on them.
    pub found: IndexSet<RecordKey>,
    /// References to clear.
    pub cleared: Vec<Cleared>,
    /// The number of each delete, and the place of its record.
    deletes: Vec<(usize, usize)>,
    /// The place of a record, and that of one that goes along with it; in order.
    along: Vec<(usize, usize)>,
    /// The place of a record, and one that keeps it from going; in order of the places.
    protectors: Vec<(usize, RecordKey)>,
    /// The place of a record, and a column without a content type that keeps it from going; in order of the places.
    leftovers: Vec<(usize, Leftover)>,
}

/// A reference that becomes null.
#[derive(Debug)]
pub(crate) struct Cleared {
    pub from: TypeIndex,
    pub field: usize,
    pub id: RecordId,
    /// The record that goes.
    pub to: RecordKey,
}

/// A record whose to-many field holds one that goes.
#[derive(Debug)]
pub(crate) struct Unlinked {
    pub from: TypeIndex,
    pub field: usize,
    pub id: RecordId,
    pub member: RecordKey,
}

/// A delete that something stands against.
pub(crate) struct Opposed<'r> {
    pub number: usize,
    /// Records that keep its own from going, or one that would go along.
    pub protectors: IndexSet<RecordKey>,
    /// A column without a content type that does.
    pub leftover: Option<&'r Leftover>,
    /// The places of all that it would take.
    takes: HashSet<usize>,
}

/// Which records go with the deletes that count, and each with one of them.
pub(crate) struct Taken<'r> {
    reach: &'r Reach,
    /// The number of a delete, by place.
    by: Vec<Option<usize>>,
}

impl Reach {
    /// Whether any of the deletes would take a record.
    pub fn takes(&self, key: &RecordKey) -> bool {
        self.found.contains(key)
    }

    /// The deletes that something stands against, in the order in which they were given. What is to be deleted itself
    /// stands against nothing.
    pub fn opposed(&self) -> impl Iterator<Item = Opposed<'_>> {
        let held = self.held();
        let opposed = self.deletes.iter().filter(move |(_, place)| held.contains(place));
        opposed.map(|(number, place)| {
            let takes = self.taken_from(*place);
            let mut places: Vec<usize> = takes.iter().copied().collect();
            places.sort_unstable();
            let protectors = places.iter().flat_map(|place| at(&self.protectors, *place)).map(|(_, by)| *by);
            let leftover = places.iter().flat_map(|place| at(&self.leftovers, *place)).map(|(_, leftover)| leftover);
            Opposed { number: *number, protectors: protectors.collect(), leftover: leftover.into_iter().next(), takes }
        })
    }

    /// The places of the records that cannot go: something keeps them, or one that would go along.
    fn held(&self) -> HashSet<usize> {
        let kept = self.protectors.iter().map(|(place, _)| *place);
        let mut held: HashSet<usize> = kept.chain(self.leftovers.iter().map(|(place, _)| *place)).collect();
        if held.is_empty() {
            return held;
        }
        let mut back: Vec<(usize, usize)> = self.along.iter().map(|(place, along)| (*along, *place)).collect();
        back.sort_unstable();
        let mut pending: Vec<usize> = held.iter().copied().collect();
        while let Some(place) = pending.pop() {
            for (_, takes) in at(&back, place) {
                if held.insert(*takes) {
                    pending.push(*takes);
                }
            }
        }
        held
    }

    /// The places of a record and of all that goes along with it.
    fn taken_from(&self, place: usize) -> HashSet<usize> {
        let mut taken = HashSet::from([place]);
        let mut pending = vec![place];
        while let Some(place) = pending.pop() {
            for (_, along) in at(&self.along, place) {
                if taken.insert(*along) {
                    pending.push(*along);
                }
            }
        }
        taken
    }

    /// What goes with the deletes that count. A record that has a delete of its own among these goes with that one.
    pub fn taken(&self, counts: impl Fn(usize) -> bool) -> Taken<'_> {
        let mut by = vec![None; self.found.len()];
        let counting = || self.deletes.iter().filter(|(number, _)| counts(*number));
        for (number, place) in counting() {
            by[*place].get_or_insert(*number);
        }
        let mut pending: Vec<usize> = Vec::new();
        for (number, place) in counting() {
            pending.push(*place);
            while let Some(place) = pending.pop() {
                for (_, along) in at(&self.along, place) {
                    if by[*along].is_none() {
                        by[*along] = Some(*number);
                        pending.push(*along);
                    }
                }
            }
        }
        Taken { reach: self, by }
    }
}

impl Opposed<'_> {
    /// Whether the delete itself would take a record of what was reached.
    pub fn takes(&self, reach: &Reach, key: &RecordKey) -> bool {
        reach.found.get_index_of(key).is_some_and(|place| self.takes.contains(&place))
    }
}

impl Taken<'_> {
    /// The delete that takes a record; `None` when it stays.
    pub fn by(&self, key: &RecordKey) -> Option<usize> {
        self.by[self.reach.found.get_index_of(key)?]
    }

    /// The records that go, in the order they were found.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &RecordKey> {
        self.reach.found.iter().zip(&self.by).filter(|(_, by)| by.is_some()).map(|(key, _)| key)
    }
}

/// Of a list in the order of places, what it has at one of them.
fn at<T>(list: &[(usize, T)], place: usize) -> &[(usize, T)] {
    let start = list.partition_point(|(other, _)| *other < place);
    let rest = &list[start..];
    &rest[..rest.partition_point(|(other, _)| *other == place)]
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
    for (number, key) in deletes {
        let (place, _) = reach.found.insert_full(*key);
        reach.deletes.push((*number, place));
    }
    // What is to be deleted itself.
    let targets = reach.found.len();
    let mut followed = 0;
    while followed < reach.found.len() {
        let mut by_type: BTreeMap<TypeIndex, Vec<RecordId>> = BTreeMap::new();
        for (index, id) in reach.found.iter().skip(followed) {
            by_type.entry(*index).or_default().push(*id);
        }
        followed = reach.found.len();
        for (index, mut ids) in by_type {
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
                    let (id, to) = (row.some_id(0)?, (index, row.some_id(1)?));
                    let key = (incoming.from, id);
                    match incoming.on_delete {
                        OnDelete::Protect => reach.protect(to, key, targets),
                        OnDelete::SetNull => {
                            reach.cleared.push(Cleared { from: incoming.from, field: incoming.field, id, to });
                        }
                        OnDelete::Cascade => reach.take_along(to, key),
                    }
                }
            }
            for leftover in leftovers.iter().filter(|leftover| leftover.to == index) {
                let Leftover { table, column, .. } = leftover;
                let head = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IN ");
                for row in select_by_ids(session, &head, &ids, "").await? {
                    let place = reach.found.get_index_of(&(index, row.some_id(0)?));
                    reach.leftovers.extend(place.map(|place| (place, leftover.clone())));
                }
            }
            reach_generic(session, registry, (index, &ids), &mut reach).await?;
        }
    }
    reach.along.sort_unstable();
    reach.along.dedup();
    reach.protectors.sort_by_key(|(place, _)| *place);
    reach.leftovers.sort_by_key(|(place, _)| *place);
    Ok(reach)
}

impl Reach {
    /// A record goes along with one that was found.
    fn take_along(&mut self, with: RecordKey, key: RecordKey) {
        let Some(with) = self.found.get_index_of(&with) else { return };
        let (place, _) = self.found.insert_full(key);
        self.along.push((with, place));
    }

    /// A record keeps one that was found from going, unless it is one of the first `targets`, which are to go themselves.
    fn protect(&mut self, found: RecordKey, by: RecordKey, targets: usize) {
        let Some(place) = self.found.get_index_of(&found) else { return };
        if self.found.get_index_of(&by).is_none_or(|by| by >= targets) {
            self.protectors.push((place, by));
        }
    }
}

/// What names a record by type and id, such as the cable in an interface or the note about a device, goes with it.
async fn reach_generic(
    session: &mut Session<'_>,
    registry: &Registry,
    (index, ids): (TypeIndex, &[RecordId]),
    reach: &mut Reach,
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
            reach.take_along((index, row.some_id(1)?), (*from, row.some_id(0)?));
        }
    }
    Ok(())
}

/// The records that stay and whose to-many fields hold some that go: one query per such field.
pub(crate) async fn unlinked(
    session: &mut Session<'_>,
    registry: &Registry,
    going: impl Iterator<Item = &RecordKey>,
    stays: impl Fn(&RecordKey) -> bool,
) -> Result<Vec<Unlinked>, sqlx::Error> {
    let mut by_type: BTreeMap<TypeIndex, Vec<RecordId>> = BTreeMap::new();
    for (index, id) in going {
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
                let (id, member) = (row.some_id(0)?, (to, row.some_id(1)?));
                if stays(&(from, id)) {
                    unlinked.push(Unlinked { from, field, id, member });
                }
            }
        }
    }
    Ok(unlinked)
}
