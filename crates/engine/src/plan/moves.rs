//! Records that change their parent: what has to move before them.

use std::collections::HashMap;

use super::build::Candidate;
use crate::diff::Diff;
use crate::snapshot::{NO_ROW, RowId, Snapshot};

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

/// A record above the new place of one that moves, which stays where the target has it, below that one, because the scope
/// leaves it out: its source row. Nothing can hang below itself, so the first one cannot move.
pub(super) fn held_above(diff: &Diff<'_>, candidate: &Candidate) -> Option<u32> {
    if !candidate.moved || !diff.is_scoped() {
        return None;
    }
    let (source, target) = (diff.source(), diff.target());
    let mut held = None;
    let mut place = Place::InSource(source.parent_of(candidate.source));
    // All records of both sides at most, since another ring that is passed through has no end.
    for _ in 0..source.len() + target.len() {
        place = match place {
            Place::InSource(NO_ROW) | Place::InTarget(NO_ROW) => return None,
            Place::InSource(row) if row == candidate.source => return held,
            Place::InTarget(row) if row == candidate.target => return held,
            Place::InSource(row) if diff.leaves_out(row) => {
                held = held.or(Some(row));
                Place::InTarget(row_of_other(source, row, target)?).above(source, target)
            }
            Place::InSource(_) => place.above(source, target),
            Place::InTarget(row) => match row_of_other(target, row, source) {
                Some(known) if diff.leaves_out(known) => {
                    held = held.or(Some(known));
                    place.above(source, target)
                }
                Some(known) => Place::InSource(known),
                None => place.above(source, target),
            },
        };
    }
    None
}

/// Where a record will be: as the source has it, or as the target has it and keeps it.
#[derive(Clone, Copy)]
enum Place {
    InSource(u32),
    InTarget(u32),
}

impl Place {
    fn above(self, source: &Snapshot, target: &Snapshot) -> Self {
        match self {
            Place::InSource(row) => Place::InSource(source.parent_of(row)),
            Place::InTarget(row) => Place::InTarget(target.parent_of(row)),
        }
    }
}

/// The row that the other side has of a record.
fn row_of_other(side: &Snapshot, row: u32, other: &Snapshot) -> Option<u32> {
    let record = side.record(RowId(row));
    other.get_or_none(record.kind().name().as_str(), &record.key()).map(|record| record.row().0)
}
