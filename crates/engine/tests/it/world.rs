//! Random worlds: kinds with children, references, self references and cycles, and two related snapshots of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use trueup_engine::apply::{AcceptAll, MemoryTarget, Report, StepTarget, run};
use trueup_engine::kind::{Field, Owner, Permissions, Permit};
use trueup_engine::plan::{Plan, StepAction};
use trueup_engine::record::{Attributes, Identity, Key, RecordFlags};
use trueup_engine::{Diff, DiffFlags, DiffOptions, FieldType, Kind, Record, Schema, Snapshot, Value, diff};

/// A kind: how many identifiers, the kind above it (0 is none), and the kinds that it refers to.
#[derive(Debug, Clone)]
pub struct KindPlan {
    identifiers: usize,
    above: Option<usize>,
    references: Vec<usize>,
    /// What the kind declares in a world that is [`declared`](World::declared).
    rights: Rights,
}

/// Who owns the attributes of a kind, and what may be done with its records.
#[derive(Debug, Clone, Copy)]
pub struct Rights {
    colour: Owner,
    tags: Owner,
    references: Owner,
    permissions: Permissions,
}

/// One record, as it is on one side.
#[derive(Debug, Clone)]
struct Face {
    colour: u8,
    tags: Vec<u8>,
    parent: u8,
    references: Vec<Option<u8>>,
    flags: u8,
}

#[derive(Debug, Clone)]
struct Thing {
    kind: usize,
    key: (u8, u8),
    source: Option<Face>,
    target: Option<Face>,
}

#[derive(Debug, Clone)]
pub struct World {
    kinds: Vec<KindPlan>,
    things: Vec<Thing>,
    declared: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flags {
    Without,
    With,
}

fn rights() -> impl Strategy<Value = Rights> {
    let owner = || prop_oneof![2 => Just(Owner::Source), 1 => Just(Owner::Target), 1 => Just(Owner::IfEmpty)];
    let tags = prop_oneof![1 => Just(Owner::Source), 1 => Just(Owner::IfEmpty), 3 => Just(Owner::Merged)];
    let permit = || prop_oneof![3 => Just(Permit::Allow), 1 => Just(Permit::Forbid)];
    let permissions = (permit(), permit(), permit());
    let permissions = permissions.prop_map(|(create, update, delete)| Permissions { create, update, delete });
    (owner(), tags, owner(), permissions).prop_map(|(colour, tags, references, permissions)| Rights {
        colour,
        tags,
        references,
        permissions,
    })
}

fn kinds() -> impl Strategy<Value = Vec<KindPlan>> {
    let kind = (1..3usize, prop::option::of(0..4usize), prop::collection::vec(0..4usize, 0..3), rights());
    prop::collection::vec(kind, 1..5).prop_map(|kinds| {
        let count = kinds.len();
        let plan =
            |index: usize, (identifiers, above, references, rights): (_, Option<usize>, Vec<usize>, _)| KindPlan {
                identifiers,
                // The kind above comes earlier or is the kind itself.
                above: above.filter(|above| *above <= index),
                references: references.into_iter().map(|to| to % count).collect(),
                rights,
            };
        kinds.into_iter().enumerate().map(|(index, kind)| plan(index, kind)).collect()
    })
}

fn face() -> impl Strategy<Value = Face> {
    let tags = prop::collection::vec(0..4u8, 0..4);
    let references = prop::collection::vec(prop::option::weighted(0.7, any::<u8>()), 2);
    let flags = prop_oneof![4 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(4), 1 => Just(8), 1 => Just(16), 1 => Just(18)];
    (0..3u8, tags, any::<u8>(), references, flags).prop_map(|(colour, tags, parent, references, flags)| Face {
        colour,
        tags,
        parent,
        references,
        flags,
    })
}

/// Both sides alike, both sides different, or only one side.
fn thing() -> impl Strategy<Value = Thing> {
    let faces = prop_oneof![
        3 => face().prop_map(|face| (Some(face.clone()), Some(face))),
        3 => (face(), face()).prop_map(|(source, target)| (Some(source), Some(target))),
        2 => face().prop_map(|face| (Some(face), None)),
        2 => face().prop_map(|face| (None, Some(face))),
    ];
    (0..4usize, (0..5u8, 0..3u8), faces).prop_map(|(kind, key, (source, target))| Thing { kind, key, source, target })
}

pub fn world() -> impl Strategy<Value = World> {
    (kinds(), prop::collection::vec(thing(), 0..24)).prop_map(|(kinds, things)| {
        let mut keys = BTreeSet::new();
        let things = things.into_iter().filter_map(|mut thing| {
            thing.kind %= kinds.len();
            if kinds[thing.kind].identifiers == 1 {
                thing.key.1 = 0;
            }
            keys.insert((thing.kind, thing.key)).then_some(thing)
        });
        World { things: things.collect(), kinds, declared: false }
    })
}

impl World {
    pub fn schema(&self) -> Schema {
        let kinds = self.kinds.iter().enumerate().map(|(index, kind)| {
            let mut builder = Kind::builder(name(index)).id("a", FieldType::Int);
            if kind.identifiers == 2 {
                builder = builder.id("b", FieldType::Text);
            }
            let Rights { colour, tags, references, permissions } = self.rights(kind);
            // One of several fields may be null in a reference, which says nothing about the reference.
            let of_reference = |to: usize| match references {
                Owner::IfEmpty if self.kinds[to].identifiers > 1 => Owner::Target,
                owner => owner,
            };
            builder = builder.permissions(permissions);
            builder = builder.attr_field(Field::new("colour", FieldType::Text).with_owner(colour));
            builder = builder.attr_field(Field::new("tags", FieldType::set_of(FieldType::Int)).with_owner(tags));
            for (number, to) in kind.references.iter().enumerate() {
                let fields: Vec<String> =
                    (0..self.kinds[*to].identifiers).map(|part| format!("ref{number}_{part}")).collect();
                for field in &fields {
                    builder = builder.attr_field(Field::new(field, FieldType::Any).with_owner(of_reference(*to)));
                }
                builder = builder.reference(name(*to), fields);
            }
            for (below, _) in self.kinds.iter().enumerate().filter(|(_, other)| other.above == Some(index)) {
                builder = builder.child(name(below), format!("list_of_{below}"));
            }
            builder.build().expect("the kind is well declared")
        });
        Schema::new(kinds.collect()).expect("the kinds fit together")
    }

