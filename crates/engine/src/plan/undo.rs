use super::{Change, Move, OnFailure, Plan, Step, StepId};
use crate::record::Attributes;

impl Plan {
    /// The plan that takes this one back: each step that was `applied` reversed, in reverse order, with the states
    /// between which it changes swapped. An ordinary plan: it is checked, approved and applied like any other.
    pub fn undo(&self, applied: impl Fn(StepId) -> bool) -> Plan {
        let count = self.steps().len() as u32;
        let done: Vec<StepId> = (0..count).map(StepId).filter(|step| applied(*step)).collect();
        let position = |step: StepId| done.binary_search(&step).ok().map(|index| StepId((done.len() - 1 - index) as u32));
        let mut depends_on: Vec<Vec<StepId>> = vec![Vec::new(); done.len()];
        for step in &done {
            for earlier in &self.step(*step).depends_on {
                // What this step needed may be undone only after this step is.
                if let (Some(first), Some(then)) = (position(*step), position(*earlier)) {
                    depends_on[then.index()].push(first);
                }
            }
        }
        let steps = done.iter().rev().zip(depends_on).map(|(step, mut depends_on)| {
            depends_on.sort_unstable();
            Step { depends_on, ..reverse(self.step(*step)) }
        });
        let policy = super::Policy { on_failure: OnFailure::Stop, ..self.policy().clone() };
        Plan::from_steps(policy, steps.collect())
    }
}

fn reverse(step: &Step) -> Step {
    let Step { record, change, depends_on: _ } = step.clone();
    let change = match change {
        Change::Create { after, parent } => {
            Change::Delete { before: after, parent, children: crate::snapshot::WithChildren::Keep }
        }
        Change::Delete { before, parent, children: _ } => Change::Create { after: before, parent },
        Change::Update { before, after, moved } => {
            let restored: Attributes =
                after.keys().map(|name| (name.clone(), before.get(name).cloned().unwrap_or_default())).collect();
            let mut now = before;
            now.extend(after);
            let moved = moved.map(|Move { from, to }| Move { from: to, to: from });
            Change::Update { before: now, after: restored, moved }
        }
    };
    Step { record, change, depends_on: Vec::new() }
}
