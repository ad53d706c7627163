use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// The rows of one kind: a hash index over their keys and the order in which they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    index: HashTable<u32>,
    order: Vec<u32>,
}

impl Table {
    /// A fixed seed: the same records always make the same snapshot.
    #[inline]
    pub(super) fn hash(key: &[u8]) -> u64 {
        FixedState::with_seed(0).hash_one(key)
    }

    pub(super) fn live(&self) -> usize {
        self.index.len()
    }

    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    #[inline]
    pub(super) fn find<'k>(&self, key: &[u8], key_of: impl Fn(u32) -> &'k [u8]) -> Option<u32> {
        self.find_hashed(Self::hash(key), key, key_of)
    }

    #[inline]
    pub(super) fn find_hashed<'k>(&self, hash: u64, key: &[u8], key_of: impl Fn(u32) -> &'k [u8]) -> Option<u32> {
        self.index.find(hash, |row| key_of(*row) == key).copied()
    }

    /// Enters a row whose key, of this hash, is not in the table.
    #[inline]
    pub(super) fn insert<'k>(&mut self, hash: u64, row: u32, key_of: impl Fn(u32) -> &'k [u8]) {
        self.index.insert_unique(hash, row, |row| Self::hash(key_of(*row)));
        self.order.push(row);
    }

    pub(super) fn remove<'k>(&mut self, key: &[u8], key_of: impl Fn(u32) -> &'k [u8]) {
        if let Ok(entry) = self.index.find_entry(Self::hash(key), |row| key_of(*row) == key) {
            entry.remove();
        }
    }
}