    /// The same world, whose kinds declare who owns their attributes. Their permissions allow everything.
    pub fn owned(&self) -> Self {
        let mut owned = Self { declared: true, ..self.clone() };
        owned.kinds.iter_mut().for_each(|kind| kind.rights.permissions = Permissions::ALL);
        owned
    }

    /// The same world, whose kinds declare owners and permissions.
    pub fn declared(&self) -> Self {
        Self { declared: true, ..self.clone() }
    }

    fn rights(&self, kind: &KindPlan) -> Rights {
        let (none, permissions) = (Owner::Source, Permissions::ALL);
        let plain = Rights { colour: none, tags: none, references: none, permissions };
        if self.declared { kind.rights } else { plain }
    }

    pub fn source(&self, flags: Flags) -> Snapshot {
        self.side("source", |thing| thing.source.as_ref(), flags)
    }

    pub fn target(&self, flags: Flags) -> Snapshot {
        self.side("target", |thing| thing.target.as_ref(), flags)
    }

    /// The same world with its records told in another order.
    pub fn reversed(&self) -> Self {
        Self { things: self.things.iter().rev().cloned().collect(), ..self.clone() }
    }

    fn side(&self, side: &str, face: impl Fn(&Thing) -> Option<&Face>, flags: Flags) -> Snapshot {
        let mut snapshot = Snapshot::new(side, self.schema());
        snapshot.completeness_mut().confirm_all();
        let mut there = vec![false; self.things.len()];
        for kind in 0..self.kinds.len() {
            // What has to hang below something needs something there.
            let above = self.kinds[kind].above.filter(|above| *above != kind);
            let possible = above.is_none_or(|above| self.of(above).any(|index| there[index]));
            let own: Vec<usize> = self.of(kind).collect();
            own.into_iter().for_each(|index| there[index] = possible && face(&self.things[index]).is_some());
        }
        // Chosen among the things of both sides by key, so that the same choice means the same on both.
        let choose = |kind: usize, choice: u8| {
            let mut all: Vec<usize> = self.of(kind).collect();
            all.sort_by_key(|index| self.things[*index].key);
            (!all.is_empty()).then(|| all[usize::from(choice) % all.len()]).filter(|index| there[*index])
        };
        let first =
            |kind: usize| self.of(kind).filter(|index| there[*index]).min_by_key(|index| self.things[*index].key);
        for (index, thing) in self.things.iter().enumerate() {
            let Some(face) = face(thing).filter(|_| there[index]) else { continue };
            let mut record = Record::new(name(thing.kind), self.key(thing));
            let colour = if face.colour == 0 { String::new() } else { format!("colour {}", face.colour) };
            record.attributes.insert("colour".to_owned(), colour.into());
            record.attributes.insert("tags".to_owned(), Value::Set(face.tags.iter().copied().collect()));
            for ((number, to), choice) in self.kinds[thing.kind].references.iter().enumerate().zip(&face.references) {
                let chosen = choice.and_then(|choice| choose(*to, choice));
                let values = chosen.map(|chosen| self.key(&self.things[chosen]).into_values()).unwrap_or_default();
                for (part, value) in values.into_iter().enumerate() {
                    record.attributes.insert(format!("ref{number}_{part}"), value);
                }
            }
            if flags == Flags::With {
                let all = [
                    RecordFlags::IGNORE,
                    RecordFlags::SKIP_CHILDREN_ON_DELETE,
                    RecordFlags::SKIP_UNMATCHED_SRC,
                    RecordFlags::SKIP_UNMATCHED_DST,
                    RecordFlags::NATURAL_DELETION_ORDER,
                ];
                all.iter()
                    .zip(0..)
                    .filter(|(_, bit)| face.flags & 1 << bit != 0)
                    .for_each(|(flag, _)| record.flags |= *flag);
            }
            snapshot.add(&record).expect("the record fits its kind");
        }
        for (index, thing) in self.things.iter().enumerate() {
            let Some(face) = face(thing).filter(|_| there[index]) else { continue };
            let Some(above) = self.kinds[thing.kind].above else { continue };
            let parent = choose(above, face.parent).or_else(|| (above != thing.kind).then(|| first(above)).flatten());
            let Some(parent) = parent else { continue };
            let row = |thing: &Thing| {
                snapshot.row_of(&Identity::new(name(thing.kind), self.key(thing))).expect("it was added")
            };
            let (parent, child) = (row(&self.things[parent]), row(thing));
            // Refused when it would be its own ancestor; it then stays at the top.
            let _refused = snapshot.add_child(parent, child);
        }
        snapshot
    }

