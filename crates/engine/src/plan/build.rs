use super::deletes;
use super::order::{self, Graph, Node};
use super::step::{Change, Move, Step, StepAction, StepId, Withheld, WithheldReason};
use super::unmet::unmet;
use super::{AttributeScope, Plan, Policy, StepOrder};
use crate::diff::{Action, Diff, ElementRef};
use crate::kind::{Permit, Reference, Slot};
use crate::record::{Attributes, RecordFlags};
use crate::snapshot::{NO_ROW, RecordRef, RowId, WithChildren};
use crate::value::Value;

/// A change that may become a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) source: u32,
    pub(super) target: u32,
    pub(super) action: StepAction,
    pub(super) moved: bool,
    /// Position of the element in the diff.
    pub(super) element: usize,
}

/// A record that the target removes by itself together with the record at target row `by`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered {
    pub(super) row: u32,
    pub(super) by: u32,
}

/// Candidates by row, for finding the step of a parent or a referenced record.
#[derive(Debug)]
pub(super) struct Index {
    by_source: Vec<u32>,
    by_target: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Index {
    fn new(diff: &Diff<'_>, candidates: &[Candidate], covered: &[Covered]) -> Self {
        let mut index = Index {
            by_source: vec![NONE; diff.source().row_count()],
            by_target: vec![NONE; diff.target().row_count()],
        };
        for (candidate, number) in candidates.iter().zip(0..) {
            if candidate.source != NO_ROW {
                index.by_source[candidate.source as usize] = number;
            }
            if candidate.target != NO_ROW {
                index.by_target[candidate.target as usize] = number;
            }
        }
        for Covered { row, by } in covered {
            index.by_target[*row as usize] = index.by_target[*by as usize];
        }
        index
    }

    pub(super) fn of_source(&self, row: u32) -> Option<u32> {
        self.by_source.get(row as usize).copied().filter(|number| *number != NONE)
    }

    /// The candidate that changes the record or deletes it, perhaps together with one above it.
    pub(super) fn of_target(&self, row: u32) -> Option<u32> {
        self.by_target.get(row as usize).copied().filter(|number| *number != NONE)
    }
}

/// Turns a diff into ordered steps. Cannot fail: what may not or cannot be done is withheld, with its reason.
pub fn plan(diff: &Diff<'_>, policy: &Policy) -> Plan {
    let mut withheld = Vec::new();
    let (mut candidates, covered) = permitted(diff, policy, &mut withheld);
    let mut deletes = deletes::decide(diff, &candidates, &covered, |_| true);
    let unmet = unmet(diff, &candidates, policy.attributes, |row| deletes.stays(row));
    if !unmet.is_empty() {
        // A record whose update is not made still needs what it hangs below and refers to now.
        deletes = deletes::decide(diff, &candidates, &covered, |row| !unmet.contains_key(&row));
    }
    candidates.retain(|candidate| {
        let reason = match candidate.action {
            StepAction::Delete => deletes.kept(candidate.target),
            StepAction::Create | StepAction::Update => unmet.get(&candidate.source),
        };
        if let Some(reason) = reason {
            let record = diff.element(candidate.element).record().identity();
            withheld.push(Withheld { record, action: candidate.action, reason: reason.clone() });
        }
        reason.is_none()
    });
    let index = Index::new(diff, &candidates, &covered);
    let mut problems = diff.problems().to_vec();
    let graph = match policy.order {
        StepOrder::References => order::by_references(diff, &candidates, &covered, &index, &mut problems),
        StepOrder::Diffsync => order::as_diffsync(diff, &candidates, &index, &mut problems),
    };
    let steps = Builder { diff, policy, candidates: &candidates, graph: &graph }.steps();
    Plan::assemble(policy.clone(), steps, withheld, problems)
}

/// The changes that the policy allows, in the order of the diff, and the deletes that need no steps of their own. What
/// the policy or a flag protects below a record whose target removes its children is not among these.
fn permitted(diff: &Diff<'_>, policy: &Policy, withheld: &mut Vec<Withheld>) -> (Vec<Candidate>, Vec<Covered>) {
    let mut candidates = Vec::new();
    let mut covered = Vec::new();
    // End of the subtree below a record whose target removes its children, and that record.
    let mut cascade: Option<(usize, u32)> = None;
    for (position, element) in diff.elements().enumerate() {
        cascade = cascade.filter(|(end, _)| position < *end);
        let row = |record: Option<RecordRef<'_>>| record.map_or(NO_ROW, |record| record.row().0);
        let action = match element.action() {
            Action::NoChange => continue,
            Action::Create => StepAction::Create,
            Action::Update => StepAction::Update,
            Action::Delete => StepAction::Delete,
        };
        let (source, target) = (row(element.source()), row(element.target()));
        if policy.permit(element.declaration(), action) == Permit::Forbid {
            withheld.push(Withheld { record: element.record().identity(), action, reason: WithheldReason::NotAllowed });
            continue;
        }
        if action == StepAction::Delete {
            if let Some((_, by)) = cascade {
                covered.push(Covered { row: target, by });
                continue;
            }
            if removes_children(element) {
                cascade = Some((position + element.size(), target));
            }
        }
        candidates.push(Candidate { source, target, action, moved: element.is_moved(), element: position });
    }
    (candidates, covered)
}

fn removes_children(element: ElementRef<'_, '_>) -> bool {
    element.target().is_some_and(|target| target.flags().contains(RecordFlags::SKIP_CHILDREN_ON_DELETE))
}

struct Builder<'b, 's> {
    diff: &'b Diff<'s>,
    policy: &'b Policy,
    candidates: &'b [Candidate],
    graph: &'b Graph,
}

impl Builder<'_, '_> {
    fn steps(&self) -> Vec<Step> {
        let order = self.graph.topological();
        let mut position = vec![StepId(0); order.len()];
        for (node, number) in order.iter().zip(0..) {
            position[*node as usize] = StepId(number);
        }
        order
            .iter()
            .map(|node| {
                let mut depends_on: Vec<StepId> =
                    self.graph.dependencies(*node).map(|node| position[node as usize]).collect();
                depends_on.sort_unstable();
                depends_on.dedup();
                self.step(*node, depends_on)
            })
            .collect()
    }

