//! A step held against the record that is there: before it is tried, and after it was tried and nobody answered.

use std::collections::HashSet;

use crate::plan::{Change, Move, Step};
use crate::record::Attributes;
use crate::snapshot::RecordRef;

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
/// the attributes count that it writes, of a delete all that the plan knows.
pub fn unexpected(step: &Step, found: Option<RecordRef<'_>>) -> Option<String> {
    unexpected_besides(step, found, &HashSet::new())
}

/// As [`unexpected`], before any step of the plan has been tried: the attributes that earlier steps on the same record
/// are to write are `written`, and not yet as this step expects them.
pub fn unexpected_besides(step: &Step, found: Option<RecordRef<'_>>, written: &HashSet<&str>) -> Option<String> {
    match (&step.change, found) {
        (Change::Create { .. }, Some(_)) => Some("the record was made meanwhile".to_owned()),
        (Change::Create { .. }, None) => None,
        (Change::Update { .. } | Change::Delete { .. }, None) => Some("the record is gone".to_owned()),
        (Change::Update { before, after, .. }, Some(record)) => difference(after, before, record, written),
        (Change::Delete { before, .. }, Some(record)) => difference(before, before, record, written),
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

fn is_done(step: &Step, found: Option<RecordRef<'_>>) -> bool {
    match (&step.change, found) {
        (Change::Delete { .. }, found) => found.is_none(),
        (Change::Create { .. } | Change::Update { .. }, None) => false,
        // A record that only changes its parent is where it belongs, or it is moved again, which does no harm.
        (Change::Update { after, moved: Some(Move { to, .. }), .. }, Some(record)) if after.is_empty() => {
            record.parent().map(RecordRef::identity) == *to
        }
        (Change::Create { after, .. } | Change::Update { after, .. }, Some(record)) => {
            difference(after, after, record, &HashSet::new()).is_none()
        }
    }
}

/// The first attribute among those `concerned` whose value is not the `expected` one, in words. Attributes that the
/// record or the plan does not know are left out.
fn difference(
    concerned: &Attributes,
    expected: &Attributes,
    record: RecordRef<'_>,
    besides: &HashSet<&str>,
) -> Option<String> {
    concerned.keys().filter(|name| !besides.contains(name.as_str())).find_map(|name| {
        let (expected, found) = (expected.get(name)?, record.get(name)?);
        (*expected != found).then(|| format!("`{name}` is now {found}; the plan expects {expected}"))
    })
}
