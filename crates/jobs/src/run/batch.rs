//! A batch on its way to a target, tried as often as that may help.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use trueup_connectors::{ConnectorError, StepWriter, may_pass};
use trueup_engine::apply::{Apply, Fault, Outcome, rebased};
use trueup_engine::plan::{Step, StepId};
use trueup_engine::{Identity, Snapshot};

use super::apply::Execution;
use super::patience::{Attempts, Trouble};
use super::resume::{Unanswered, found_out};
use super::{Event, Phase, SyncCounts};
use crate::JobError;
use crate::store::Wanted;

/// A step whose attempt failed by what may pass, with what was said.
type Open = (StepId, String);

/// What has become of steps whose attempt failed.
struct Found {
    settled: Vec<(StepId, Outcome)>,
    open: Vec<Open>,
    /// The records as they are.
    now: Snapshot,
}

impl Execution<'_> {
    /// Writes steps that are journalled as sent, and settles them. What failed by what may pass is read back before it is
    /// tried again, so that nothing is done twice. `now` are the records as they are, when the writer leaves it to others to
    /// look.
    pub(super) async fn write_all(
        &self,
        writer: &mut dyn StepWriter,
        machine: &mut Apply<'_>,
        mut steps: Vec<StepId>,
        mut now: Option<Snapshot>,
    ) -> Result<(), JobError> {
        let patience = self.run.patience(Phase::Apply);
        let mut attempts = patience.attempts();
        while !steps.is_empty() {
            let (settled, open, broken) = match self.write(writer, &steps, now.as_ref()).await {
                Ok(outcomes) => {
                    let (settled, open) = split(&steps, outcomes);
                    (settled, open, None)
                }
                Err(error) if may_pass(&error) => {
                    let open = steps.iter().map(|step| (*step, error.to_string())).collect();
                    (Vec::new(), open, Some(error))
                }
                Err(error) => return Err(self.failed(error)),
            };
            self.settle(machine, settled).await?;
            if open.is_empty() {
                return Ok(());
            }
            if !attempts.wait().await? {
                return self.give_up(machine, open, broken).await;
            }
            let found;
            (steps, found) = self.still_to_do(machine, open, &mut attempts).await?;
            now = now.map(|_| found);
            match self.run.store.journal_again(&self.run.lease, self.id, &steps).await {
                Ok(Wanted::GoOn) => {}
                Ok(wanted) => return Err(self.stopped(wanted)),
                Err(error) => return Err(self.broken(error)),
            }
        }
        Ok(())
    }

    /// Settles what was done after all, or changed by others, and gives the rest, and the records as they are.
    async fn still_to_do(
        &self,
        machine: &mut Apply<'_>,
        open: Vec<Open>,
        attempts: &mut Attempts<'_>,
    ) -> Result<(Vec<StepId>, Snapshot), JobError> {
        loop {
            match self.find_out(&open).await {
                Ok(Found { settled, open, now }) => {
                    self.settle(machine, settled).await?;
                    return Ok((open.into_iter().map(|(step, _)| step).collect(), now));
                }
                Err(error) => attempts.after(error).await.map_err(|trouble| match trouble {
                    Trouble::Stopped(error) => error,
                    Trouble::Failed(error) => self.failed(error),
                })?,
            }
        }
    }

    /// After the last attempt. A target that could not be worked with breaks the apply off, and whoever resumes it reads
    /// back; steps that failed one by one are read back here.
    async fn give_up(
        &self,
        machine: &mut Apply<'_>,
        open: Vec<Open>,
        broken: Option<ConnectorError>,
    ) -> Result<(), JobError> {
        if let Some(error) = broken {
            return Err(self.failed(error));
        }
        let (mut settled, open) = match self.find_out(&open).await {
            Ok(Found { settled, open, .. }) => (settled, open),
            Err(_) => (Vec::new(), open),
        };
        settled
            .extend(open.into_iter().map(|(step, message)| (step, Outcome::Failed { fault: Fault::Passing, message })));
        self.settle(machine, settled).await
    }

    async fn find_out(&self, open: &[Open]) -> Result<Found, ConnectorError> {
        let records: Vec<&Identity> = open.iter().map(|(step, _)| &self.plan.step(*step).record).collect();
        let mut now = Snapshot::new("target", Arc::clone(&self.run.schema));
        let _report = self.target.load_records(&records, &mut now).await?;
        let (mut settled, mut left) = (Vec::new(), Vec::new());
        for (step, message) in open {
            match found_out(self.plan, *step, &now, Unanswered::Attempt) {
                Some(outcome) => settled.push((*step, outcome)),
                None => left.push((*step, message.clone())),
            }
        }
        Ok(Found { settled, open: left, now })
    }

    async fn write(
        &self,
        writer: &mut dyn StepWriter,
        steps: &[StepId],
        now: Option<&Snapshot>,
    ) -> Result<Vec<Outcome>, ConnectorError> {
        let found = |step: &Step| now.and_then(|now| now.get_or_none(step.record.kind.as_str(), &step.record.key));
        let steps = steps.iter().map(|step| self.plan.step(*step));
        let steps: Vec<Cow<'_, Step>> = steps.map(|step| rebased(step, found(step))).collect();
        let steps: Vec<&Step> = steps.iter().map(|step| &**step).collect();
        writer.apply(&steps).await
    }

    /// Takes outcomes, and notes them with what follows from them.
    pub(super) async fn settle(
        &self,
        machine: &mut Apply<'_>,
        outcomes: Vec<(StepId, Outcome)>,
    ) -> Result<(), JobError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let mut settled = Vec::new();
        for (step, outcome) in outcomes {
            // The outcome of a step that an earlier one of its batch stopped is still the outcome it had.
            settled.extend(machine.settle(step, outcome).expect("the step was just handed out"));
        }
        let noted = self.run.store.journal(&self.run.lease, self.id, &settled).await;
        noted.map_err(|error| self.broken(error))?;
        {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            settled.iter().for_each(|(step, outcome)| counts.count(self.plan.step(*step).action(), outcome));
        }
        self.tell(machine);
        Ok(())
    }

    /// How far it is.
    pub(super) fn tell(&self, machine: &Apply<'_>) {
        let (done, total) = machine.progress();
        let outcomes = SyncCounts::of(*self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        self.run.teller.tell(Event::Applying { done: done as u64, total: total as u64, outcomes });
    }
}

/// What is settled, and what may pass. A target that answers with too few outcomes has failed the rest.
fn split(steps: &[StepId], outcomes: Vec<Outcome>) -> (Vec<(StepId, Outcome)>, Vec<Open>) {
    let unanswered = std::iter::repeat_with(|| Outcome::failed("the target gave no outcome for this step"));
    let (mut settled, mut open) = (Vec::new(), Vec::new());
    for (step, outcome) in steps.iter().zip(outcomes.into_iter().chain(unanswered)) {
        match outcome {
            Outcome::Failed { fault: Fault::Passing, message } => open.push((*step, message)),
            outcome => settled.push((*step, outcome)),
        }
    }
    (settled, open)
}
