use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::kind::KindName;
use crate::plan::{Plan, StepAction, StepId};

/// Steps that are ready, in one queue for each kind and action: what a target can do in one go.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    /// By step: its queue.
    group_of: Vec<u16>,
    groups: Vec<BinaryHeap<Reverse<StepId>>>,
}

impl Ready {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut numbers: HashMap<(&KindName, StepAction), u16> = HashMap::new();
        let mut group_of = Vec::with_capacity(plan.len());
        for step in plan.steps() {
            let next = numbers.len() as u16;
            group_of.push(*numbers.entry((&step.record.kind, step.action())).or_insert(next));
        }
        let groups = vec![BinaryHeap::new(); numbers.len()];
        Self { group_of, groups }
    }

    pub(super) fn push(&mut self, step: StepId) {
        let group = self.group(step);
        self.groups[usize::from(group)].push(Reverse(step));
    }

    pub(super) fn group(&self, step: StepId) -> u16 {
        self.group_of[step.index()]
    }

    /// The step that comes first in the plan.
    pub(super) fn first(&self) -> Option<StepId> {
        self.groups.iter().filter_map(BinaryHeap::peek).map(|Reverse(step)| *step).min()
    }

    /// The step of a queue that comes first in the plan.
    pub(super) fn first_of(&self, group: u16) -> Option<StepId> {
        self.groups[usize::from(group)].peek().map(|Reverse(step)| *step)
    }

    pub(super) fn pop(&mut self, group: u16) {
        self.groups[usize::from(group)].pop();
    }

    pub(super) fn clear(&mut self) {
        self.groups.iter_mut().for_each(BinaryHeap::clear);
    }
}
