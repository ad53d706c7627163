use std::collections::HashMap;
use std::sync::Mutex;

use trueup_connectors::{BeforeImages, ConnectorError, Target};
use trueup_engine::apply::{Apply, KindReport, Outcome, Report, unexpected};
use trueup_engine::plan::{Plan, StepId};
use trueup_engine::{Identity, Snapshot};

use super::Phase;
use super::patience::Trouble;
use super::phases::Run;
use crate::JobError;
use crate::store::{BatchNumber, PlanId, SyncId, Wanted};

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
    pub(super) run: &'a Run,
    pub(super) id: PlanId,
    pub(super) plan: &'a Plan,
    pub(super) target: &'a dyn Target,
    /// Steps that are not to be tried, with what was found.
    pub(super) stale: HashMap<StepId, String>,
    /// Outcomes so far.
    pub(super) counts: Mutex<KindReport>,
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
        self.tell(machine);
        let Run { store, lease, .. } = self.run;
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
            let now = match writer.before_images() {
                BeforeImages::Caller => Some(self.hold_against_target(&mut fresh, &mut gone).await?),
                BeforeImages::Writer => None,
            };
            let mut not_sent: Vec<StepId> = gone.keys().copied().collect();
            not_sent.sort_unstable();
            let batch = (fresh.as_slice(), not_sent.as_slice());
            self.run.orders.unless_stopped(self.run.allowance.batch()).await?;
            self.run.orders.check()?;
            let wanted = store.journal_batch(lease, self.id, number, batch).await;
            match wanted.map_err(|error| self.broken(error))? {
                Wanted::GoOn => {}
                wanted => return Err(self.stopped(wanted)),
            }
            number = number.next();
            self.write_all(&mut *writer, machine, fresh, now).await?;
            let not_tried = not_sent.into_iter().map(|step| (step, Outcome::Stale { found: gone[&step].clone() }));
            self.settle(machine, not_tried.collect()).await?;
        }
    }

    /// Moves the steps whose record is not as the plan expects it from the one to the other. Gives the records as they are.
    async fn hold_against_target(
        &self,
        fresh: &mut Vec<StepId>,
        gone: &mut HashMap<StepId, String>,
    ) -> Result<Snapshot, JobError> {
        let records: Vec<&Identity> = fresh.iter().map(|step| &self.plan.step(*step).record).collect();
        let read = self.run.patience(Phase::Apply).read(self.target, &self.run.schema, &records).await;
        let (now, _) = read.map_err(|trouble| match trouble {
            Trouble::Stopped(error) => error,
            Trouble::Failed(error) => self.failed(error),
        })?;
        fresh.retain(|id| {
            let step = self.plan.step(*id);
            let found = unexpected(step, now.get_or_none(step.record.kind.as_str(), &step.record.key));
            found.map(|found| gone.insert(*id, found)).is_none()
        });
        Ok(now)
    }

    /// Why it goes no further, when that is what others want.
    pub(super) fn stopped(&self, wanted: Wanted) -> JobError {
        let sync = self.sync().0;
        match wanted {
            Wanted::GoOn | Wanted::Cancel => JobError::Cancelled { sync },
            Wanted::Pause => JobError::Paused { sync },
        }
    }

    fn sync(&self) -> SyncId {
        self.run.lease.sync()
    }

    pub(super) fn failed(&self, source: ConnectorError) -> JobError {
        JobError::Apply { sync: self.sync().0, source: Box::new(source) }
    }

    /// A journal that cannot be written ends the apply as a target does that cannot be.
    pub(super) fn broken(&self, error: JobError) -> JobError {
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
