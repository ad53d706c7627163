use trueup_engine::Snapshot;
use trueup_engine::apply::{Apply, Event, Outcome, ReadBack, read_back};
use trueup_engine::plan::{Plan, StepId};

use super::apply::broken_off;
use super::phases::Part;
use crate::JobError;
use crate::store::{BatchNumber, Lease, Store};

/// Brings a new machine to where an apply was when it was broken off. What was sent and not answered is settled by
/// the records as they are `now`: what is as the step leaves it was done, what is as it was is tried again, and what is
/// neither is left alone.
pub(super) async fn take_up<'p>(
    (store, lease): (&Store, &Lease),
    Part { id, plan, selection }: Part<'p>,
    now: &Snapshot,
) -> Result<(Apply<'p>, BatchNumber), JobError> {
    let sync = lease.sync();
    let mut journal = store.read_journal(id).await?;
    let mut settled = Vec::new();
    if !journal.unanswered.is_empty() {
        let mut not_done = Vec::new();
        for step in journal.unanswered {
            match found_out(plan, step, now, Unanswered::Interruption) {
                Some(outcome) => settled.push((step, outcome)),
                None => not_done.push(step),
            }
        }
        if !not_done.is_empty() {
            store.journal_not_done(lease, id, &not_done).await?;
        }
        journal.events.push(Event::Sent(settled.iter().map(|(step, _)| *step).collect()));
    }
    let unfit =
        |error| JobError::NotResumable { sync: sync.0, reason: format!("its journal does not fit its plan: {error}") };
    let mut machine = Apply::of(plan, selection).after(journal.events).map_err(unfit)?;
    let mut consequences = Vec::new();
    for (step, outcome) in settled {
        consequences.extend(machine.settle(step, outcome).map_err(unfit)?);
    }
    if !consequences.is_empty() {
        let noted = store.journal(lease, id, &consequences).await;
        noted.map_err(|error| broken_off(sync, "the history", "noting what was found", error))?;
    }
    Ok((machine, journal.next))
}

/// Why nobody answered for a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unanswered {
    /// Whoever sent it was gone.
    Interruption,
    /// The attempt failed by what may pass.
    Attempt,
}

/// What came of a step that nobody answered; `None` when it was not done.
pub(super) fn found_out(plan: &Plan, id: StepId, now: &Snapshot, why: Unanswered) -> Option<Outcome> {
    let (done, sent) = match why {
        Unanswered::Interruption => ("found to be done after an interruption", "it was sent before an interruption"),
        Unanswered::Attempt => ("found to be done, though the attempt had failed", "it was sent and not answered"),
    };
    let step = plan.step(id);
    match read_back(step, now.get_or_none(step.record.kind.as_str(), &step.record.key)) {
        ReadBack::Done => Some(Outcome::Applied { stored: None, note: Some(done.to_owned()), object: None }),
        ReadBack::NotDone => None,
        ReadBack::Unclear { found } => Some(Outcome::Stale { found: format!("{sent}, and {found}") }),
    }
}
