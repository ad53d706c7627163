//! Ordered lists of ids that are remembered between pages.
//!
//! A client that reads a long list page by page makes the database filter and sort it once. A list is good for as long
//! as the inventory's revision is the one at which it was read; every committed batch makes a new one. What is
//! remembered is bounded in lists and in ids; the list that was not used for longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

use crate::storage::{Cell, RecordId};

/// Ids that all remembered lists may hold together: 32 MB.
pub(super) const MOST_IDS: usize = 2_000_000;
/// Lists that may be remembered.
const MOST_LISTS: usize = 256;

/// What makes one list: its statement and the values in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ListKey {
    sql: Box<str>,
    cells: Box<[u8]>,
}

impl ListKey {
    pub fn new(sql: &str, cells: &[Cell]) -> Self {
        let mut bytes = Vec::new();
        cells.iter().for_each(|cell| cell.key_into(&mut bytes));
        Self { sql: sql.into(), cells: bytes.into() }
    }
}

/// What is known about a list.
#[derive(Debug, Clone)]
pub(super) enum Known {
    Count(usize),
    Ids(Arc<[RecordId]>),
}

impl Known {
    fn ids(&self) -> usize {
        match self {
            Known::Count(_) => 0,
            Known::Ids(ids) => ids.len(),
        }
    }
}

/// The lists that an inventory remembers.
#[derive(Debug, Default)]
pub(crate) struct ListCache(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    entries: HashMap<ListKey, Entry, RandomState>,
    ids: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    known: Known,
    revision: i64,
    used: u64,
}

impl ListCache {
    /// What is known about a list at a revision.
    pub(super) fn get(&self, key: &ListKey, revision: i64) -> Option<Known> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.clock += 1;
        let now = lists.clock;
        let entry = lists.entries.get_mut(key).filter(|entry| entry.revision == revision)?;
        entry.used = now;
        Some(entry.known.clone())
    }

    /// Remembers what is known, unless something newer is.
    pub(super) fn put(&self, key: ListKey, revision: i64, known: Known) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.ids() > MOST_IDS || lists.entries.get(&key).is_some_and(|entry| entry.revision > revision) {
            return;
        }
        lists.clock += 1;
        lists.ids += known.ids();
        let entry = Entry { known, revision, used: lists.clock };
        if let Some(before) = lists.entries.insert(key, entry) {
            lists.ids -= before.known.ids();
        }
        while lists.ids > MOST_IDS || lists.entries.len() > MOST_LISTS {
            let oldest = lists.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            let Some(entry) = oldest.and_then(|key| lists.entries.remove(&key)) else { break };
            lists.ids -= entry.known.ids();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: i64) -> ListKey {
        ListKey::new("SELECT", &[Cell::Int(number)])
    }

    fn ids(count: usize) -> Known {
        Known::Ids(vec![RecordId::random(); count].into())
    }

    #[test]
    fn only_the_same_revision_counts() {
        let cache = ListCache::default();
        cache.put(key(1), 7, Known::Count(3));
        assert!(cache.get(&key(1), 6).is_none());
        assert!(cache.get(&key(1), 8).is_none());
        assert!(matches!(cache.get(&key(1), 7), Some(Known::Count(3))));
        assert!(cache.get(&key(2), 7).is_none());
    }

    #[test]
    fn an_old_reader_does_not_undo_what_a_new_one_found() {
        let cache = ListCache::default();
        cache.put(key(1), 7, Known::Count(3));
        cache.put(key(1), 6, Known::Count(2));
        assert!(matches!(cache.get(&key(1), 7), Some(Known::Count(3))));
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let cache = ListCache::default();
        cache.put(key(1), 7, ids(MOST_IDS / 2));
        cache.put(key(2), 7, ids(MOST_IDS / 2));
        assert!(cache.get(&key(1), 7).is_some());
        cache.put(key(3), 7, ids(1));
        assert!(cache.get(&key(2), 7).is_none());
        assert!(cache.get(&key(1), 7).is_some() && cache.get(&key(3), 7).is_some());
        assert_eq!(cache.0.lock().unwrap().ids, MOST_IDS / 2 + 1);
    }

    #[test]
    fn the_number_of_lists_is_bounded() {
        let cache = ListCache::default();
        for number in 0..1_000 {
            cache.put(key(number), 7, Known::Count(0));
        }
        assert_eq!(cache.0.lock().unwrap().entries.len(), MOST_LISTS);
        assert!(cache.get(&key(999), 7).is_some() && cache.get(&key(0), 7).is_none());
    }
}
