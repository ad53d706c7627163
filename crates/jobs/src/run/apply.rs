use std::collections::HashMap;

use trueup_connectors::Target;
use trueup_engine::apply::{Apply, Outcome, Report};
use trueup_engine::plan::{Plan, Step, StepId};

use super::{Event, Watch};
use crate::JobError;
use crate::store::{PlanId, Store, SyncId};

/// What an apply came to.
pub(super) struct Applied {
    pub(super) report: Report,
    /// Steps that succeeded, in plan order.
    pub(super) applied: Vec<StepId>,
}

/// Drives the state machine: every batch is journalled before it is sent, every outcome before the next batch.
pub(super) async fn apply(
    store: &Store,
    sync: SyncId,
    id: PlanId,
    plan: &Plan,
    target: &dyn Target,
    stale: &HashMap<StepId, String>,
    watch: &Watch<'_>,
) -> Result<Applied, JobError> {
    let mut machine = Apply::new(plan);
    let mut writer = target.writer();
    let total = plan.len() as u64;
    loop {
        let batch = machine.next_batch(target.batch_size());
        if batch.is_empty() {
            break;
        }
        store.journal_sent(id, &batch).await?;
        let (gone, fresh): (Vec<StepId>, Vec<StepId>) = batch.iter().partition(|step| stale.contains_key(step));
        let steps: Vec<&Step> = fresh.iter().map(|step| plan.step(*step)).collect();
        let outcomes = if steps.is_empty() { Ok(Vec::new()) } else { writer.apply(&steps).await };
        let outcomes = outcomes.map_err(|source| JobError::Apply { sync: sync.0, source })?;
        let unanswered = std::iter::repeat_with(|| Outcome::failed("the target gave no outcome for this step"));
        let tried = fresh.into_iter().zip(outcomes.into_iter().chain(unanswered));
        let not_tried = gone.into_iter().map(|step| (step, Outcome::Stale { found: stale[&step].clone() }));
        let mut settled = Vec::with_capacity(batch.len());
        for (step, outcome) in tried.chain(not_tried) {
            // The outcome of a step that an earlier one of its batch stopped is still the outcome it had.
            settled.extend(machine.settle(step, outcome).expect("the step was just handed out"));
        }
        store.journal(id, &settled).await?;
        watch(Event::Applying { done: machine.settled() as u64, total });
    }
    let steps = (0..plan.len() as u32).map(StepId);
    let applied = steps.filter(|step| machine.outcome(*step).is_some_and(Outcome::is_applied)).collect();
    Ok(Applied { report: machine.report(), applied })
}
