//! Merged sets: what a step does to members that the plan has not seen.

use std::borrow::Cow;

use crate::kind::{Owner, Slot, merge};
use crate::plan::{Change, Step};
use crate::snapshot::RecordRef;
use crate::value::Value;

/// The step as it is done to the record that is there now. To a merged set it adds what the plan adds, and takes away what
/// the plan takes away, as an undo does; what others have added or taken away since the plan was made stays so. Everything
/// else is as it was planned. For targets that write whole values: between reading the record and writing it, nobody else
/// may write.
pub fn rebased<'s>(step: &'s Step, found: Option<RecordRef<'_>>) -> Cow<'s, Step> {
    let (Change::Update { before, after, moved }, Some(record)) = (&step.change, found) else {
        return Cow::Borrowed(step);
    };
    let (mut before, mut after) = (Cow::Borrowed(before), Cow::Borrowed(after));
    for name in step.after().into_iter().flatten().map(|(name, _)| name).filter(|name| is_merged(record, name)) {
        let Some(now) = record.get(name) else { continue };
        after.to_mut().insert(name.clone(), left(step, name, &now));
        before.to_mut().insert(name.clone(), now);
    }
    match (before, after) {
        (Cow::Borrowed(_), Cow::Borrowed(_)) => Cow::Borrowed(step),
        (before, after) => {
            let (before, after) = (before.into_owned(), after.into_owned());
            Cow::Owned(Step { change: Change::Update { before, after, moved: moved.clone() }, ..step.clone() })
        }
    }
}

/// What the step leaves of a merged set that holds `now`.
pub(super) fn left(step: &Step, field: &str, now: &Value) -> Value {
    let of = |attributes: Option<&crate::record::Attributes>| {
        attributes.and_then(|attributes| attributes.get(field)).cloned().unwrap_or_default()
    };
    merge(&of(step.before()), &of(step.after()), now)
}

pub(super) fn is_merged(record: RecordRef<'_>, field: &str) -> bool {
    let slot = record.kind().slot(field);
    slot.is_some_and(|slot| matches!(slot, Slot::Attribute(_)) && record.kind().field(slot).owner() == Owner::Merged)
}
