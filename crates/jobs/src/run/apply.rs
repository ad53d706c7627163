use std::collections::HashMap;
use std::sync::Arc;

use trueup_connectors::{BeforeImages, ConnectorError, StepWriter, Target};
use trueup_engine::apply::{Apply, Outcome, Report, unexpected};
use trueup_engine::plan::{Plan, Step, StepId};
use trueup_engine::{Identity, Schema, Snapshot};

use super::tracker::Told;
use super::{Event, SyncCounts};
use crate::JobError;
use crate::store::{BatchNumber, Lease, PlanId, Store, SyncId, Wanted};

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
    pub(super) lease: &'a Lease,
    pub(super) id: PlanId,
    pub(super) plan: &'a Plan,
    pub(super) schema: &'a Arc<Schema>,
    pub(super) target: &'a dyn Target,
    /// Steps that are not to be tried, with what was found.
    pub(super) stale: HashMap<StepId, String>,
    pub(super) told: Told<'a>,
}

impl<'a> Execution<'a> {
    /// Drives the state machine to its end, or until the target or the journal fails or somebody stops it.
    pub(super) async fn apply(self, mut machine: Apply<'a>, next: BatchNumber) -> Applied {
        let fault = self.drive(&mut machine, next).await.err();
        let steps = (0..self.plan.len() as u32).map(StepId);
        let applied = steps.filter(|step| machine.outcome(*step).is_some_and(Outcome::is_applied)).collect();
        Applied { report: machine.report(), applied, fault }
    }

    /// Every batch is journalled before it is sent, every outcome before the next batch.
    async fn drive(&self, machine: &mut Apply<'_>, mut number: BatchNumber) -> Result<(), JobError> {
        let mut writer = self.target.writer();
        let total = self.plan.len() as u64;
        let mut outcomes = machine.report().total();
        let so_far = |machine: &Apply<'_>, outcomes| Event::Applying {
            done: machine.settled() as u64,
            total,
            outcomes: SyncCounts::of(outcomes),
        };
        self.told.tell(so_far(machine, outcomes));
        loop {
            let batch = machine.next_batch(self.target.batch_size());
            if batch.is_empty() {
                return Ok(());
            }
            let mut gone: HashMap<StepId, String> = HashMap::new();
            let mut fresh = Vec::with_capacity(batch.len());
            for step in batch {
                match self.stale.get(&step) {
                    Some(found) => drop(gone.insert(step, found.clone())),
                    None => fresh.push(step),
                }
            }
            if writer.before_images() == BeforeImages::Caller {
                self.hold_against_target(&mut fresh, &mut gone).await?;
            }
            let mut not_sent: Vec<StepId> = gone.keys().copied().collect();
            not_sent.sort_unstable();
            let batch = (fresh.as_slice(), not_sent.as_slice());
            let wanted = self.store.journal_batch(self.lease, self.id, number, batch).await;
            if wanted.map_err(|error| self.broken(error))? == Wanted::Cancel {
                return Err(JobError::Cancelled { sync: self.sync().0 });
            }
            number = number.next();
            let answers = self.write(&mut *writer, &fresh).await?;
            let unanswered = std::iter::repeat_with(|| Outcome::failed("the target gave no outcome for this step"));
            let tried = fresh.into_iter().zip(answers.into_iter().chain(unanswered));
            let not_tried = not_sent.into_iter().map(|step| (step, Outcome::Stale { found: gone[&step].clone() }));
            let mut settled = Vec::new();
            for (step, outcome) in tried.chain(not_tried) {
                // The outcome of a step that an earlier one of its batch stopped is still the outcome it had.
                settled.extend(machine.settle(step, outcome).expect("the step was just handed out"));
            }
            self.store.journal(self.lease, self.id, &settled).await.map_err(|error| self.broken(error))?;
            settled.iter().for_each(|(step, outcome)| outcomes.count(self.plan.step(*step).action(), outcome));
            self.told.tell(so_far(machine, outcomes));
        }
    }

    /// Moves the steps whose record is not as the plan expects it from the one to the other.
    async fn hold_against_target(
        &self,
        fresh: &mut Vec<StepId>,
        gone: &mut HashMap<StepId, String>,
    ) -> Result<(), JobError> {
        let records: Vec<&Identity> = fresh.iter().map(|step| &self.plan.step(*step).record).collect();
        let mut now = Snapshot::new("target", Arc::clone(self.schema));
        let loaded = self.target.load_records(&records, &mut now).await;
        let _report = loaded.map_err(|source| self.failed(source))?;
        fresh.retain(|id| {
            let step = self.plan.step(*id);
            let found = unexpected(step, now.get_or_none(step.record.kind.as_str(), &step.record.key));
            found.map(|found| gone.insert(*id, found)).is_none()
        });
        Ok(())
    }

    async fn write(&self, writer: &mut dyn StepWriter, steps: &[StepId]) -> Result<Vec<Outcome>, JobError> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let steps: Vec<&Step> = steps.iter().map(|step| self.plan.step(*step)).collect();
        writer.apply(&steps).await.map_err(|source| self.failed(source))
    }

    fn sync(&self) -> SyncId {
        self.lease.sync()
    }

    fn failed(&self, source: ConnectorError) -> JobError {
        JobError::Apply { sync: self.sync().0, source: Box::new(source) }
    }

    /// A journal that cannot be written ends the apply as a target does that cannot be.
    fn broken(&self, error: JobError) -> JobError {
        match error {
            lost @ JobError::LeaseLost { .. } => lost,
            error => broken_off(self.sync(), "the history", "noting what was done", error),
        }
    }
}

/// An error that comes when some steps have been done.
pub(super) fn broken_off(sync: SyncId, system: &str, doing: &'static str, error: JobError) -> JobError {
    let source = ConnectorError::System { system: system.to_owned(), doing, source: Box::new(error) };
    JobError::Apply { sync: sync.0, source: Box::new(source) }
}
