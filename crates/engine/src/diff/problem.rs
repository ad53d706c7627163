use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::compare::KindPair;
use super::pairing::Pairing;
use super::scope::ScopeProblem;
use crate::kind::{KindId, KindName};
use crate::record::{Identity, Key};
use crate::snapshot::{NO_ROW, Snapshot};
use crate::value::{TEXT_TAG, Value, skip};

/// One of the two sides of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Source,
    Target,
}

/// Something that was not compared, and why. Shown to the user, never silence.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// Only one side knows the kind, at the top (`below` is none) or as children of `below`; its records are left alone.
    OneSidedKind { kind: KindName, side: Side, below: Option<KindName>, records: usize },
    /// Only one side knows the attribute; it never counts as a difference.
    OneSidedField { kind: KindName, field: String, side: Side },
    /// Records of a kind that stands below others hang nowhere; they were not compared.
    Unattached { kind: KindName, side: Side, records: usize, example: Key },
    /// Two records read the same but their identifiers are of different types, so that they are two records.
    KeyTypes { kind: KindName, source: Key, target: Key },
    /// A record was linked below a second parent; it stays below the first.
    SecondParent { record: Identity, parent: Identity, refused: Identity, side: Side },
    /// A condition that cannot be asked of the records of a kind: none of them was compared.
    Scope(ScopeProblem),
    /// The source has records outside the scope that the target has inside: they were left alone.
    LeftScope { kind: KindName, records: usize, example: Key },
    /// Records refer to each other through their identifiers, so that none can be made (or deleted) first.
    IdentifierCycle { record: Identity },
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Source => "source",
            Side::Target => "target",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::OneSidedKind { kind, side, below: None, records } => write!(
                f,
                "only the {side} has kind `{kind}` at the top: its {records} records were not compared; declare it on \
                 both sides or leave it out"
            ),
            Problem::OneSidedKind { kind, side, below: Some(parent), records } => write!(
                f,
                "only the {side} has children of kind `{kind}` below `{parent}`: {records} or more records were not \
                 compared; declare them on both sides or leave them out"
            ),
            Problem::OneSidedField { kind, field, side } => write!(
                f,
                "only the {side} knows `{field}` of `{kind}`: it was not compared; declare it on both sides or leave \
                 it out"
            ),
            Problem::Unattached { kind, side, records, example } => write!(
                f,
                "{records} records of kind `{kind}` in the {side} hang below no parent (`{example}` is one): they were \
                 not compared; load their parents, or make `{kind}` a top-level kind"
            ),
            Problem::KeyTypes { kind, source, target } => write!(
                f,
                "`{kind}` {source} is {} in the source and {} in the target: they count as two records; declare the \
                 types of its identifiers",
                types(source),
                types(target)
            ),
            Problem::SecondParent { record, parent, refused, side } => write!(
                f,
                "{record} hangs below both {parent} and {refused} in the {side}: a record has one parent; {parent} was \
                 kept"
            ),
            Problem::Scope(problem) => write!(f, "{problem}; no record of this kind was compared"),
            Problem::LeftScope { kind, records, example } => write!(
                f,
                "{records} records of kind `{kind}` (`{example}` is one) have left the scope: the source has them outside, \
                 the target still inside; they were left alone; bring them along with a job that has their new place in \
                 its scope"
            ),
            Problem::IdentifierCycle { record } => write!(
                f,
                "{record} is on a cycle of references that are identifiers: no order of steps can make or delete it; \
                 make one of these references an attribute"
            ),
        }
    }
}

fn types(key: &Key) -> String {
    let types: Vec<&str> = key.values().iter().map(Value::type_name).collect();
    format!("({})", types.join(", "))
}

