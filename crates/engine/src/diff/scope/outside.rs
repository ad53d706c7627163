use std::collections::HashMap;

use super::lookup::Lookup;
use super::{Scope, ScopeProblem};
use crate::diff::pairing::Pairing;
use crate::diff::problem::{Problem, Side};
use crate::kind::{Kind, KindId, Reference, Slot};
use crate::snapshot::{Finder, NO_ROW, RowId, Snapshot};

/// The records that take no part, by row of either side. Of a diff without a scope it is empty.
#[derive(Debug, Default)]
pub(in crate::diff) struct Outside {
    source: Vec<bool>,
    target: Vec<bool>,
}

impl Outside {
    /// Also what is to be told: conditions that cannot be asked of one side or the other, of whose kinds nothing takes part
    /// then, and records that have left the scope in the source alone.
    pub(in crate::diff) fn new(
        source: &Snapshot,
        target: &Snapshot,
        pairing: &Pairing,
        scope: &Scope,
    ) -> (Self, Vec<Problem>) {
        if scope.is_all() {
            return (Self::default(), Vec::new());
        }
        let mut wrong: Vec<ScopeProblem> = Vec::new();
        for problem in [source, target].into_iter().filter_map(|side| scope.check(side.schema()).err()) {
            let new: Vec<_> = problem.problems.into_iter().filter(|problem| !wrong.contains(problem)).collect();
            wrong.extend(new);
        }
        // A kind that one side cannot be asked about would look empty there, and be deleted or made as a whole.
        let lookups = |kind: &Kind| {
            let can_be_asked = wrong.iter().all(|problem| problem.kind != *kind.name());
            scope.of(kind).filter(|_| can_be_asked)
        };
        let (in_source, in_target) = (Asked::new(source, lookups), Asked::new(target, lookups));
        let mut problems: Vec<Problem> = wrong.iter().cloned().map(Problem::Scope).collect();
        let by_source = in_source.outside(|_| None);
        let paired = |row: u32| Some(pairing.source_of(row)).filter(|row| *row != NO_ROW);
        let by_target = in_target.outside(|row| paired(row).map(|row| by_source[row as usize]));
        problems.extend(in_target.left(|row| paired(row).is_some_and(|row| !in_source.fits(row))));
        (Self { source: by_source, target: by_target }, problems)
    }

    pub(in crate::diff) fn is_empty(&self) -> bool {
        self.source.is_empty() && self.target.is_empty()
    }

    /// Whether a pair, or a record of one side, takes no part.
    #[inline]
    pub(in crate::diff) fn holds(&self, source: u32, target: u32) -> bool {
        let at = |rows: &[bool], row: u32| rows.get(row as usize).copied().unwrap_or(false);
        if source == NO_ROW { at(&self.target, target) } else { at(&self.source, source) }
    }

    /// How many records of a kind take no part.
    pub(in crate::diff) fn count(&self, side: Side, snapshot: &Snapshot, kind: KindId) -> usize {
        let rows = match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        };
        if rows.is_empty() { 0 } else { snapshot.rows_of(kind).filter(|row| rows[*row as usize]).count() }
    }
}

/// One side, and what is asked of its kinds.
struct Asked<'s> {
    snapshot: &'s Snapshot,
    /// By kind; `None` when it cannot be asked on both sides.
    lookups: Vec<Option<Vec<Lookup>>>,
}

impl<'s> Asked<'s> {
    fn new(snapshot: &'s Snapshot, lookups: impl Fn(&Kind) -> Option<Vec<Lookup>>) -> Self {
        Self { snapshot, lookups: snapshot.schema().kinds().map(|(_, kind)| lookups(kind)).collect() }
    }

    /// Whether a record meets all conditions on its kind.
    fn fits(&self, row: u32) -> bool {
        let lookups = self.lookups[self.snapshot.kind_id(row).index()].as_ref();
        lookups.is_some_and(|lookups| lookups.iter().all(|lookup| lookup.holds(self.snapshot.record(RowId(row)))))
    }

    /// Which rows are outside, by themselves or with what they belong to. What is `decided` of a row is so.
    fn outside(&self, decided: impl Fn(u32) -> Option<bool>) -> Vec<bool> {
        let snapshot = self.snapshot;
        let mut outside = vec![false; snapshot.row_count()];
        let mut pending: Vec<u32> = Vec::new();
        for row in (0..snapshot.row_count() as u32).filter(|row| snapshot.is_live(*row)) {
            outside[row as usize] = decided(row).unwrap_or_else(|| !self.fits(row));
            pending.extend(outside[row as usize].then_some(row));
        }
        let identified = if pending.is_empty() { HashMap::new() } else { self.identified() };
        while let Some(row) = pending.pop() {
            let children = snapshot.record(RowId(row)).children().map(|child| child.row().0);
            let belonging = children.chain(identified.get(&row).into_iter().flatten().copied());
            for other in belonging.filter(|other| snapshot.kind_id(*other) != snapshot.kind_id(row)) {
                if !outside[other as usize] && decided(other).is_none() {
                    outside[other as usize] = true;
                    pending.push(other);
                }
            }
        }
        outside
    }

    /// By row: the records whose identifiers refer to it.
    fn identified(&self) -> HashMap<u32, Vec<u32>> {
        let (snapshot, finder) = (self.snapshot, Finder::new(self.snapshot));
        let identifies =
            |reference: &&Reference| reference.fields.iter().flatten().all(|slot| matches!(slot, Slot::Identifier(_)));
        let mut identified: HashMap<u32, Vec<u32>> = HashMap::new();
        for (id, kind) in snapshot.schema().kinds() {
            for reference in
                kind.references().iter().filter(identifies).filter(|reference| reference.to != *kind.name())
            {
                for row in snapshot.rows_of(id) {
                    for to in finder.referenced(row, reference) {
                        identified.entry(to).or_default().push(row);
                    }
                }
            }
        }
        identified
    }

    /// Records that fit on this side and whose pair does not.
    fn left(&self, outside_there: impl Fn(u32) -> bool) -> Vec<Problem> {
        let snapshot = self.snapshot;
        let mut problems = Vec::new();
        for (id, kind) in snapshot.schema().kinds() {
            let mut left = snapshot.rows_of(id).filter(|row| outside_there(*row) && self.fits(*row));
            let Some(first) = left.next() else { continue };
            let example = snapshot.record(RowId(first)).key();
            problems.push(Problem::LeftScope { kind: kind.name().clone(), records: 1 + left.count(), example });
        }
        problems
    }
}
