//! Which deletes are not made. Absence from a source proves nothing where the source is not complete, and nothing is
//! deleted that something that stays hangs below or refers to.

use std::collections::{HashMap, VecDeque};

use super::build::{Candidate, Covered};
use super::step::{StepAction, WithheldReason};
use super::unmet::changed_to;
use crate::diff::Diff;
use crate::kind::{KindName, Reference};
use crate::snapshot::{Finder, NO_ROW, RowId};

/// What becomes of the target's records that only the target has.
pub(super) struct Deletes {
    /// By target row: whether the plan deletes it, by a step of its own or together with a record above it.
    doomed: Vec<bool>,
    kept: HashMap<u32, WithheldReason>,
}

impl Deletes {
    /// Why a delete is not made; `None` when it is.
    pub(super) fn kept(&self, row: u32) -> Option<&WithheldReason> {
        self.kept.get(&row)
    }

    pub(super) fn stays(&self, row: u32) -> bool {
        !self.doomed[row as usize]
    }
}

/// Decides which deletes are made. `made` tells of a source row whether its create or update is.
pub(super) fn decide(
    diff: &Diff<'_>,
    candidates: &[Candidate],
    covered: &[Covered],
    made: impl Fn(u32) -> bool,
) -> Deletes {
    let target = diff.target();
    let deletes = candidates.iter().filter(|candidate| candidate.action == StepAction::Delete);
    let rows: Vec<u32> = deletes.map(|delete| delete.target).chain(covered.iter().map(|covered| covered.row)).collect();
    let mut keeper = Keeper {
        diff,
        finder: Finder::new(target),
        doomed: vec![false; target.row_count()],
        doomed_of_kind: vec![0; target.schema().len()],
        kept: HashMap::new(),
        covered: HashMap::new(),
        queue: VecDeque::new(),
    };
    if !rows.is_empty() {
        for row in &rows {
            keeper.doomed[*row as usize] = true;
            keeper.doomed_of_kind[target.kind_id(*row).index()] += 1;
        }
        for Covered { row, by } in covered {
            keeper.covered.entry(*by).or_default().push(*row);
        }
        let updates = candidates.iter().filter(|c| c.action == StepAction::Update && made(c.source));
        keeper.keep_unproven(&rows);
        keeper.keep_needed(&updates.map(|update| (update.target, *update)).collect());
    }
    Deletes { doomed: keeper.doomed, kept: keeper.kept }
}

struct Keeper<'d, 's> {
    diff: &'d Diff<'s>,
    finder: Finder<'s>,
    doomed: Vec<bool>,
    doomed_of_kind: Vec<usize>,
    kept: HashMap<u32, WithheldReason>,
    /// Records that go together with the record at a row, and stay when it stays.
    covered: HashMap<u32, Vec<u32>>,
    /// Kept rows whose own needs have not been looked at yet.
    queue: VecDeque<u32>,
}

impl Keeper<'_, '_> {
    fn keep_unproven(&mut self, rows: &[u32]) {
        let target = self.diff.target();
        let completeness = self.diff.source().completeness();
        for row in rows {
            if let Err(reason) = completeness.of(target.kind_of(*row).name()) {
                self.keep(*row, WithheldReason::IncompleteSource(reason));
            }
        }
        for unreadable in completeness.unreadable_records() {
            let Ok(row) = target.row_of(unreadable) else { continue };
            self.keep(row.0, WithheldReason::Unreadable);
            // What hangs below it was not read either.
            let mut pending = vec![row.0];
            while let Some(row) = pending.pop() {
                for child in target.record(RowId(row)).children().map(|child| child.row().0) {
                    self.keep(child, WithheldReason::NeedsWithheld(unreadable.clone()));
                    pending.push(child);
                }
            }
        }
        for unreadable in target.completeness().unreadable_records() {
            if let Ok(row) = target.row_of(unreadable) {
                self.keep(row.0, WithheldReason::UnreadableInTarget);
            }
        }
    }

    fn keep(&mut self, row: u32, reason: WithheldReason) {
        if !std::mem::take(&mut self.doomed[row as usize]) {
            return;
        }
        let target = self.diff.target();
        self.doomed_of_kind[target.kind_id(row).index()] -= 1;
        self.kept.insert(row, reason);
        self.queue.push_back(row);
        for below in self.covered.remove(&row).unwrap_or_default() {
            self.keep(below, WithheldReason::NeedsWithheld(target.record(RowId(row)).identity()));
        }
    }

    /// Keeps what records that stay hang below or refer to, and what these need in turn.
    fn keep_needed(&mut self, updates: &HashMap<u32, Candidate>) {
        let target = self.diff.target();
        for row in 0..target.row_count() as u32 {
            if target.is_live(row) && !self.doomed[row as usize] && !self.kept.contains_key(&row) {
                self.keep_needs_of(row, updates.get(&row));
            }
        }
        while let Some(row) = self.queue.pop_front() {
            self.keep_needs_of(row, None);
        }
    }

    fn keep_needs_of(&mut self, row: u32, update: Option<&Candidate>) {
        let target = self.diff.target();
        let parent = target.parent_of(row);
        let moves_away = update.is_some_and(|update| update.moved);
        if parent != NO_ROW && !moves_away && self.doomed[parent as usize] {
            self.keep(parent, WithheldReason::KeepsChild(target.record(RowId(row)).identity()));
        }
        for reference in target.kind_of(row).references() {
            if !self.any_doomed_of(&reference.to) {
                continue;
            }
            if update.is_some_and(|update| !self.keeps_reference(update, reference)) {
                continue;
            }
            for referenced in self.finder.referenced(row, reference) {
                if self.doomed[referenced as usize] {
                    self.keep(referenced, WithheldReason::KeepsReferrer(target.record(RowId(row)).identity()));
                }
            }
        }
    }

    /// Whether a record still refers to the same after its update.
    fn keeps_reference(&self, update: &Candidate, reference: &Reference) -> bool {
        let source = self.diff.source().record(RowId(update.source));
        let target = self.diff.target().record(RowId(update.target));
        let mut fields = reference.fields.iter().flatten().map(|slot| target.kind().field(*slot).name());
        fields.all(|field| changed_to(source, target, field).is_none())
    }

    fn any_doomed_of(&self, kind: &KindName) -> bool {
        self.diff.target().schema().id(kind.as_str()).is_some_and(|id| self.doomed_of_kind[id.index()] > 0)
    }
}