/// The problems that do not depend on the walk over the trees.
pub(super) fn find(source: &Snapshot, target: &Snapshot, kinds: &[KindPair], pairing: &Pairing) -> Vec<Problem> {
    let mut problems = Vec::new();
    for pair in kinds {
        if let (Some(from), Some(to)) = (pair.source, pair.target) {
            one_sided_fields(source, target, from, to, &mut problems);
            key_types(source, target, from, to, pairing, &mut problems);
        }
    }
    for (side, snapshot) in [(Side::Source, source), (Side::Target, target)] {
        unattached(side, snapshot, &mut problems);
        problems.extend(snapshot.refused_links().iter().map(|(child, refused)| {
            let record = snapshot.record(*child);
            Problem::SecondParent {
                record: record.identity(),
                parent: record.parent().map_or_else(|| record.identity(), |parent| parent.identity()),
                refused: snapshot.record(*refused).identity(),
                side,
            }
        }));
    }
    problems
}

fn one_sided_fields(source: &Snapshot, target: &Snapshot, from: KindId, to: KindId, problems: &mut Vec<Problem>) {
    let (from, to) = (source.schema().kind(from), target.schema().kind(to));
    for (side, here, there) in [(Side::Source, from, to), (Side::Target, to, from)] {
        let known: HashSet<&str> =
            there.identifiers().iter().chain(there.attributes()).map(|field| field.name()).collect();
        let missing = here.attributes().iter().filter(|field| !known.contains(field.name()));
        problems.extend(missing.map(|field| Problem::OneSidedField {
            kind: here.name().clone(),
            field: field.name().to_owned(),
            side,
        }));
    }
}

fn unattached(side: Side, snapshot: &Snapshot, problems: &mut Vec<Problem>) {
    let schema = snapshot.schema();
    for (id, kind) in schema.kinds().filter(|(id, _)| !schema.top_level().contains(id)) {
        let mut rows = snapshot.rows_of(id).filter(|row| snapshot.parent_of(*row) == NO_ROW);
        if let Some(first) = rows.next() {
            let records = 1 + rows.count();
            let example = snapshot.record(crate::snapshot::RowId(first)).key();
            problems.push(Problem::Unattached { kind: kind.name().clone(), side, records, example });
        }
    }
}

/// Finds lone records whose keys read the same. Keys of texts alone cannot, so most records cost a look at a few
/// bytes.
fn key_types(
    source: &Snapshot,
    target: &Snapshot,
    from: KindId,
    to: KindId,
    pairing: &Pairing,
    problems: &mut Vec<Problem>,
) {
    let key = |snapshot: &Snapshot, row: u32| snapshot.record(crate::snapshot::RowId(row)).key();
    let lone_source = source.rows_of(from).filter(|row| pairing.target_of(*row) == NO_ROW);
    let odd: Vec<u32> = lone_source.filter(|row| !is_text(source.key_bytes(*row))).collect();
    let lone_target: Vec<u32> = target.rows_of(to).filter(|row| pairing.source_of(*row) == NO_ROW).collect();
    let odd_target = lone_target.iter().any(|row| !is_text(target.key_bytes(*row)));
    if lone_target.is_empty() || (odd.is_empty() && !odd_target) {
        return;
    }
    let texts: HashMap<Vec<String>, u32> = lone_target.iter().map(|row| (shown(&key(target, *row)), *row)).collect();
    let mut found: BTreeMap<u32, u32> = BTreeMap::new();
    for row in source.rows_of(from).filter(|row| pairing.target_of(*row) == NO_ROW) {
        if let Some(twin) = texts.get(&shown(&key(source, row))) {
            found.insert(row, *twin);
        }
    }
    let kind = source.schema().kind(from).name();
    problems.extend(found.into_iter().map(|(row, twin)| Problem::KeyTypes {
        kind: kind.clone(),
        source: key(source, row),
        target: key(target, twin),
    }));
}

/// Whether all values of a key are texts.
fn is_text(mut key: &[u8]) -> bool {
    while !key.is_empty() {
        let (true, Ok(length)) = (key[0] == TEXT_TAG, skip(key)) else { return false };
        key = &key[length..];
    }
    true
}

fn shown(key: &Key) -> Vec<String> {
    key.values().iter().map(ToString::to_string).collect()
}
