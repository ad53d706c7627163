use rayon::prelude::*;

use super::compare::{KindPair, Scratch};
use crate::snapshot::{NO_ROW, Snapshot};

/// Which rows of the two sides are the same record.
#[derive(Debug)]
pub(super) struct Pairing {
    /// By source row: the target row of the same record, or [`NO_ROW`].
    target_of: Vec<u32>,
    /// By source row: whether a shared attribute differs.
    changed: Vec<bool>,
    /// By target row: the source row of the same record, or [`NO_ROW`].
    source_of: Vec<u32>,
}

/// Rows that one thread takes at a time; fewer rows than this are not worth a second thread.
const CHUNK: usize = 1 << 14;

impl Pairing {
    #[inline]
    pub(super) fn target_of(&self, source: u32) -> u32 {
        self.target_of[source as usize]
    }

    #[inline]
    pub(super) fn source_of(&self, target: u32) -> u32 {
        self.source_of[target as usize]
    }

    #[inline]
    pub(super) fn changed(&self, source: u32) -> bool {
        self.changed[source as usize]
    }
}

pub(super) fn pair(source: &Snapshot, target: &Snapshot, kinds: &[KindPair]) -> Pairing {
    let rows = source.row_count();
    let mut by_kind: Vec<Option<&KindPair>> = vec![None; source.schema().len()];
    for pair in kinds {
        if let (Some(from), Some(_)) = (pair.source, pair.target) {
            by_kind[from.index()] = Some(pair);
        }
    }
    let mut target_of = vec![NO_ROW; rows];
    let mut changed = vec![false; rows];
    let chunks = target_of.par_chunks_mut(CHUNK).zip(changed.par_chunks_mut(CHUNK)).enumerate();
    chunks.for_each(|(chunk, (target_of, changed))| {
        pair_chunk(source, target, &by_kind, (chunk * CHUNK) as u32, target_of, changed);
    });
    let mut source_of = vec![NO_ROW; target.row_count()];
    for (row, found) in target_of.iter().enumerate() {
        if *found != NO_ROW {
            source_of[*found as usize] = row as u32;
        }
    }
    Pairing { target_of, changed, source_of }
}

fn pair_chunk(
    source: &Snapshot,
    target: &Snapshot,
    by_kind: &[Option<&KindPair>],
    first: u32,
    target_of: &mut [u32],
    changed: &mut [bool],
) {
    let mut scratch = Scratch::default();
    let mut expected = 0;
    for (row, (target_of, changed)) in (first..).zip(target_of.iter_mut().zip(changed)) {
        if !source.is_live(row) {
            continue;
        }
        let Some(kind) = by_kind[source.kind_id(row).index()] else { continue };
        let Some(kind_there) = kind.target else { continue };
        let (key, attributes) = source.row_bytes(row);
        // Both sides are mostly read in the same order, so the row after the last match is tried before the index.
        let next = (expected as usize) < target.row_count()
            && target.is_live(expected)
            && target.kind_id(expected) == kind_there
            && target.key_bytes(expected) == key;
        let found = if next { Some(expected) } else { target.find(kind_there, key).map(|row| row.0) };
        if let Some(found) = found {
            *target_of = found;
            *changed = kind.differs(attributes, target.attribute_bytes(found), &mut scratch);
            expected = found + 1;
        }
    }
}
