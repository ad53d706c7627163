use trueup_engine::Snapshot;
use trueup_engine::plan::{Change, Plan, StepId};

/// Applied steps whose record, read again, is not as the step left it. Only the last step on a record counts.
pub(super) fn unverified(plan: &Plan, applied: &[StepId], after: &Snapshot) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in applied {
        let step = plan.step(*id);
        let found = after.get_or_none(step.record.kind.as_str(), &step.record.key);
        match (&step.change, found) {
            (Change::Delete { .. }, Some(_)) => wrong.push(format!("{} was deleted but is still there", step.record)),
            (Change::Delete { .. }, None) => {}
            (_, None) => wrong.push(format!("{} was written but is not there", step.record)),
            (Change::Create { after: wanted, .. } | Change::Update { after: wanted, .. }, Some(record)) => {
                let differing: Vec<String> = wanted
                    .iter()
                    .filter_map(|(name, value)| {
                        let stored = record.get(name)?;
                        (stored != *value).then(|| format!("`{name}` is {stored}, not {value}"))
                    })
                    .collect();
                if !differing.is_empty() && !rewritten(plan, applied, *id) {
                    wrong.push(format!("{}: {}", step.record, differing.join(", ")));
                }
            }
        }
    }
    wrong
}

/// Whether a later step of the plan writes the same record.
fn rewritten(plan: &Plan, applied: &[StepId], id: StepId) -> bool {
    let record = &plan.step(id).record;
    applied.iter().any(|later| *later > id && plan.step(*later).record == *record)
}
