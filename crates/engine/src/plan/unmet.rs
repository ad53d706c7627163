//! Which creates and updates are not made: of records that a side could not read, or has twice, nobody knows what they
//! are; and what others hang below or refer to has to be there.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use super::AttributeScope;
use super::build::Candidate;
use super::moves::{held_above, moved_above};
use super::step::{StepAction, WithheldReason};
use crate::diff::Diff;
use crate::kind::{Kind, Reference};
use crate::record::Identity;
use crate::snapshot::{Finder, NO_ROW, RecordRef, RowId};
use crate::value::Value;

/// By source row of a candidate: why it is not made. `stays` tells of a target row whether it is not deleted.
pub(super) fn unmet(
    diff: &Diff<'_>,
    candidates: &[Candidate],
    scope: AttributeScope,
    stays: impl Fn(u32) -> bool,
) -> HashMap<u32, WithheldReason> {
    let source = diff.source();
    let making = || candidates.iter().filter(|candidate| candidate.action != StepAction::Delete);
    let created: HashSet<u32> =
        making().filter(|candidate| candidate.action == StepAction::Create).map(|create| create.source).collect();
    let withheld = |row: u32| WithheldReason::NeedsWithheld(source.record(RowId(row)).identity());
    let mut found: HashMap<u32, WithheldReason> = HashMap::new();
    let mut queue: VecDeque<u32> = VecDeque::new();
    let finders = Finders { source: Finder::new(source), target: Finder::new(diff.target()) };
    let moved_above = moved_above(diff);
    let moving: HashSet<u32> = making().filter(|candidate| candidate.moved).map(|moved| moved.source).collect();
    for (side, reason) in [(source, WithheldReason::Unreadable), (diff.target(), WithheldReason::UnreadableInTarget)] {
        let rows = side.completeness().unreadable_records().iter().filter_map(|record| source.row_of(record).ok());
        for row in rows {
            if let Entry::Vacant(entry) = found.entry(row.0) {
                entry.insert(reason.clone());
                queue.push_back(row.0);
            }
        }
    }
    let mut needed_by: HashMap<u32, Vec<&Candidate>> = HashMap::new();
    for candidate in making() {
        let Needs { rows, missing } = needs(diff, &finders, candidate, scope, &stays);
        let first = moved_above.get(&candidate.source).copied();
        let refused = rows.iter().copied().find(|row| !created.contains(row));
        let refused = refused.or(first.filter(|row| !moving.contains(row)));
        let refused = refused.or_else(|| held_above(diff, candidate));
        let reason = missing.map(WithheldReason::MissingReference).or_else(|| refused.map(withheld));
        if let (Some(reason), Entry::Vacant(entry)) = (reason, found.entry(candidate.source)) {
            entry.insert(reason);
            queue.push_back(candidate.source);
        }
        rows.into_iter().chain(first).for_each(|row| needed_by.entry(row).or_default().push(candidate));
    }
    while let Some(row) = queue.pop_front() {
        for candidate in needed_by.remove(&row).unwrap_or_default() {
            if let Entry::Vacant(entry) = found.entry(candidate.source) {
                entry.insert(withheld(row));
                queue.push_back(candidate.source);
            }
        }
    }
    found
}

struct Finders<'s> {
    source: Finder<'s>,
    target: Finder<'s>,
}

struct Needs {
    /// Source rows that the target does not have yet.
    rows: Vec<u32>,
    /// The first reference to a record that will be nowhere.
    missing: Option<Identity>,
}

fn needs(
    diff: &Diff<'_>,
    finders: &Finders<'_>,
    candidate: &Candidate,
    scope: AttributeScope,
    stays: &impl Fn(u32) -> bool,
) -> Needs {
    let (source, target) = (diff.source(), diff.target());
    let in_target = |row: u32| {
        let kind = target.schema().id(source.kind_of(row).name().as_str());
        kind.is_some_and(|kind| target.find(kind, source.key_bytes(row)).is_some())
    };
    let mut needs = Needs { rows: Vec::new(), missing: None };
    let parent = source.parent_of(candidate.source);
    if parent != NO_ROW && (candidate.action == StepAction::Create || candidate.moved) && !in_target(parent) {
        needs.rows.push(parent);
    }
    for reference in source.kind_of(candidate.source).references() {
        if !is_written(diff, candidate, reference, scope) {
            continue;
        }
        let Some(wanted) = source.wanted(candidate.source, reference) else { continue };
        let found = finders.source.find(&wanted);
        if found.is_empty() && needs.missing.is_none() && !finders.target.find(&wanted).into_iter().any(stays) {
            needs.missing = Some(wanted.identity());
        }
        needs.rows.extend(found.into_iter().filter(|row| *row != candidate.source && !in_target(*row)));
    }
    needs
}

/// Whether the change sets this reference: a create when the target knows its fields, an update when one of them changes.
fn is_written(diff: &Diff<'_>, candidate: &Candidate, reference: &Reference, scope: AttributeScope) -> bool {
    if candidate.action != StepAction::Create {
        return updates(diff, candidate, reference);
    }
    let kind = diff.source().kind_of(candidate.source);
    let known = diff.target().schema().get(kind.name().as_str());
    let known = known.filter(|_| scope == AttributeScope::Shared);
    let mut fields = reference.fields.iter().flatten();
    known.is_none_or(|known: &Kind| fields.all(|slot| known.slot(kind.field(*slot).name()).is_some()))
}

/// Whether an update changes this reference.
pub(super) fn updates(diff: &Diff<'_>, candidate: &Candidate, reference: &Reference) -> bool {
    let (source, target) =
        (diff.source().record(RowId(candidate.source)), diff.target().record(RowId(candidate.target)));
    let mut fields = reference.fields.iter().flatten().map(|slot| source.kind().field(*slot).name());
    fields.any(|field| changed_to(source, target, field).is_some())
}

/// What an update writes into a field; `None` when it leaves it as it is.
pub(super) fn changed_to(source: RecordRef<'_>, target: RecordRef<'_>, field: &str) -> Option<Value> {
    let slot = target.kind().slot(field)?;
    target.kind().field(slot).owner().settle(&source.get(field)?, &target.value(slot))
}
