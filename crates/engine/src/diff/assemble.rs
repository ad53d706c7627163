use std::collections::{HashMap, HashSet};

use super::compare::KindPair;
use super::element::{Action, Element, close};
use super::flags::DiffFlags;
use super::pairing::Pairing;
use super::problem::{Problem, Side};
use super::scope::Outside;
use crate::kind::KindName;
use crate::record::RecordFlags;
use crate::snapshot::{NO_ROW, RowId, Snapshot};

pub(super) struct Assembled {
    pub(super) elements: Vec<Element>,
    /// DiffSync's `skip`: a pair or lone record that a flag drops counts 1, whatever is below it; records of a kind
    /// that the other side does not have at this place count each.
    pub(super) skipped: u64,
    pub(super) problems: Vec<Problem>,
}

#[derive(Clone, Copy)]
struct Open {
    source: u32,
    target: u32,
    kind: u16,
}

enum Work {
    Open(Open),
    /// All that is below the element has been visited.
    Close(usize),
}

/// Puts the pairs in order: a walk over both trees without recursion, so that depth has no limit.
pub(super) struct Walk<'a> {
    source: &'a Snapshot,
    target: &'a Snapshot,
    pairing: &'a Pairing,
    flags: DiffFlags,
    outside: &'a Outside,
    kind_index: HashMap<&'a KindName, u16>,
    out: Assembled,
    pending: Vec<Work>,
    /// (parent kind, child kind) that were reported already.
    one_sided: HashSet<(u16, KindName)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        (source, target): (&'a Snapshot, &'a Snapshot),
        kinds: &'a [KindPair],
        pairing: &'a Pairing,
        flags: DiffFlags,
        outside: &'a Outside,
    ) -> Self {
        let elements = Vec::with_capacity(source.len().max(target.len()));
        Self {
            source,
            target,
            pairing,
            flags,
            outside,
            kind_index: kinds.iter().zip(0..).map(|(pair, index)| (&pair.name, index)).collect(),
            out: Assembled { elements, skipped: 0, problems: Vec::new() },
            pending: Vec::new(),
            one_sided: HashSet::new(),
        }
    }

    pub(super) fn assemble(mut self) -> Assembled {
        self.top_level();
        while let Some(work) = self.pending.pop() {
            match work {
                Work::Open(open) => self.open(open),
                Work::Close(index) => self.close(index),
            }
        }
        self.out
    }

    fn top_level(&mut self) {
        let (source, target) = (self.source.schema(), self.target.schema());
        let is_top = |schema: &crate::Schema, name: &KindName| {
            schema.id(name.as_str()).is_some_and(|id| schema.top_level().contains(&id))
        };
        for (side, snapshot, other) in [(Side::Source, self.source, target), (Side::Target, self.target, source)] {
            for id in snapshot.schema().top_level() {
                let name = snapshot.schema().kind(*id).name();
                let records = snapshot.count(name.as_str());
                if !is_top(other, name) && records > 0 {
                    self.out.skipped += records as u64;
                    self.out.problems.push(Problem::OneSidedKind { kind: name.clone(), side, below: None, records });
                }
            }
        }
        let first = self.pending.len();
        for id in target.top_level() {
            let name = target.kind(*id).name();
            let Some(from) = source.id(name.as_str()).filter(|from| source.top_level().contains(from)) else {
                continue;
            };
            let kind = self.kind_index[name];
            let sources = self.source.rows_of(from).filter(|row| self.source.parent_of(*row) == NO_ROW);
            let targets = self.target.rows_of(*id).filter(|row| self.target.parent_of(*row) == NO_ROW);
            Self::queue(&mut self.pending, self.pairing, kind, sources, targets);
        }
        self.pending[first..].reverse();
    }

    /// Source records in their order with what they are paired with, then records that only the target has. A target
    /// record whose pair hangs elsewhere is visited there.
    fn queue(
        pending: &mut Vec<Work>,
        pairing: &Pairing,
        kind: u16,
        sources: impl Iterator<Item = u32>,
        targets: impl Iterator<Item = u32>,
    ) {
        pending.extend(sources.map(|source| Work::Open(Open { source, target: pairing.target_of(source), kind })));
        let lone = targets.filter(|target| pairing.source_of(*target) == NO_ROW);
        pending.extend(lone.map(|target| Work::Open(Open { source: NO_ROW, target, kind })));
    }

    fn open(&mut self, open: Open) {
        let Open { source, target, kind } = open;
        if self.drops(source, target) {
            self.out.skipped += 1;
            return;
        }
        if self.outside.holds(source, target) {
            self.out.skipped += 1;
            self.queue_below(open);
            return;
        }
        let moved = source != NO_ROW && target != NO_ROW && !self.same_parent(source, target);
        let action = match (source, target) {
            (_, NO_ROW) => Action::Create,
            (NO_ROW, _) => Action::Delete,
            _ if moved || self.pairing.changed(source) => Action::Update,
            _ => Action::NoChange,
        };
        let index = self.out.elements.len();
        let differs = action != Action::NoChange;
        self.out.elements.push(Element { source, target, size: 1, kind, action, moved, differs });
        if self.has_children(open) {
            self.pending.push(Work::Close(index));
            self.queue_below(open);
        }
    }

    fn has_children(&self, Open { source, target, .. }: Open) -> bool {
        let any =
            |snapshot: &Snapshot, row: u32| row != NO_ROW && snapshot.record(RowId(row)).children().next().is_some();
        any(self.source, source) || any(self.target, target)
    }

    fn queue_below(&mut self, open: Open) {
        let first = self.pending.len();
        self.queue_children(open);
        self.pending[first..].reverse();
    }

    fn close(&mut self, index: usize) {
        close(&mut self.out.elements, index);
    }

    /// DiffSync's rules in its order: global flags win over those of a record.
    fn drops(&self, source: u32, target: u32) -> bool {
        let of = |snapshot: &Snapshot, row: u32| {
            if row == NO_ROW { RecordFlags::NONE } else { snapshot.flags_of(row) }
        };
        let (on_source, on_target) = (of(self.source, source), of(self.target, target));
        let create = target == NO_ROW;
        let delete = source == NO_ROW;
        (create && self.flags.contains(DiffFlags::SKIP_UNMATCHED_SRC))
            || (delete && self.flags.contains(DiffFlags::SKIP_UNMATCHED_DST))
            || (create && on_source.contains(RecordFlags::SKIP_UNMATCHED_SRC))
            || (delete && on_target.contains(RecordFlags::SKIP_UNMATCHED_DST))
            || on_source.contains(RecordFlags::IGNORE)
            || on_target.contains(RecordFlags::IGNORE)
    }

    fn same_parent(&self, source: u32, target: u32) -> bool {
        match (self.source.parent_of(source), self.target.parent_of(target)) {
            (NO_ROW, NO_ROW) => true,
            (NO_ROW, _) | (_, NO_ROW) => false,
            (above_source, above_target) => self.pairing.target_of(above_source) == above_target,
        }
    }

    /// When both sides have the parent, only child kinds that both declare are compared, in the source's order; else
    /// all of the one side.
    fn queue_children(&mut self, Open { source, target, kind }: Open) {
        let declared = |snapshot: &'a Snapshot, row: u32| {
            let kind = (row != NO_ROW).then(|| snapshot.kind_of(row));
            kind.into_iter().flat_map(|kind| kind.children().iter().map(|child| &child.kind))
        };
        let both = source != NO_ROW && target != NO_ROW;
        let on_source: Vec<&KindName> = declared(self.source, source).collect();
        let on_target: Vec<&KindName> = declared(self.target, target).collect();
        let first = if on_source.is_empty() && !both { &on_target } else { &on_source };
        for name in first {
            if both && !on_target.contains(name) {
                continue;
            }
            let sources = rows_below(self.source, source, name);
            let targets = rows_below(self.target, target, name);
            Self::queue(&mut self.pending, self.pairing, self.kind_index[name], sources, targets);
        }
        if both {
            for name in on_source.iter().filter(|name| !on_target.contains(name)) {
                self.skip_one_sided(Side::Source, self.source, source, kind, name);
            }
            for name in on_target.iter().filter(|name| !on_source.contains(name)) {
                self.skip_one_sided(Side::Target, self.target, target, kind, name);
            }
        }
    }

    fn skip_one_sided(&mut self, side: Side, snapshot: &'a Snapshot, row: u32, kind: u16, name: &KindName) {
        let records = rows_below(snapshot, row, name).count();
        self.out.skipped += records as u64;
        if records > 0 && self.one_sided.insert((kind, name.clone())) {
            let below = Some(snapshot.kind_of(row).name().clone());
            self.out.problems.push(Problem::OneSidedKind { kind: name.clone(), side, below, records });
        }
    }
}

/// Children of one kind, in the order in which they were linked.
fn rows_below<'a>(snapshot: &'a Snapshot, row: u32, kind: &'a KindName) -> impl Iterator<Item = u32> + 'a {
    let children = (row != NO_ROW).then(|| snapshot.record(RowId(row)).children());
    let id = snapshot.schema().id(kind.as_str());
    children.into_iter().flatten().map(|child| child.row().0).filter(move |row| Some(snapshot.kind_id(*row)) == id)
}
