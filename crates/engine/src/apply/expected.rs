//! A step held against the record that is there: before it is tried, and after it was tried and nobody answered.

use std::collections::HashSet;

use super::rebase::{is_merged, left};
use crate::plan::{Change, Move, Step};
use crate::record::Attributes;
use crate::snapshot::RecordRef;
use crate::value::Value;

/// What the record says about a step that was sent and has no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// The record is as the step leaves it.
    Done,
    /// The record is as the step expects to find it.
    NotDone,
    /// Neither: somebody else has changed it as well.
    Unclear { found: String },
}

/// What the step does not expect of the record that is there now; `None` when all is as the plan says. Of an update only
/// the attributes count that it writes, and merged sets do not, since it only adds to what is there. Of a delete all count
/// that the plan knows, whoever owns them: it would take along what somebody has just written there.
pub fn unexpected(step: &Step, found: Option<RecordRef<'_>>) -> Option<String> {
    unexpected_besides(step, found, &HashSet::new())
}

/// As [`unexpected`], before any step of the plan has been tried: the attributes that earlier steps on the same record
/// are to write are `written`, and not yet as this step expects them.
pub fn unexpected_besides(step: &Step, found: Option<RecordRef<'_>>, written: &HashSet<&str>) -> Option<String> {
    let open = |name: &&String| !written.contains(name.as_str());
    match (&step.change, found) {
        (Change::Create { .. }, Some(_)) => Some("the record was made meanwhile".to_owned()),
        (Change::Create { .. }, None) => None,
        (Change::Update { .. } | Change::Delete { .. }, None) => Some("the record is gone".to_owned()),
        (Change::Update { before, after, .. }, Some(record)) => {
            difference(after.keys().filter(open).filter(|name| !is_merged(record, name)), before, record)
        }
        (Change::Delete { before, .. }, Some(record)) => difference(before.keys().filter(open), before, record),
    }
}

/// Whether a step that was sent has been done, as far as its record tells.
pub fn read_back(step: &Step, found: Option<RecordRef<'_>>) -> ReadBack {
    if is_done(step, found) {
        return ReadBack::Done;
    }
    match unexpected(step, found) {
        None => ReadBack::NotDone,
        Some(found) => ReadBack::Unclear { found },
    }
}

/// What an attribute holds instead of what the step leaves there; `None` when it is as the step leaves it, or when the
/// step does not write it or the record does not have it.
pub fn missed(step: &Step, field: &str, record: RecordRef<'_>) -> Option<Value> {
    let (wanted, found) = (step.after()?.get(field)?, record.get(field)?);
    let as_left = if is_merged(record, field) { left(step, field, &found) == found } else { *wanted == found };
    (!as_left).then_some(found)
}

fn is_done(step: &Step, found: Option<RecordRef<'_>>) -> bool {
    match (&step.change, found) {
        (Change::Delete { .. }, found) => found.is_none(),
        (Change::Create { .. } | Change::Update { .. }, None) => false,
        // A record that only changes its parent is where it belongs, or it is moved again, which does no harm.
        (Change::Update { after, moved: Some(Move { to, .. }), .. }, Some(record)) if after.is_empty() => {
            record.parent().map(RecordRef::identity) == *to
        }
        (Change::Create { after, .. } | Change::Update { after, .. }, Some(record)) => {
            after.keys().all(|name| missed(step, name, record).is_none())
        }
    }
}

/// The first attribute among those `concerned` whose value is not the `expected` one, in words. Attributes that the
/// record or the plan does not know are left out.
fn difference<'n>(
    mut concerned: impl Iterator<Item = &'n String>,
    expected: &Attributes,
    record: RecordRef<'_>,
) -> Option<String> {
    concerned.find_map(|name| {
        let (expected, found) = (expected.get(name)?, record.get(name)?);
        (*expected != found).then(|| format!("`{name}` is now {found}; the plan expects {expected}"))
    })
}
