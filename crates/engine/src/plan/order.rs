//! The order of steps: a graph of what must come before what, cycles broken in two steps, sorted so that the same diff
//! always gives the same order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::build::{Candidate, Covered, Index, attribute_fields};
use super::containment::Networks;
use super::step::StepAction;
use super::unmet::updates;
use crate::diff::{Diff, Problem};
use crate::kind::{Field, Kind};
use crate::record::RecordFlags;
use crate::snapshot::{Finder, NO_ROW};

/// What one step does, before it is written out.
#[derive(Debug)]
pub(super) enum Node {
    /// The candidate's change; references in `without` are null at that time, to break a cycle.
    Change { candidate: u32, without: Vec<usize> },
    /// Sets references that a create had to leave out.
    SetReferences { candidate: u32, references: Vec<usize> },
    /// Clears references that would keep a delete from being made: of the candidate's record, or of the one at target row
    /// `covered`, which goes together with it.
    ClearReferences { candidate: u32, covered: Option<u32>, references: Vec<usize> },
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    on: u32,
    /// The reference that asks for this order; without it the edge cannot be broken.
    reference: Option<usize>,
    /// The target row of the record whose reference it is, when that goes together with the record of the step.
    covered: Option<u32>,
}

/// Phase and position: what is ready first is done in this order.
type Priority = (Phase, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Make,
    Remove,
}

#[derive(Debug)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    priorities: Vec<Priority>,
    edges: Vec<Vec<Edge>>,
}

impl Graph {
    fn of(candidates: &[Candidate]) -> Self {
        let last = candidates.len() as u32;
        let priority = |(candidate, position): (&Candidate, u32)| match candidate.action {
            StepAction::Create | StepAction::Update => (Phase::Make, position),
            StepAction::Delete => (Phase::Remove, last - position),
        };
        Self {
            nodes: (0..last).map(|candidate| Node::Change { candidate, without: Vec::new() }).collect(),
            priorities: candidates.iter().zip(0..).map(priority).collect(),
            edges: vec![Vec::new(); candidates.len()],
        }
    }

    pub(super) fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    pub(super) fn dependencies(&self, node: u32) -> impl Iterator<Item = u32> {
        self.edges[node as usize].iter().map(|edge| edge.on)
    }

    fn depend(&mut self, node: u32, on: u32, reference: Option<usize>) {
        self.edges[node as usize].push(Edge { on, reference, covered: None });
    }

    /// The delete `node` waits for the delete `on`, since a record at a target row that goes together with that one's
    /// refers to what `node` deletes.
    fn depend_on_covered(&mut self, node: u32, (on, row): (u32, u32), reference: Option<usize>) {
        self.edges[node as usize].push(Edge { on, reference, covered: Some(row) });
    }

    fn push(&mut self, node: Node, priority: Priority) -> u32 {
        self.nodes.push(node);
        self.priorities.push(priority);
        self.edges.push(Vec::new());
        (self.nodes.len() - 1) as u32
    }

