//! Which deletes are not made. Absence from a source proves nothing where the source is not complete, and nothing is
//! deleted that something that stays hangs below or refers to.

use std::collections::{HashMap, HashSet, VecDeque};

use super::build::Candidate;
use super::step::{StepAction, WithheldReason};
use crate::diff::Diff;
use crate::kind::KindName;
use crate::record::RecordFlags;
use crate::snapshot::{Finder, NO_ROW, RowId};

/// Target rows that stay although only the target has them, with the reason.
pub(super) fn kept_deletes(diff: &Diff<'_>, candidates: &[Candidate]) -> HashMap<u32, WithheldReason> {
    let deletes = candidates.iter().filter(|candidate| candidate.action == StepAction::Delete);
    let mut keeper = Keeper {
        diff,
        finder: Finder::new(diff.target()),
        doomed: deletes.map(|candidate| candidate.target).collect(),
        kept: HashMap::new(),
        queue: VecDeque::new(),
    };
    if keeper.doomed.is_empty() {
        return keeper.kept;
    }
    keeper.cover_cascades();
    keeper.keep_unproven();
    keeper.keep_needed(candidates);
    keeper.kept
}

struct Keeper<'d, 's> {
    diff: &'d Diff<'s>,
    finder: Finder<'s>,
    /// Target rows that the plan would delete.
    doomed: HashSet<u32>,
    kept: HashMap<u32, WithheldReason>,
    queue: VecDeque<u32>,
}

impl Keeper<'_, '_> {
    /// What the target removes by itself with a record counts as deleted, except what a flag protects.
    fn cover_cascades(&mut self) {
        let target = self.diff.target();
        let cascading = |row: &u32| target.flags_of(*row).contains(RecordFlags::SKIP_CHILDREN_ON_DELETE);
        let mut pending: Vec<u32> = self.doomed.iter().copied().filter(cascading).collect();
        while let Some(row) = pending.pop() {
            for child in target.record(RowId(row)).children().map(|child| child.row().0) {
                if !target.flags_of(child).contains(RecordFlags::IGNORE) {
                    self.doomed.insert(child);
                    pending.push(child);
                }
            }
        }
    }

    fn keep_unproven(&mut self) {
        let target = self.diff.target();
        let completeness = self.diff.source().completeness();
        let mut doomed: Vec<u32> = self.doomed.iter().copied().collect();
        doomed.sort_unstable();
        for row in doomed {
            if let Err(reason) = completeness.of(target.kind_of(row).name()) {
                self.keep(row, WithheldReason::IncompleteSource(reason));
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
    }

    fn keep(&mut self, row: u32, reason: WithheldReason) {
        if self.doomed.remove(&row) {
            self.kept.insert(row, reason);
            self.queue.push_back(row);
        }
    }

    /// Keeps what records that stay hang below or refer to, and what these need in turn.
    fn keep_needed(&mut self, candidates: &[Candidate]) {
        let target = self.diff.target();
        let changing: HashMap<u32, u32> =
            candidates.iter().filter(|c| c.action == StepAction::Update).map(|c| (c.target, c.source)).collect();
        for row in 0..target.row_count() as u32 {
            if target.is_live(row) && !self.doomed.contains(&row) && !self.kept.contains_key(&row) {
                self.keep_needs_of(row, changing.get(&row).copied());
            }
        }
        while let Some(row) = self.queue.pop_front() {
            self.keep_needs_of(row, None);
        }
    }

    /// `becomes` is the source row that the plan makes this row agree with.
    fn keep_needs_of(&mut self, row: u32, becomes: Option<u32>) {
        let (source, target) = (self.diff.source(), self.diff.target());
        let identity = || target.record(RowId(row)).identity();
        let parent = target.parent_of(row);
        let moves_away = becomes.is_some_and(|becomes| {
            let above = source.parent_of(becomes);
            let above = (above != NO_ROW).then(|| source.record(RowId(above)).identity());
            above != target.record(RowId(row)).parent().map(|parent| parent.identity())
        });
        if parent != NO_ROW && !moves_away && self.doomed.contains(&parent) {
            self.keep(parent, WithheldReason::KeepsChild(identity()));
        }
        for reference in target.kind_of(row).references() {
            if !self.any_doomed_of(&reference.to) {
                continue;
            }
            let stays = becomes.is_none_or(|becomes| {
                let after = source.kind_of(becomes).references().iter().find(|other| other.to == reference.to);
                after.and_then(|after| source.wanted(becomes, after)) == target.wanted(row, reference)
            });
            if !stays {
                continue;
            }
            for referenced in self.finder.referenced(row, reference) {
                self.keep(referenced, WithheldReason::KeepsReferrer(identity()));
            }
        }
    }

    fn any_doomed_of(&self, kind: &KindName) -> bool {
        let target = self.diff.target();
        self.doomed.iter().any(|row| target.kind_of(*row).name() == kind)
    }
}
