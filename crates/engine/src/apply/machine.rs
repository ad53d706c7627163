use super::ready::Ready;
use super::{Outcome, Report};
use crate::plan::{OnFailure, Plan, Selection, StepAction, StepId, StepOrder};

/// What is recorded of a run: enough to bring a new machine to the same state.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// These steps are about to be tried.
    Sent(Vec<StepId>),
    Settled(StepId, Outcome),
}

/// A recorded event that cannot have happened in this plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("{0} was recorded, but the plan has no such step")]
    NoSuchStep(StepId),
    #[error("{0} was recorded as sent, but it was not ready then")]
    NotReady(StepId),
    #[error("an outcome of {0} was recorded, but it was not sent")]
    NotSent(StepId),
}

#[derive(Debug, Clone, PartialEq)]
enum Status {
    /// Waits for this many steps.
    Waiting(u32),
    Ready,
    Sent,
    Settled(Outcome),
}

/// The state of one run of a plan.
#[derive(Debug, Clone)]
pub struct Apply<'p> {
    plan: &'p Plan,
    status: Vec<Status>,
    dependants: Vec<Vec<StepId>>,
    /// Every step that is ready, and some that no longer are: those are skipped when they come up.
    ready: Ready,
    settled: usize,
    stopped_by: Option<StepId>,
    /// The first of the deletes at the end of the plan; none of these is tried before all else is settled.
    barrier: usize,
    /// Steps before the barrier without an outcome.
    open_before_barrier: usize,
    /// Steps that are not to be tried.
    left_out: usize,
}