    /// Every node after those that it depends on; among those that could be next, the one of lowest priority first.
    /// Nodes on a cycle and after one are left out.
    pub(super) fn topological(&self) -> Vec<u32> {
        let mut missing: Vec<usize> = self.edges.iter().map(Vec::len).collect();
        let mut dependants: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (node, edges) in self.edges.iter().zip(0..).map(|(edges, node)| (node, edges)) {
            edges.iter().for_each(|edge| dependants[edge.on as usize].push(node));
        }
        let entry = |node: u32| Reverse((self.priorities[node as usize], node));
        let free = (0..self.nodes.len() as u32).filter(|node| missing[*node as usize] == 0);
        let mut ready: BinaryHeap<_> = free.map(entry).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse((_, node))) = ready.pop() {
            order.push(node);
            for dependant in &dependants[node as usize] {
                missing[*dependant as usize] -= 1;
                if missing[*dependant as usize] == 0 {
                    ready.push(entry(*dependant));
                }
            }
        }
        order
    }

    /// Makes the graph acyclic: of each cycle, the step that comes first lets go of its references into the cycle and
    /// a second step sets (or, before deletes, clears) them. Returns the nodes whose identifiers alone hold a cycle.
    fn break_cycles(&mut self) -> Vec<u32> {
        /// Looking for cycles costs a pass over the whole graph. Entangled ones that are left after so many passes are
        /// broken at once, with more second steps than there need be.
        const FRUGAL_PASSES: usize = 16;
        let mut unbreakable = Vec::new();
        for pass in 0.. {
            let components = self.cycles();
            if components.is_empty() {
                break;
            }
            for component in components {
                if pass < FRUGAL_PASSES || !self.break_at_once(&component) {
                    self.break_one(&component, &mut unbreakable);
                }
            }
        }
        unbreakable
    }

    /// Breaks the references of the first step of a cycle that has any into the cycle.
    fn break_one(&mut self, component: &[u32], unbreakable: &mut Vec<u32>) {
        let inside = |edge: &Edge| component.binary_search(&edge.on).is_ok();
        let mut members = component.to_vec();
        members.sort_by_key(|node| self.priorities[*node as usize]);
        let breakable = members.iter().copied().find_map(|node| {
            let edges = self.edges[node as usize].iter().copied();
            let edges: Vec<Edge> = edges.filter(|edge| inside(edge) && edge.reference.is_some()).collect();
            (!edges.is_empty()).then_some((node, edges))
        });
        if let Some((node, broken)) = breakable {
            self.edges[node as usize].retain(|edge| !(inside(edge) && edge.reference.is_some()));
            self.take_second_step(node, broken);
        } else {
            // Only identifiers hold this cycle together; such records cannot be made by any order of steps.
            let node = members[0];
            self.edges[node as usize].retain(|edge| !inside(edge));
            unbreakable.push(node);
        }
    }

    /// Breaks every reference of an entangled component to a step that does not come earlier. False when none does.
    fn break_at_once(&mut self, component: &[u32]) -> bool {
        let mut any = false;
        for node in component {
            let rank = (self.priorities[*node as usize], *node);
            let (broken, rest): (Vec<Edge>, Vec<Edge>) = self.edges[*node as usize].iter().partition(|edge| {
                let later = (self.priorities[edge.on as usize], edge.on) >= rank;
                later && edge.reference.is_some() && component.binary_search(&edge.on).is_ok()
            });
            if !broken.is_empty() {
                any = true;
                self.edges[*node as usize] = rest;
                self.take_second_step(*node, broken);
            }
        }
        any
    }

    /// Adds the steps that make up for edges that were taken from `node`.
    fn take_second_step(&mut self, node: u32, broken: Vec<Edge>) {
        match self.priorities[node as usize] {
            (Phase::Make, position) => {
                let Node::Change { candidate, without } = &mut self.nodes[node as usize] else { return };
                let candidate = *candidate;
                let references: Vec<usize> = broken.iter().filter_map(|edge| edge.reference).collect();
                without.extend(&references);
                let second = self.push(Node::SetReferences { candidate, references }, (Phase::Make, position));
                self.depend(second, node, None);
                broken.iter().filter(|edge| edge.on != node).for_each(|edge| self.depend(second, edge.on, None));
            }
            (Phase::Remove, position) => {
                for Edge { on, reference, covered } in broken {
                    let Node::Change { candidate, without } = &mut self.nodes[on as usize] else { continue };
                    let candidate = *candidate;
                    let references: Vec<usize> = reference.into_iter().collect();
                    if covered.is_none() {
                        without.extend(&references);
                    }
                    let first = Node::ClearReferences { candidate, covered, references };
                    let first = self.push(first, (Phase::Remove, position));
                    self.depend(node, first, None);
                    if on != node {
                        self.depend(on, first, None);
                    }
                }
            }
        }
    }

    /// Strongly connected components that contain a cycle, each sorted (Tarjan's algorithm without recursion).
    fn cycles(&self) -> Vec<Vec<u32>> {
        let reached = self.topological();
        if reached.len() == self.nodes.len() {
            return Vec::new();
        }
        let mut done = vec![false; self.nodes.len()];
        reached.iter().for_each(|node| done[*node as usize] = true);
        let mut search = Search {
            graph: self,
            number: vec![0; self.nodes.len()],
            low: vec![0; self.nodes.len()],
            on_stack: vec![false; self.nodes.len()],
            stack: Vec::new(),
            next: 1,
            found: Vec::new(),
        };
        for node in 0..self.nodes.len() as u32 {
            if !done[node as usize] && search.number[node as usize] == 0 {
                search.visit(node);
            }
        }
        search.found
    }
}

struct Search<'g> {
    graph: &'g Graph,
    number: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    next: u32,
    found: Vec<Vec<u32>>,
}

