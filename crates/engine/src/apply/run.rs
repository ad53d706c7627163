use super::{Apply, Outcome, Report};
use crate::diff::{Progress, Stage};
use crate::plan::{Plan, Step};

/// A target that works in the same thread.
pub trait StepTarget {
    /// Carries out steps of one kind and action; one outcome for each, in the same order.
    fn apply(&mut self, steps: &[&Step]) -> Vec<Outcome>;
}

/// Carries out a plan, at most `batch` steps at a time. A target that answers with too few outcomes has failed the rest.
pub fn run(plan: &Plan, target: &mut dyn StepTarget, batch: usize, progress: &mut dyn FnMut(Progress)) -> Report {
    let mut apply = Apply::new(plan);
    let total = plan.len() as u64;
    loop {
        let ids = apply.next_batch(batch.max(1));
        if ids.is_empty() {
            break;
        }
        let steps: Vec<&Step> = ids.iter().map(|id| plan.step(*id)).collect();
        let unanswered = std::iter::repeat_with(|| Outcome::failed("the target gave no outcome for this step"));
        let outcomes = target.apply(&steps).into_iter().chain(unanswered);
        for (id, outcome) in ids.into_iter().zip(outcomes) {
            apply.settle(id, outcome).expect("the step was just handed out");
        }
        progress(Progress { stage: Stage::Apply, done: apply.settled() as u64, total });
    }
    progress(Progress { stage: Stage::Apply, done: total, total });
    apply.report()
}
