use std::collections::{HashMap, HashSet};

use trueup_engine::plan::{Change, Plan, Step, StepId};
use trueup_engine::{Attributes, Snapshot};

/// What earlier steps do to a record that a later step changes again.
struct Earlier<'p> {
    /// The first step on the record; when any of them finds something else than it expects, this one is not tried, and
    /// that keeps the others from being tried.
    first: StepId,
    /// Whether the record is made by the plan, so that later steps find what the plan made.
    made: bool,
    written: HashSet<&'p str>,
}

/// Steps whose record is no longer as the plan expects it, with what was found instead. Where several steps change one
/// record, the first of them stands for all.
pub(super) fn find(plan: &Plan, now: &Snapshot) -> HashMap<StepId, String> {
    let mut stale = HashMap::new();
    let mut records: HashMap<(&str, Vec<u8>), Earlier<'_>> = HashMap::with_capacity(plan.len());
    for (step, id) in plan.steps().iter().zip((0..).map(StepId)) {
        let record = (step.record.kind.as_str(), step.record.key.encode());
        let fresh = || Earlier { first: id, made: false, written: HashSet::new() };
        let earlier = records.entry(record).or_insert_with(fresh);
        if earlier.made {
            continue;
        }
        if let Some(found) = changed(step, now, &earlier.written) {
            stale.entry(earlier.first).or_insert(found);
        }
        match &step.change {
            Change::Create { .. } => earlier.made = true,
            Change::Update { after, .. } => earlier.written.extend(after.keys().map(String::as_str)),
            Change::Delete { .. } => {}
        }
    }
    stale
}

fn changed(step: &Step, now: &Snapshot, written: &HashSet<&str>) -> Option<String> {
    let found = now.get_or_none(step.record.kind.as_str(), &step.record.key);
    let differs = |concerned: &Attributes, before: &Attributes| {
        let found = found?;
        concerned.keys().filter(|name| !written.contains(name.as_str())).find_map(|name| {
            let (expected, value) = (before.get(name)?, found.get(name)?);
            (*expected != value).then(|| format!("`{name}` is now {value}; the plan expects {expected}"))
        })
    };
    match (&step.change, found) {
        (Change::Create { .. }, Some(_)) => Some("the record was made meanwhile".to_owned()),
        (Change::Create { .. }, None) => None,
        (Change::Update { .. } | Change::Delete { .. }, None) => Some("the record is gone".to_owned()),
        (Change::Update { before, after, .. }, Some(_)) => differs(after, before),
        (Change::Delete { before, .. }, Some(_)) => differs(before, before),
    }
}
