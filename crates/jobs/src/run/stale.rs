use std::collections::{HashMap, HashSet};

use trueup_engine::Snapshot;
use trueup_engine::apply::unexpected_besides;
use trueup_engine::plan::{Change, Plan, StepId};

/// What earlier steps do to a record that a later step changes again.
struct Earlier<'p> {
    /// The first step on the record; when any of them finds something else than it expects, this one is not tried, and
    /// that keeps the others from being tried.
    first: StepId,
    /// Whether the plan has made the record by then, or begun with it, so that later steps find what the plan left.
    begun: bool,
    written: HashSet<&'p str>,
}

/// Steps whose record is no longer as the plan expects it before any of it is carried out, with what was found instead.
/// Where several steps change one record, the first of them stands for all. Records of which a step is `settled` already
/// are left out: they are as the plan made them, or their other steps are blocked.
pub(super) fn find(plan: &Plan, now: &Snapshot, settled: impl Fn(StepId) -> bool) -> HashMap<StepId, String> {
    let mut stale = HashMap::new();
    let mut records: HashMap<(&str, Vec<u8>), Earlier<'_>> = HashMap::with_capacity(plan.len());
    for (step, id) in plan.steps().iter().zip((0..).map(StepId)) {
        let record = (step.record.kind.as_str(), step.record.key.encode());
        let fresh = || Earlier { first: id, begun: settled(id), written: HashSet::new() };
        let earlier = records.entry(record).or_insert_with(fresh);
        if earlier.begun {
            continue;
        }
        let found = now.get_or_none(step.record.kind.as_str(), &step.record.key);
        if let Some(found) = unexpected_besides(step, found, &earlier.written) {
            stale.entry(earlier.first).or_insert(found);
        }
        match &step.change {
            Change::Create { .. } => earlier.begun = true,
            Change::Update { after, .. } => earlier.written.extend(after.keys().map(String::as_str)),
            Change::Delete { .. } => {}
        }
    }
    stale
}