impl Search<'_> {
    fn enter(&mut self, node: u32) {
        self.number[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node as usize] = true;
    }

    fn visit(&mut self, root: u32) {
        let mut path: Vec<(u32, usize)> = vec![(root, 0)];
        self.enter(root);
        while let Some((node, edge)) = path.pop() {
            let at = node as usize;
            if let Some(next) = self.graph.edges[at].get(edge).map(|edge| edge.on) {
                path.push((node, edge + 1));
                if self.number[next as usize] == 0 {
                    self.enter(next);
                    path.push((next, 0));
                } else if self.on_stack[next as usize] {
                    self.low[at] = self.low[at].min(self.number[next as usize]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                let parent = *parent as usize;
                self.low[parent] = self.low[parent].min(self.low[at]);
            }
            if self.low[at] == self.number[at] {
                self.close(node);
            }
        }
    }

    fn close(&mut self, root: u32) {
        let mut component = Vec::new();
        while let Some(node) = self.stack.pop() {
            self.on_stack[node as usize] = false;
            component.push(node);
            if node == root {
                break;
            }
        }
        let itself = |node: u32| self.graph.edges[node as usize].iter().any(|edge| edge.on == node);
        if component.len() > 1 || itself(root) {
            component.sort_unstable();
            self.found.push(component);
        }
    }
}

/// Parents and referenced records first, deletes last and in reverse.
pub(super) fn by_references(
    diff: &Diff<'_>,
    candidates: &[Candidate],
    covered: &[Covered],
    index: &Index,
    problems: &mut Vec<Problem>,
) -> Graph {
    let (source, target) = (diff.source(), diff.target());
    let (in_source, in_target) = (Finder::new(source), Finder::new(target));
    let mut graph = Graph::of(candidates);
    let action = |number: u32| candidates[number as usize].action;
    let removed = |row: u32| index.of_target(row).filter(|number| action(*number) == StepAction::Delete);
    // Ends of the subtrees of moved elements that the present one lies in, and their nodes.
    let mut moved_above: Vec<(usize, u32)> = Vec::new();
    for (candidate, node) in candidates.iter().zip(0u32..) {
        let Candidate { source: from, target: to, action: does, moved, element } = *candidate;
        if from != NO_ROW {
            let parent = source.parent_of(from);
            let made = index.of_source(parent).filter(|number| action(*number) == StepAction::Create);
            made.into_iter().for_each(|number| graph.depend(node, number, None));
            let kind = source.kind_of(from);
            for (reference, number) in kind.references().iter().zip(0..) {
                let needed = in_source.referenced(from, reference);
                let needed = needed.into_iter().filter_map(|row| index.of_source(row));
                // An update that leaves the reference to its target does not wait for what the source refers to.
                let needed = needed.filter(|needed| action(*needed) == StepAction::Create);
                let written = || does == StepAction::Create || updates(diff, candidate, reference);
                for needed in needed.filter(|_| written()) {
                    graph.depend(node, needed, breakable(kind, number));
                }
            }
        }
        if moved {
            // What it moves below may still hang below it; that moves away first.
            while moved_above.pop_if(|(end, _)| *end <= element).is_some() {}
            moved_above.iter().last().into_iter().for_each(|(_, above)| graph.depend(node, *above, None));
            moved_above.push((element + diff.element(element).size(), node));
        }
        if to == NO_ROW {
            continue;
        }
        if does == StepAction::Delete || moved {
            let parent = removed(target.parent_of(to));
            parent.into_iter().for_each(|parent| graph.depend(parent, node, None));
        }
        let kind = target.kind_of(to);
        for (reference, number) in kind.references().iter().zip(0..) {
            let referenced = in_target.referenced(to, reference).into_iter().filter_map(removed);
            let breakable = breakable(kind, number);
            // A record that refers to itself lets go of itself first, so that an undo can take it back in two steps.
            for referenced in referenced.filter(|referenced| *referenced != node || breakable.is_some()) {
                graph.depend(referenced, node, breakable);
            }
        }
    }
    for Covered { row, by } in covered {
        let Some(node) = removed(*by) else { continue };
        let kind = target.kind_of(*row);
        for (reference, number) in kind.references().iter().zip(0..) {
            let referenced = in_target.referenced(*row, reference).into_iter().filter_map(removed);
            for referenced in referenced.filter(|referenced| *referenced != node) {
                graph.depend_on_covered(referenced, (node, *row), breakable(kind, number));
            }
        }
    }
    contain(diff, candidates, index, &mut graph);
    report_unbreakable(diff, candidates, &mut graph, problems);
    graph
}

/// A new address waits for the network that will cover it; a network is deleted after the addresses in it.
fn contain(diff: &Diff<'_>, candidates: &[Candidate], index: &Index, graph: &mut Graph) {
    let action = |number: &u32| candidates[*number as usize].action;
    for (snapshot, wanted) in [(diff.source(), StepAction::Create), (diff.target(), StepAction::Delete)] {
        let schema = snapshot.schema();
        for (kind, containment) in
            schema.kinds().flat_map(|(id, kind)| kind.containments().iter().map(move |c| (id, c)))
        {
            let Some(within) = schema.id(containment.within.as_str()) else { continue };
            let of = |row: u32| match wanted {
                StepAction::Delete => index.of_target(row),
                StepAction::Create | StepAction::Update => index.of_source(row),
            };
            let networks = Networks::new(snapshot, containment, within);
            for row in snapshot.rows_of(kind) {
                let Some(node) = of(row).filter(|number| action(number) == wanted) else { continue };
                let network = networks.covering(row).and_then(of).filter(|number| action(number) == wanted);
                match (network.filter(|network| *network != node), wanted) {
                    (Some(network), StepAction::Delete) => graph.depend(network, node, None),
                    (Some(network), _) => graph.depend(node, network, None),
                    (None, _) => {}
                }
            }
        }
    }
}

/// The number of a reference that can be null for a while: it has attributes, and all of them take null.
fn breakable(kind: &Kind, number: usize) -> Option<usize> {
    let mut fields = attribute_fields(&kind.references()[number]).map(|index| &kind.attributes()[index]).peekable();
    (fields.peek().is_some() && fields.all(Field::takes_null)).then_some(number)
}

fn report_unbreakable(diff: &Diff<'_>, candidates: &[Candidate], graph: &mut Graph, problems: &mut Vec<Problem>) {
    for node in graph.break_cycles() {
        let record = diff.element(candidates[node as usize].element).record();
        problems.push(Problem::IdentifierCycle { record: record.identity() });
    }
}

/// The order of the elements. A step waits for the nearest step above it, so that what is below a failed step is not
/// tried; a delete that is flagged `NATURAL_DELETION_ORDER` waits for everything below it instead. A delete also waits
/// for what moves away from below it.
pub(super) fn as_diffsync(
    diff: &Diff<'_>,
    candidates: &[Candidate],
    index: &Index,
    problems: &mut Vec<Problem>,
) -> Graph {
    struct Above {
        end: usize,
        candidate: u32,
        natural: bool,
        /// The nearest step that is natural, and the nearest that is not, this one included.
        nearest: [Option<u32>; 2],
    }
    let target = diff.target();
    let mut graph = Graph::of(candidates);
    let mut open: Vec<Above> = Vec::new();
    let mut order: Vec<u32> = Vec::with_capacity(candidates.len());
    let close = |open: &mut Vec<Above>, order: &mut Vec<u32>, position: usize| {
        while let Some(above) = open.pop_if(|above| above.end <= position) {
            if above.natural {
                order.push(above.candidate);
            }
        }
    };
    for (candidate, node) in candidates.iter().zip(0u32..) {
        close(&mut open, &mut order, candidate.element);
        let element = diff.element(candidate.element);
        let [natural_above, plain_above] = open.last().map_or([None; 2], |above| above.nearest);
        natural_above.into_iter().for_each(|above| graph.depend(above, node, None));
        plain_above.into_iter().for_each(|above| graph.depend(node, above, None));
        if candidate.moved && candidate.target != NO_ROW {
            let left = index.of_target(target.parent_of(candidate.target));
            let left = left.filter(|left| candidates[*left as usize].action == StepAction::Delete);
            left.into_iter().for_each(|left| graph.depend(left, node, None));
        }
        let natural = candidate.action == StepAction::Delete
            && element.target().is_some_and(|target| target.flags().contains(RecordFlags::NATURAL_DELETION_ORDER));
        if !natural {
            order.push(node);
        }
        let nearest = if natural { [Some(node), plain_above] } else { [natural_above, Some(node)] };
        open.push(Above { end: candidate.element + element.size(), candidate: node, natural, nearest });
    }
    close(&mut open, &mut order, usize::MAX);
    for (node, position) in order.iter().zip(0..) {
        graph.priorities[*node as usize] = (Phase::Make, position);
    }
    report_unbreakable(diff, candidates, &mut graph, problems);
    graph
}