impl<'p> Apply<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        let count = plan.len();
        let mut dependants = vec![Vec::new(); count];
        let mut status = Vec::with_capacity(count);
        let mut ready = Ready::new(plan);
        for (step, id) in plan.steps().iter().zip((0..).map(StepId)) {
            for needed in &step.depends_on {
                dependants[needed.index()].push(id);
            }
            if step.depends_on.is_empty() {
                ready.push(id);
                status.push(Status::Ready);
            } else {
                status.push(Status::Waiting(step.depends_on.len() as u32));
            }
        }
        let is_delete = |action: StepAction| action == StepAction::Delete;
        let last_other = plan.steps().iter().rposition(|step| !is_delete(step.action()));
        let barrier = last_other.map_or(0, |index| index + 1);
        let open_before_barrier = barrier;
        Self {
            plan,
            status,
            dependants,
            ready,
            settled: 0,
            stopped_by: None,
            barrier,
            open_before_barrier,
            left_out: 0,
        }
    }

    /// A run of a part of the plan. The others are [`Outcome::NotChosen`] from the start.
    pub fn of(plan: &'p Plan, selection: &Selection) -> Self {
        let mut apply = Self::new(plan);
        for step in selection.left_out() {
            apply.record(step, Outcome::NotChosen);
            apply.left_out += 1;
        }
        apply
    }

    /// The state after `events`, which were recorded by a machine of the same plan. Steps that were sent and have no
    /// outcome are [`unanswered`](Apply::unanswered).
    ///
    /// # Errors
    /// When the events do not fit the plan.
    pub fn replay(plan: &'p Plan, events: impl IntoIterator<Item = Event>) -> Result<Self, ReplayError> {
        Self::new(plan).after(events)
    }

    /// The state after further events; see [`replay`](Apply::replay).
    ///
    /// # Errors
    /// When the events do not fit the plan.
    pub fn after(self, events: impl IntoIterator<Item = Event>) -> Result<Self, ReplayError> {
        let mut apply = self;
        for event in events {
            match event {
                Event::Sent(steps) => {
                    for step in steps {
                        match apply.status.get(step.index()) {
                            None => return Err(ReplayError::NoSuchStep(step)),
                            Some(Status::Ready) => apply.status[step.index()] = Status::Sent,
                            Some(_) => return Err(ReplayError::NotReady(step)),
                        }
                    }
                }
                Event::Settled(step, outcome) => {
                    let _consequences = apply.settle(step, outcome)?;
                }
            }
        }
        Ok(apply)
    }

    /// The next steps to try, at most `limit`, all of one kind and action, the first of them the first in the plan that
    /// is ready. In DiffSync's order they stand together in the plan; else ready steps of the same kind and action join
    /// them from further down, so that a target gets few large batches. They count as sent; record that before trying
    /// them. Empty when nothing is ready: outcomes are awaited, or the run is done.
    pub fn next_batch(&mut self, limit: usize) -> Vec<StepId> {
        let mut batch: Vec<StepId> = Vec::new();
        let together = self.plan.policy().order == StepOrder::Diffsync;
        while batch.len() < limit {
            let group = batch.first().map(|first| self.ready.group(*first));
            let next = match group {
                Some(group) if !together => self.ready.first_of(group),
                _ => self.ready.first(),
            };
            let Some(step) = next else { break };
            if self.status[step.index()] != Status::Ready {
                self.ready.pop(self.ready.group(step));
                continue;
            }
            let awaits_others = step.index() >= self.barrier && self.open_before_barrier > 0;
            if awaits_others || group.is_some_and(|group| group != self.ready.group(step)) {
                break;
            }
            self.ready.pop(self.ready.group(step));
            self.status[step.index()] = Status::Sent;
            batch.push(step);
        }
        batch
    }

    /// Takes the outcome of a step that was sent. Returns what follows from it: this step, and every step that can no
    /// longer be tried, each with its outcome. Record them before the next batch.
    ///
    /// # Errors
    /// The step is not of this plan or was not sent.
    pub fn settle(&mut self, step: StepId, outcome: Outcome) -> Result<Vec<(StepId, Outcome)>, ReplayError> {
        match self.status.get(step.index()) {
            None => return Err(ReplayError::NoSuchStep(step)),
            Some(Status::Sent) => {}
            Some(Status::Settled(_)) if matches!(outcome, Outcome::Blocked { .. }) => return Ok(Vec::new()),
            Some(_) => return Err(ReplayError::NotSent(step)),
        }
        let applied = outcome.is_applied();
        let stops = outcome.stops() && self.plan.policy().on_failure == OnFailure::Stop;
        let mut settled = vec![(step, outcome.clone())];
        self.record(step, outcome);
        if applied {
            for index in 0..self.dependants[step.index()].len() {
                self.release(self.dependants[step.index()][index]);
            }
        } else {
            self.block_dependants(step, &mut settled);
        }
        if stops && self.stopped_by.is_none() {
            self.stopped_by = Some(step);
            self.stop(step, &mut settled);
        }
        Ok(settled)
    }

    fn release(&mut self, step: StepId) {
        let status = &mut self.status[step.index()];
        match status {
            Status::Waiting(1) => {
                *status = Status::Ready;
                self.ready.push(step);
            }
            Status::Waiting(count) => *count -= 1,
            Status::Ready | Status::Sent | Status::Settled(_) => {}
        }
    }

    fn block_dependants(&mut self, failed: StepId, settled: &mut Vec<(StepId, Outcome)>) {
        let mut pending = vec![failed];
        while let Some(step) = pending.pop() {
            for dependant in self.dependants[step.index()].clone() {
                if matches!(self.status[dependant.index()], Status::Waiting(_)) {
                    self.block(dependant, step, settled);
                    pending.push(dependant);
                }
            }
        }
    }

    fn stop(&mut self, by: StepId, settled: &mut Vec<(StepId, Outcome)>) {
        self.ready.clear();
        for index in 0..self.status.len() {
            if matches!(self.status[index], Status::Waiting(_) | Status::Ready) {
                self.block(StepId(index as u32), by, settled);
            }
        }
    }

    fn block(&mut self, step: StepId, by: StepId, settled: &mut Vec<(StepId, Outcome)>) {
        let outcome = Outcome::Blocked { by };
        self.record(step, outcome.clone());
        settled.push((step, outcome));
    }

    fn record(&mut self, step: StepId, outcome: Outcome) {
        self.status[step.index()] = Status::Settled(outcome);
        self.settled += 1;
        self.open_before_barrier -= usize::from(step.index() < self.barrier);
    }

    /// Whether every step has an outcome.
    pub fn is_done(&self) -> bool {
        self.settled == self.status.len()
    }

    /// Steps with an outcome.
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// How many of the steps that are to be tried have an outcome, and how many these are.
    pub fn progress(&self) -> (usize, usize) {
        (self.settled - self.left_out, self.status.len() - self.left_out)
    }

    /// Steps that were sent and have no outcome. After a replay: it is not known whether the target did them.
    pub fn unanswered(&self) -> impl Iterator<Item = StepId> {
        let sent = self.status.iter().zip((0..).map(StepId));
        sent.filter(|(status, _)| **status == Status::Sent).map(|(_, step)| step)
    }

    pub fn outcome(&self, step: StepId) -> Option<&Outcome> {
        match self.status.get(step.index()) {
            Some(Status::Settled(outcome)) => Some(outcome),
            _ => None,
        }
    }

    /// What has happened so far, computed from the outcomes.
    pub fn report(&self) -> Report {
        Report::of(self.plan, (0..self.plan.len() as u32).map(StepId).map(|step| (step, self.outcome(step))))
    }
}
