//! Which creates and updates are not made, because what they hang below or refer to will not be there.

use std::collections::{HashMap, HashSet, VecDeque};

use super::build::Candidate;
use super::step::{StepAction, WithheldReason};
use crate::diff::Diff;
use crate::record::Identity;
use crate::snapshot::{Finder, NO_ROW, RowId, Wanted};

struct Finders<'s> {
    source: Finder<'s>,
    target: Finder<'s>,
}

/// By source row of a candidate: why it is not made. `refused` are source rows that the policy does not let be made,
/// `kept` tells whether a target row without a source record stays.
pub(super) fn unmet(
    diff: &Diff<'_>,
    candidates: &[Candidate],
    refused: &HashSet<u32>,
    stays: impl Fn(u32) -> bool,
) -> HashMap<u32, WithheldReason> {
    let source = diff.source();
    let mut found: HashMap<u32, WithheldReason> = HashMap::new();
    let mut queue: VecDeque<u32> = refused.iter().copied().collect();
    let finders = Finders { source: Finder::new(source), target: Finder::new(diff.target()) };
    let making = candidates.iter().filter(|candidate| candidate.action != StepAction::Delete);
    for candidate in making.clone() {
        if let Some(missing) = missing_reference(diff, &finders, candidate, &stays) {
            found.insert(candidate.source, WithheldReason::MissingReference(missing));
            if candidate.action == StepAction::Create {
                queue.push_back(candidate.source);
            }
        }
    }
    if queue.is_empty() {
        return found;
    }
    let mut needed_by: HashMap<u32, Vec<&Candidate>> = HashMap::new();
    for candidate in making {
        for row in needs(diff, &finders, candidate) {
            needed_by.entry(row).or_default().push(candidate);
        }
    }
    while let Some(row) = queue.pop_front() {
        let reason = WithheldReason::NeedsWithheld(source.record(RowId(row)).identity());
        for candidate in needed_by.remove(&row).unwrap_or_default() {
            if !found.contains_key(&candidate.source) && !refused.contains(&candidate.source) {
                found.insert(candidate.source, reason.clone());
                if candidate.action == StepAction::Create {
                    queue.push_back(candidate.source);
                }
            }
        }
    }
    found
}

/// The first reference that this change would set to a record that is nowhere.
fn missing_reference(
    diff: &Diff<'_>,
    finders: &Finders<'_>,
    candidate: &Candidate,
    stays: &impl Fn(u32) -> bool,
) -> Option<Identity> {
    let missing = changed_references(diff, candidate).find(|wanted| {
        let in_target = || finders.target.find(wanted).into_iter().any(stays);
        finders.source.find(wanted).is_empty() && !in_target()
    });
    missing.map(|wanted| wanted.identity())
}

/// Source rows that have no counterpart in the target and that this change needs.
fn needs(diff: &Diff<'_>, finders: &Finders<'_>, candidate: &Candidate) -> Vec<u32> {
    let (source, target) = (diff.source(), diff.target());
    let absent = |row: &u32| target.row_of(&source.record(RowId(*row)).identity()).is_err();
    let parent = source.parent_of(candidate.source);
    let parent = (parent != NO_ROW && (candidate.action == StepAction::Create || candidate.moved)).then_some(parent);
    let references = changed_references(diff, candidate).flat_map(|wanted| finders.source.find(&wanted));
    let rows = parent.into_iter().chain(references);
    rows.filter(|row| *row != candidate.source).filter(absent).collect()
}

/// What a create refers to, or an update newly refers to.
fn changed_references<'d>(diff: &'d Diff<'_>, candidate: &Candidate) -> impl Iterator<Item = Wanted> + 'd {
    let (source, target) = (diff.source(), diff.target());
    let Candidate { source: from, target: to, .. } = *candidate;
    source.kind_of(from).references().iter().filter_map(move |reference| {
        let referenced = source.wanted(from, reference)?;
        let unchanged = to != NO_ROW
            && target.kind_of(to).references().iter().any(|other| {
                other.to == reference.to && target.wanted(to, other).as_ref() == Some(&referenced)
            });
        (!unchanged).then_some(referenced)
    })
}