    fn of(&self, kind: usize) -> impl Iterator<Item = usize> {
        self.things.iter().enumerate().filter(move |(_, thing)| thing.kind == kind).map(|(index, _)| index)
    }

    fn key(&self, thing: &Thing) -> Key {
        let mut values = vec![Value::Int(thing.key.0.into())];
        if self.kinds[thing.kind].identifiers == 2 {
            values.push(format!("b{}", thing.key.1).into());
        }
        Key::new(values)
    }
}

fn name(kind: usize) -> String {
    format!("kind{kind}")
}

pub fn compare<'s>(source: &'s Snapshot, target: &'s Snapshot) -> Diff<'s> {
    diff(source, target, &DiffOptions::default(), &mut |_| {})
}

pub fn compare_with<'s>(source: &'s Snapshot, target: &'s Snapshot, flags: DiffFlags) -> Diff<'s> {
    diff(source, target, &DiffOptions { flags, ..DiffOptions::default() }, &mut |_| {})
}

pub fn memory(snapshot: &mut Snapshot) -> MemoryTarget<'_, AcceptAll> {
    MemoryTarget { snapshot, hooks: AcceptAll }
}

pub fn carry_out(plan: &Plan, target: &mut dyn StepTarget, batch: usize) -> Report {
    run(plan, target, batch, &mut |_| {})
}

/// What a snapshot holds, whatever the order of its records, and without flags.
pub fn canonical(snapshot: &Snapshot) -> Vec<String> {
    let mut records: Vec<String> = snapshot
        .records()
        .map(|record| {
            let Record { kind, key, attributes, parent, flags: _ } = record.to_record();
            format!("{kind} {key:?} {attributes:?} below {parent:?}")
        })
        .collect();
    records.sort_unstable();
    records
}

/// What a plan does: each record once; the second step of a create or the first of a delete is part of it.
pub fn changes(plan: &Plan) -> BTreeSet<(String, StepAction)> {
    let name = |record: &Identity| format!("{} {:?}", record.kind, record.key);
    let main = plan.steps().iter().filter(|step| step.action() != StepAction::Update);
    let mut changes: BTreeSet<(String, StepAction)> = main.map(|step| (name(&step.record), step.action())).collect();
    let also: BTreeSet<String> = changes.iter().map(|(record, _)| record.clone()).collect();
    let updates = plan.steps().iter().filter(|step| step.action() == StepAction::Update);
    changes.extend(
        updates.map(|step| (name(&step.record), StepAction::Update)).filter(|(record, _)| !also.contains(record)),
    );
    changes
}

pub fn attributes<const N: usize>(entries: [(&str, Value); N]) -> Attributes {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
