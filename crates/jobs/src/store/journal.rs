//! The journal of an apply: what was handed out, what was sent, what came of it. Written only by whoever holds the lease.

use indexmap::IndexMap;
use trueup_engine::apply::{Event, Fault, Object, Outcome};
use trueup_engine::plan::{Selection, StepId};
use trueup_inventory::{Args, Dialect, ResultRow, Transaction};

use super::lease::{Lease, Wanted};
use super::{PlanId, Store, now, rows};
use crate::JobError;

/// Number of a batch within its plan, in the order in which they were handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BatchNumber(pub i64);

impl BatchNumber {
    pub const FIRST: Self = Self(1);

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What is stored of an outcome: its word, how it failed, and its message.
type Words = (&'static str, Option<&'static str>, Option<String>);

/// What a journal says, ready to be replayed.
#[derive(Debug)]
pub(crate) struct Journal {
    pub events: Vec<Event>,
    /// Sent, and nobody knows what came of them.
    pub unanswered: Vec<StepId>,
    pub next: BatchNumber,
}

impl Store {
    /// Notes a batch before it is tried: the steps that are sent to the target, and those that are not, since it is known
    /// already what is to be said of them. When others want the sync to stop, nothing is noted.
    pub(crate) async fn journal_batch(
        &self,
        lease: &Lease,
        plan: PlanId,
        number: BatchNumber,
        (sent, not_sent): (&[StepId], &[StepId]),
    ) -> Result<Wanted, JobError> {
        let fault = JobError::store("written");
        let (mut transaction, wanted) = self.begin_held(lease).await?;
        if wanted != Wanted::GoOn {
            return Ok(wanted);
        }
        for (steps, sent_at) in [(sent, Some(now())), (not_sent, None)] {
            if !steps.is_empty() {
                let set = "batch = ?, sent_at = ?, attempts = attempts + ?";
                let args = Args::default().with(number.0).with(sent_at).with(i64::from(sent_at.is_some()));
                let args = args.with(plan.0).with(positions(steps));
                transaction.execute(mark(set, self.database.dialect()), args).await.map_err(&fault)?;
            }
        }
        transaction.commit().await.map_err(&fault)?;
        Ok(Wanted::GoOn)
    }

