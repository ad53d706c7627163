use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::{Change, Move, OnFailure, Plan, Policy, Step, StepAction, StepId, StepOrder};
use crate::kind::KindName;
use crate::record::{Attributes, Identity};
use crate::snapshot::WithChildren;

impl Plan {
    /// The plan that takes this one back: each step that was `applied` reversed, in reverse order as far as parents
    /// allow, with the states between which it changes swapped. An ordinary plan: it is checked, approved and applied
    /// like any other.
    ///
    /// What a target removed by itself together with a record was not part of the plan and is not part of this one; whoever
    /// knows it adds it. Flags do not come back. In DiffSync's order a parent is deleted before what is below it: a run that
    /// ended between the two left records without a parent, and they do not get it back.
    pub fn undo(&self, applied: impl Fn(StepId) -> bool) -> Plan {
        let all = (0..self.len() as u32).map(StepId);
        let done: Vec<&Step> = all.clone().filter(|step| applied(*step)).map(|step| self.step(step)).collect();
        let mut position = vec![None; self.len()];
        all.filter(|step| applied(*step)).zip(0..).for_each(|(step, at)| position[step.index()] = Some(at));
        let needs = self.needs_of_undo(&done, &position);
        let order = sorted(&needs);
        let mut number = vec![StepId(0); done.len()];
        order.iter().zip(0..).for_each(|(step, at)| number[*step] = StepId(at));
        let steps = order.iter().map(|step| {
            let earlier = needs[*step].iter().map(|needed| number[*needed]);
            let mut depends_on: Vec<StepId> = earlier.filter(|needed| *needed < number[*step]).collect();
            depends_on.sort_unstable();
            depends_on.dedup();
            Step { depends_on, ..reversed(done[*step]) }
        });
        let policy = Policy { on_failure: OnFailure::Stop, ..self.policy().clone() };
        Self::assemble(policy, steps.collect(), Vec::new(), Vec::new())
    }

    /// By position in `done`: the steps that have to be taken back before this one.
    fn needs_of_undo(&self, done: &[&Step], position: &[Option<usize>]) -> Vec<Vec<usize>> {
        let mut needs: Vec<Vec<usize>> = vec![Vec::new(); done.len()];
        let deletes = |step: &Step| step.action() == StepAction::Delete;
        for (at, step) in done.iter().enumerate() {
            for earlier in step.depends_on.iter().filter_map(|earlier| position[earlier.index()]) {
                // In DiffSync's order what is below a deleted record is deleted after it; it cannot come back before.
                let downwards = self.policy().order == StepOrder::Diffsync && deletes(step) && deletes(done[earlier]);
                if !downwards {
                    needs[earlier].push(at);
                }
            }
        }
        let key = |record: &Identity| -> (KindName, Vec<u8>) { (record.kind.clone(), record.key.encode()) };
        let deleted: HashMap<(KindName, Vec<u8>), usize> = done
            .iter()
            .enumerate()
            .filter(|(_, step)| deletes(step))
            .map(|(at, step)| (key(&step.record), at))
            .collect();
        for (at, step) in done.iter().enumerate() {
            if let Change::Delete { parent: Some(parent), .. } = &step.change {
                needs[at].extend(deleted.get(&key(parent)));
            }
        }
        needs
    }
}

/// Positions in an order in which each comes after its needs, the last first among those that are free.
fn sorted(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|needed| dependants[*needed].push(at));
    }
    let mut free: BinaryHeap<usize> = (0..needs.len()).filter(|at| missing[*at] == 0).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(at) = free.pop() {
        order.push(at);
        for dependant in &dependants[at] {
            missing[*dependant] -= 1;
            if missing[*dependant] == 0 {
                free.push(*dependant);
            }
        }
    }
    // Only a stored plan that no planner made can hold its deletes in a circle; it is undone in reverse.
    let mut left: Vec<usize> = (0..needs.len()).filter(|at| missing[*at] > 0).collect();
    left.sort_unstable_by_key(|at| Reverse(*at));
    order.extend(left);
    order
}

fn reversed(step: &Step) -> Step {
    let Step { record, change, depends_on: _ } = step.clone();
    let change = match change {
        Change::Create { after, parent } => Change::Delete { before: after, parent, children: WithChildren::Keep },
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
