//! Records that change their parent: what has to move before them.

use std::collections::{HashMap, HashSet};

use super::build::Candidate;
use crate::diff::Diff;
use crate::snapshot::{NO_ROW, RowId};

/// By source row of a record that moves: the nearest record above its new place that moves too. That one may still hang
/// below the first, so that it has to move before.
pub(super) fn moved_above(diff: &Diff<'_>) -> HashMap<u32, u32> {
    let mut found = HashMap::new();
    let mut open: Vec<(usize, u32)> = Vec::new();
    for (position, element) in diff.elements().enumerate().filter(|(_, element)| element.is_moved()) {
        let Some(source) = element.source() else { continue };
        while open.pop_if(|(end, _)| *end <= position).is_some() {}
        found.extend(open.last().map(|(_, above)| (source.row().0, *above)));
        open.push((position + element.size(), source.row().0));
    }
    found
}

/// A record above the new place of one that moves, which hangs below that one in the target and stays there, because the
/// scope leaves it out: its source row. Nothing can hang below itself, so the first one cannot move.
pub(super) fn held_above(diff: &Diff<'_>, candidate: &Candidate, moving: &HashSet<u32>) -> Option<u32> {
    if !candidate.moved || !diff.is_scoped() {
        return None;
    }
    let (source, target) = (diff.source(), diff.target());
    let parent = |row: u32| Some(source.parent_of(row)).filter(|row| *row != NO_ROW);
    let above = std::iter::successors(parent(candidate.source), |row| parent(*row));
    // What moves itself, and what is above that, is looked at when that is.
    let above = above.take_while(|row| !moving.contains(row)).filter(|row| diff.leaves_out(*row));
    let hangs_below = |row: &u32| {
        let record = source.record(RowId(*row));
        let there = target.get_or_none(record.kind().name().as_str(), &record.key());
        let mut above = std::iter::successors(there, |record| record.parent());
        above.any(|record| record.row().0 == candidate.target)
    };
    let mut held = above.filter(hangs_below);
    held.next()
}