    /// Notes outcomes, all or none, and what the target calls the records. One statement for each outcome and message:
    /// that a run was stopped is one message for however many steps.
    pub(crate) async fn journal(
        &self,
        lease: &Lease,
        plan: PlanId,
        settled: &[(StepId, Outcome)],
    ) -> Result<(), JobError> {
        let mut groups: IndexMap<Words, Vec<StepId>> = IndexMap::new();
        for (step, outcome) in settled {
            groups.entry((outcome.as_str(), fault_word(outcome), outcome.message())).or_default().push(*step);
        }
        let fault = JobError::store("written");
        let update = mark("outcome = ?, fault = ?, message = ?, settled_at = ?", self.database.dialect());
        let (mut transaction, _) = self.begin_held(lease).await?;
        for ((outcome, kind, message), steps) in groups {
            let args = Args::default().with(outcome).with(kind).with(message).with(now());
            let args = args.with(plan.0).with(positions(&steps));
            transaction.execute(update.as_str(), args).await.map_err(&fault)?;
        }
        let objects: Vec<(&StepId, &Object)> =
            settled.iter().filter_map(|(step, outcome)| Some((step, outcome.object()?))).collect();
        let head = "INSERT INTO jobs_step_object (plan, position, content_type, object)";
        let inserted = rows::insert(&mut transaction, head, 4, &objects, |(step, object), args| {
            args.with(plan.0).with(i64::from(step.0)).with(object.content_type.as_deref()).with(&*object.id)
        });
        inserted.await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// Notes that steps of a batch are sent once more. When others want the sync to stop, nothing is noted.
    pub(crate) async fn journal_again(
        &self,
        lease: &Lease,
        plan: PlanId,
        steps: &[StepId],
    ) -> Result<Wanted, JobError> {
        let fault = JobError::store("written");
        let (mut transaction, wanted) = self.begin_held(lease).await?;
        if wanted != Wanted::GoOn {
            return Ok(wanted);
        }
        let update = mark("sent_at = ?, attempts = attempts + 1", self.database.dialect());
        let args = Args::default().with(now()).with(plan.0).with(positions(steps));
        transaction.execute(update, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok(Wanted::GoOn)
    }

    /// Takes back that steps were sent: they turned out not to have been done.
    pub(crate) async fn journal_not_done(&self, lease: &Lease, plan: PlanId, steps: &[StepId]) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let update = mark("batch = NULL, sent_at = NULL", self.database.dialect());
        transaction.execute(update, Args::default().with(plan.0).with(positions(steps))).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// What was journalled of a plan.
    pub(crate) async fn read_journal(&self, plan: PlanId) -> Result<Journal, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT position, batch, outcome, fault, message FROM jobs_step \
                      WHERE plan = ? AND batch IS NOT NULL ORDER BY batch, position";
        let rows = self.database.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        let mut batches: IndexMap<i64, Vec<(StepId, Option<Outcome>)>> = IndexMap::new();
        for row in &rows {
            let (batch, entry) = journalled(row).map_err(&fault)?;
            batches.entry(batch).or_default().push(entry);
        }
        let last = batches.keys().last().copied().unwrap_or(0);
        let (mut events, mut unanswered) = (Vec::new(), Vec::new());
        for entries in batches.into_values() {
            let answered = entries.iter().filter(|(_, outcome)| outcome.is_some());
            events.push(Event::Sent(answered.map(|(step, _)| *step).collect()));
            for (step, outcome) in entries {
                match outcome {
                    Some(outcome) => events.push(Event::Settled(step, outcome)),
                    None => unanswered.push(step),
                }
            }
        }
        Ok(Journal { events, unanswered, next: BatchNumber(last).next() })
    }
}

/// Notes that a plan is applied without some of its steps. They are in no batch.
pub(super) async fn leave_out(
    transaction: &mut Transaction,
    dialect: Dialect,
    (plan, selection): (PlanId, &Selection),
) -> Result<(), sqlx::Error> {
    let left_out: Vec<StepId> = selection.left_out().collect();
    if left_out.is_empty() {
        return Ok(());
    }
    let update = mark("outcome = ?, message = ?, settled_at = ?", dialect);
    let outcome = Outcome::NotChosen;
    let args = Args::default().with(outcome.as_str()).with(outcome.message()).with(now());
    transaction.execute(update, args.with(plan.0).with(positions(&left_out))).await.map(drop)
}

fn fault_word(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed { fault: Fault::Declined, .. } => Some("declined"),
        Outcome::Failed { fault: Fault::Error, .. } => Some("error"),
        Outcome::Failed { fault: Fault::Passing, .. } => Some("passing"),
        Outcome::Applied { .. }
        | Outcome::Skipped { .. }
        | Outcome::NotChosen
        | Outcome::Stale { .. }
        | Outcome::Blocked { .. } => None,
    }
}

/// A step of a batch. What the target stored of it is not kept, and what it calls it is not asked here; a step that was
/// blocked is in no batch.
fn journalled(row: &ResultRow) -> Result<(i64, (StepId, Option<Outcome>)), sqlx::Error> {
    let position = row.some_int(0)?;
    let step = u32::try_from(position).map(StepId);
    let step = step.map_err(|_| sqlx::Error::Decode(format!("{position} is no number of a step").into()))?;
    let message = row.text(4)?;
    let said = message.clone().unwrap_or_default();
    let outcome = match row.text(2)?.as_deref() {
        None => None,
        Some("applied") => Some(Outcome::Applied { stored: None, note: message, object: None }),
        Some("skipped") => Some(Outcome::Skipped { reason: said }),
        Some("stale") => Some(Outcome::Stale { found: said }),
        Some("failed") => {
            let fault = match row.text(3)?.as_deref() {
                Some("declined") => Fault::Declined,
                Some("passing") => Fault::Passing,
                _ => Fault::Error,
            };
            Some(Outcome::Failed { fault, message: said })
        }
        Some(other) => return Err(sqlx::Error::Decode(format!("`{other}` is no outcome of a step").into())),
    };
    Ok((row.some_int(1)?, (step, outcome)))
}

/// The statement that sets something of many steps of a plan.
fn mark(set: &str, dialect: Dialect) -> String {
    format!("UPDATE jobs_step SET {set} WHERE plan = ? AND position IN {}", dialect.numbers_in())
}

/// Numbers of steps as a JSON list, so that one statement takes any number of them.
fn positions(steps: &[StepId]) -> String {
    let positions: Vec<String> = steps.iter().map(|step| step.0.to_string()).collect();
    format!("[{}]", positions.join(","))
}
