use std::collections::HashMap;

use crate::kind::{Field, Kind, KindId, KindName, Owner};
use crate::snapshot::Snapshot;
use crate::value::{Value, skip};

/// An attribute that both sides know and that is compared.
#[derive(Debug)]
pub(super) struct Shared {
    /// Which of the source's attributes it is, and which of the target's.
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) owner: Owner,
}

/// One kind as both sides know it.
#[derive(Debug)]
pub(super) struct KindPair {
    pub(super) name: KindName,
    pub(super) source: Option<KindId>,
    pub(super) target: Option<KindId>,
    /// In the target's order.
    shared: Vec<Shared>,
    /// Both sides know the same attributes in the same order, so that whole rows can be compared.
    aligned: bool,
}

/// The kinds of both sides by name: the source's first, then those that only the target has.
pub(super) fn pair_kinds(source: &Snapshot, target: &Snapshot) -> Vec<KindPair> {
    let (source, target) = (source.schema(), target.schema());
    let from_source = source.kinds().map(|(id, kind)| (kind.name(), Some(id), target.id(kind.name().as_str())));
    let only_target = target
        .kinds()
        .filter(|(_, kind)| source.id(kind.name().as_str()).is_none())
        .map(|(id, kind)| (kind.name(), None, Some(id)));
    from_source
        .chain(only_target)
        .map(|(name, source_id, target_id)| {
            let shared = match (source_id, target_id) {
                (Some(from), Some(to)) => shared(source.kind(from), target.kind(to)),
                _ => Vec::new(),
            };
            let aligned = source_id.zip(target_id).is_some_and(|(from, to)| {
                let names = |kind| Kind::attributes(kind).iter().map(Field::name);
                names(source.kind(from)).eq(names(target.kind(to)))
            });
            KindPair { name: name.clone(), source: source_id, target: target_id, shared, aligned }
        })
        .collect()
}

/// What the target owns is not compared.
fn shared(source: &Kind, target: &Kind) -> Vec<Shared> {
    let sources: HashMap<&str, usize> =
        source.attributes().iter().enumerate().map(|(index, field)| (field.name(), index)).collect();
    let targets = target.attributes().iter().enumerate().filter(|(_, field)| field.owner() != Owner::Target);
    targets
        .filter_map(|(target, field)| {
            Some(Shared { source: *sources.get(field.name())?, target, owner: field.owner() })
        })
        .collect()
}

impl KindPair {
    pub(super) fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// Whether any shared attribute differs. `source` and `target` are the attribute bytes of two rows.
    #[inline]
    pub(super) fn differs(&self, source: &[u8], target: &[u8], scratch: &mut Scratch) -> bool {
        if self.aligned && source == target {
            return false;
        }
        scratch.split(source, target);
        self.shared.iter().any(|shared| scratch.differ(shared))
    }
}

/// Whether two values that are not equal are a difference all the same.
#[cold]
fn settles(owner: Owner, source: &[u8], target: &[u8]) -> bool {
    let value = |bytes| Value::decode_prefix(bytes).expect("a snapshot holds canonical values").0;
    owner.settle(&value(source), &value(target)).is_some()
}

/// Ends of the values of two rows; reused from pair to pair.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    source: Vec<u8>,
    target: Vec<u8>,
    source_ends: Vec<usize>,
    target_ends: Vec<usize>,
}

const NULL: &[u8] = &[0];

impl Scratch {
    fn split(&mut self, source: &[u8], target: &[u8]) {
        self.source.clear();
        self.source.extend_from_slice(source);
        self.target.clear();
        self.target.extend_from_slice(target);
        ends(source, &mut self.source_ends);
        ends(target, &mut self.target_ends);
    }

    fn differ(&self, shared: &Shared) -> bool {
        let source = value_at(&self.source, &self.source_ends, shared.source);
        let target = value_at(&self.target, &self.target_ends, shared.target);
        source != target && (shared.owner == Owner::Source || settles(shared.owner, source, target))
    }
}

fn ends(bytes: &[u8], ends: &mut Vec<usize>) {
    ends.clear();
    let mut at = 0;
    while at < bytes.len() {
        at += skip(&bytes[at..]).expect("a snapshot holds canonical values");
        ends.push(at);
    }
}

/// The bytes of the value at `index`; null beyond the end, as for a field that was learnt later.
fn value_at<'b>(bytes: &'b [u8], ends: &[usize], index: usize) -> &'b [u8] {
    let Some(end) = ends.get(index) else { return NULL };
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &bytes[start..*end]
}
