use std::collections::HashMap;

use trueup_connectors::{ConnectorError, Target};
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
    /// What broke it off, if anything did.
    pub(super) fault: Option<JobError>,
}

/// A plan on its way to a target.
pub(super) struct Execution<'a> {
    pub(super) store: &'a Store,
    pub(super) sync: SyncId,
    pub(super) id: PlanId,
    pub(super) plan: &'a Plan,
    pub(super) target: &'a dyn Target,
    /// Steps that are not to be tried, with what was found.
    pub(super) stale: HashMap<StepId, String>,
    pub(super) watch: &'a Watch<'a>,
}

impl Execution<'_> {
    /// Drives the state machine to its end, or until the target or the journal fails.
    pub(super) async fn apply(self) -> Applied {
        let mut machine = Apply::new(self.plan);
        let fault = self.drive(&mut machine).await.err();
        let steps = (0..self.plan.len() as u32).map(StepId);
        let applied = steps.filter(|step| machine.outcome(*step).is_some_and(Outcome::is_applied)).collect();
        Applied { report: machine.report(), applied, fault }
    }

    /// Every batch is journalled before it is sent, every outcome before the next batch.
    async fn drive(&self, machine: &mut Apply<'_>) -> Result<(), JobError> {
        let mut writer = self.target.writer();
        let total = self.plan.len() as u64;
        loop {
            let batch = machine.next_batch(self.target.batch_size());
            if batch.is_empty() {
                return Ok(());
            }
            let (gone, fresh): (Vec<StepId>, Vec<StepId>) =
                batch.iter().partition(|step| self.stale.contains_key(step));
            let outcomes = if fresh.is_empty() {
                Vec::new()
            } else {
                self.store.journal_sent(self.id, &fresh).await.map_err(|error| self.broken(error))?;
                let steps: Vec<&Step> = fresh.iter().map(|step| self.plan.step(*step)).collect();
                let outcomes = writer.apply(&steps).await;
                outcomes.map_err(|source| JobError::Apply { sync: self.sync.0, source: Box::new(source) })?
            };
            let unanswered = std::iter::repeat_with(|| Outcome::failed("the target gave no outcome for this step"));
            let tried = fresh.into_iter().zip(outcomes.into_iter().chain(unanswered));
            let not_tried = gone.into_iter().map(|step| (step, Outcome::Stale { found: self.stale[&step].clone() }));
            let mut settled = Vec::with_capacity(batch.len());
            for (step, outcome) in tried.chain(not_tried) {
                // The outcome of a step that an earlier one of its batch stopped is still the outcome it had.
                settled.extend(machine.settle(step, outcome).expect("the step was just handed out"));
            }
            self.store.journal(self.id, &settled).await.map_err(|error| self.broken(error))?;
            (self.watch)(Event::Applying { done: machine.settled() as u64, total });
        }
    }

    /// A journal that cannot be written ends the apply as a target does that cannot be.
    fn broken(&self, error: JobError) -> JobError {
        broken_off(self.sync, "the history", "noting what was done", error)
    }
}

/// An error that comes when some steps have been done.
pub(super) fn broken_off(sync: SyncId, system: &str, doing: &'static str, error: JobError) -> JobError {
    let source = ConnectorError::System { system: system.to_owned(), doing, source: Box::new(error) };
    JobError::Apply { sync: sync.0, source: Box::new(source) }
}