    fn step(&self, node: u32, depends_on: Vec<StepId>) -> Step {
        match self.graph.node(node) {
            Node::Change { candidate, without } => self.change(*candidate, without, depends_on),
            Node::SetReferences { candidate, references } => {
                let record = self.source(*candidate);
                let full = self.written(*candidate);
                let mut before = full.clone();
                null_out(&mut before, record, references);
                let names = field_names(record, references);
                let after = full.into_iter().filter(|(name, _)| names.contains(name)).collect();
                let change = Change::Update { before, after, moved: None };
                Step { record: record.identity(), change, depends_on }
            }
            Node::ClearReferences { candidate, covered, references } => {
                let record =
                    covered.map_or_else(|| self.target(*candidate), |row| self.diff.target().record(RowId(row)));
                let before = record.attributes();
                let after = field_names(record, references).into_iter().map(|name| (name, Value::Null)).collect();
                let change = Change::Update { before, after, moved: None };
                Step { record: record.identity(), change, depends_on }
            }
        }
    }

    fn change(&self, number: u32, without: &[usize], depends_on: Vec<StepId>) -> Step {
        let candidate = self.candidates[number as usize];
        let parent = |record: RecordRef<'_>| record.parent().map(RecordRef::identity);
        match candidate.action {
            StepAction::Create => {
                let record = self.source(number);
                let mut after = self.written(number);
                null_out(&mut after, record, without);
                let change = Change::Create { after, parent: parent(record) };
                Step { record: record.identity(), change, depends_on }
            }
            StepAction::Update => {
                let (source, target) = (self.source(number), self.target(number));
                let element = self.diff.element(candidate.element);
                let after = element.changes().into_iter().map(|change| (change.name, change.after)).collect();
                let moved = candidate.moved.then(|| Move { from: parent(target), to: parent(source) });
                let change = Change::Update { before: target.attributes(), after, moved };
                Step { record: target.identity(), change, depends_on }
            }
            StepAction::Delete => {
                let record = self.target(number);
                let mut before = record.attributes();
                null_out(&mut before, record, without);
                let cascade = record.flags().contains(RecordFlags::SKIP_CHILDREN_ON_DELETE);
                let children = if cascade { WithChildren::Remove } else { WithChildren::Keep };
                let change = Change::Delete { before, parent: parent(record), children };
                Step { record: record.identity(), change, depends_on }
            }
        }
    }

    /// The attributes that a new record gets.
    fn written(&self, number: u32) -> Attributes {
        let record = self.source(number);
        let mut attributes = record.attributes();
        let known = self.diff.target().schema().get(record.kind().name().as_str());
        if let (AttributeScope::Shared, Some(known)) = (self.policy.attributes, known) {
            attributes.retain(|name, _| matches!(known.slot(name), Some(Slot::Attribute(_))));
        }
        attributes
    }

    fn source(&self, number: u32) -> RecordRef<'_> {
        self.diff.source().record(RowId(self.candidates[number as usize].source))
    }

    fn target(&self, number: u32) -> RecordRef<'_> {
        self.diff.target().record(RowId(self.candidates[number as usize].target))
    }
}

/// The attributes that make up some of a record's references.
fn field_names(record: RecordRef<'_>, references: &[usize]) -> Vec<String> {
    let kind = record.kind();
    let fields = references.iter().flat_map(|index| attribute_fields(&kind.references()[*index]));
    fields.map(|index| kind.attributes()[index].name().to_owned()).collect()
}

pub(super) fn attribute_fields(reference: &Reference) -> impl Iterator<Item = usize> {
    reference.fields.iter().flatten().filter_map(|slot| match slot {
        Slot::Attribute(index) => Some(*index),
        Slot::Identifier(_) => None,
    })
}

fn null_out(attributes: &mut Attributes, record: RecordRef<'_>, references: &[usize]) {
    for name in field_names(record, references) {
        if let Some(value) = attributes.get_mut(&name) {
            *value = Value::Null;
        }
    }
}
