use std::collections::HashMap;

use trueup_engine::plan::{Change, Plan, Step, StepId};
use trueup_engine::{Attributes, Snapshot};

/// Steps whose record is no longer as the plan expects it, with what was found instead.
pub(super) fn find(plan: &Plan, now: &Snapshot) -> HashMap<StepId, String> {
    let steps = plan.steps().iter().zip((0..).map(StepId));
    // A step that follows an earlier step on the same record expects what that one leaves.
    let mut touched = Vec::new();
    steps
        .filter_map(|(step, id)| {
            let first = !step.depends_on.iter().any(|needed| plan.step(*needed).record == step.record);
            touched.push(id);
            first.then(|| changed(step, now).map(|found| (id, found))).flatten()
        })
        .collect()
}

fn changed(step: &Step, now: &Snapshot) -> Option<String> {
    let found = now.get_or_none(step.record.kind.as_str(), &step.record.key);
    let differs = |concerned: &Attributes, before: &Attributes| {
        let found = found?;
        concerned.keys().find_map(|name| {
            let (expected, value) = (before.get(name)?, found.get(name)?);
            (*expected != value).then(|| format!("`{name}` is now {value}; the plan expects {expected}"))
        })
    };
    match (&step.change, found) {
        (Change::Create { .. }, Some(_)) => Some("the record was made meanwhile".to_owned()),
        (Change::Create { .. }, None) => None,
        (_, None) => Some("the record is gone".to_owned()),
        (Change::Update { before, after, .. }, Some(_)) => differs(after, before),
        (Change::Delete { before, .. }, Some(_)) => differs(before, before),
    }
}
