//! Who owns an attribute and what a kind permits: what a plan leaves alone, and that it leaves nothing else alone.

use std::collections::BTreeSet;

use proptest::prelude::*;
use trueup_engine::apply::{ReadBack, StepTarget, read_back};
use trueup_engine::diff::Action;
use trueup_engine::kind::{Owner, Permissions, Permit};
use trueup_engine::plan::{Change, StepAction, WithheldReason};
use trueup_engine::record::{Attributes, Identity};
use trueup_engine::{Kind, Policy, Record, Snapshot, Value, plan};

use crate::strict::{Strict, is_whole};
use crate::world::{Flags, canonical, carry_out, compare, memory, world};

fn members(value: &Value) -> BTreeSet<i64> {
    let Value::Set(members) = value else { return BTreeSet::new() };
    members.iter().filter_map(Value::as_int).collect()
}

fn set(members: &BTreeSet<i64>) -> Value {
    Value::Set(members.iter().copied().collect())
}

/// What an attribute is to be, told from its owner and both sides.
fn ruled(owner: Owner, source: &Value, target: &Value) -> Value {
    match owner {
        Owner::Source => source.clone(),
        Owner::Target => target.clone(),
        Owner::IfEmpty => if target.is_nothing() { source } else { target }.clone(),
        Owner::Merged => set(&members(source).union(&members(target)).copied().collect()),
    }
}

/// Nothing is nothing, whether it is null, an empty text or an empty set.
fn same(one: &Value, other: &Value) -> bool {
    one == other || (one.is_nothing() && other.is_nothing())
}

fn expected(kind: &Kind, source: &Record, target: Option<&Record>) -> Attributes {
    let Some(target) = target else { return source.attributes.clone() };
    let of = |record: &Record, name: &str| record.attributes.get(name).cloned().unwrap_or_default();
    let field =
        |name: &str| kind.attributes().iter().find(|field| field.name() == name).expect("it is declared").owner();
    let names = source.attributes.keys();
    names.map(|name| (name.clone(), ruled(field(name), &of(source, name), &of(target, name)))).collect()
}

/// Somebody else gives every record a tag of their own and takes one away.
fn meddle(target: &mut Snapshot, added: i64, taken: i64) {
    let records: Vec<Record> = target.records().map(|record| record.to_record()).collect();
    for record in records {
        let mut tags = members(&record.attributes["tags"]);
        tags.insert(added);
        tags.remove(&taken);
        let changed = Record { attributes: [("tags".to_owned(), set(&tags))].into_iter().collect(), ..record };
        target.update_or_add(&changed).unwrap();
    }
}

fn tags_of(target: &Snapshot, record: &Identity) -> BTreeSet<i64> {
    members(&target.get(record.kind.as_str(), &record.key).unwrap().get("tags").unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn every_attribute_becomes_what_its_owner_says(world in world(), batch in 1..6usize) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, plan.steps());
        prop_assert!(is_whole(&target));
        let withheld: BTreeSet<String> = plan.withheld().iter().map(|withheld| withheld.record.to_string()).collect();
        for record in source.records().filter(|record| !withheld.contains(&record.identity().to_string())) {
            let (kind, key) = (record.kind(), record.key());
            let old = before.get_or_none(kind.name().as_str(), &key).map(|old| old.to_record());
            let found = target.get(kind.name().as_str(), &key).unwrap().to_record();
            let wanted = expected(kind, &record.to_record(), old.as_ref());
            for (name, wanted) in &wanted {
                let (found, old) = (&found.attributes[name], old.as_ref().map(|old| &old.attributes[name]));
                prop_assert!(same(found, wanted), "{name} of {:?} is {found}, not {wanted}; it was {old:?}", record);
            }
        }
    }

    #[test]
    fn what_is_left_alone_is_no_difference(world in world()) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        for step in plan.steps() {
            if let Change::Update { before, after, moved } = &step.change {
                prop_assert!(!after.is_empty() || moved.is_some(), "a step that does nothing: {step:?}");
                let changes = |(name, value): (&String, &Value)| before[name] != *value;
                prop_assert!(after.iter().all(changes), "it writes what is there: {step:?}");
            }
        }
        let report = carry_out(&plan, &mut memory(&mut target), 3);
        prop_assert!(report.is_clean(), "{:?}", report.trouble);
        if plan.withheld().is_empty() {
            prop_assert!(!compare(&source, &target).has_diffs(), "a second run has nothing to do");
        }
    }

    #[test]
    fn undoing_restores_what_was_owned_by_anybody(world in world()) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        let report = carry_out(&plan, &mut memory(&mut target), 3);
        prop_assert!(report.is_clean(), "{:?}", report.trouble);
        let after = canonical(&target);
        let undo = plan.undo(|_| true);
        let report = carry_out(&undo, &mut memory(&mut target), 2);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, undo.steps());
        prop_assert_eq!(canonical(&target), canonical(&before));
        let report = carry_out(&undo.undo(|_| true), &mut memory(&mut target), 2);
        prop_assert!(report.is_clean(), "{:?}", report.trouble);
        prop_assert_eq!(canonical(&target), after);
    }

    /// Members that others add or take away between the plan and the apply, and between the apply and its undo.
    #[test]
    fn a_merged_set_keeps_what_others_do_to_it(world in world(), taken in 0..4i64) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        meddle(&mut target, 7, taken);
        let meddled = target.clone();
        let report = carry_out(&plan, &mut memory(&mut target), 3);
        let stale: BTreeSet<String> = report.trouble.iter().map(|(step, _)| plan.step(*step).record.to_string()).collect();
        let merges = |kind: &Kind| kind.attributes()[1].owner() == Owner::Merged;
        let updates = || plan.steps().iter().filter(|step| {
            let kind = source.schema().get(step.record.kind.as_str()).unwrap();
            step.action() == StepAction::Update && merges(kind) && before.row_of(&step.record).is_ok()
        });
        for step in updates().filter(|step| !stale.contains(&step.record.to_string())) {
            if target.row_of(&step.record).is_err() {
                continue;
            }
            let wanted: BTreeSet<i64> = step.after().and_then(|after| after.get("tags")).map(members).unwrap_or_default();
            let added = &wanted - &tags_of(&before, &step.record);
            prop_assert_eq!(tags_of(&target, &step.record), &tags_of(&meddled, &step.record) | &added);
        }
        for step in updates().filter(|step| step.after().is_some_and(|after| after.keys().all(|name| name == "tags"))) {
            prop_assert!(!report.trouble.iter().any(|(id, text)| plan.step(*id) == step && text.contains("tags")));
        }

        let applied = |id| !report.trouble.iter().any(|(step, _)| *step == id);
        meddle(&mut target, 8, 7);
        let undo = plan.undo(applied);
        let meddled_again = target.clone();
        let undone = carry_out(&undo, &mut memory(&mut target), 3);
        for (step, id) in undo.steps().iter().zip((0..).map(trueup_engine::plan::StepId)) {
            let merged = merges(source.schema().get(step.record.kind.as_str()).unwrap());
            let only_tags = step.after().is_some_and(|after| after.keys().all(|name| name == "tags") && !after.is_empty());
            if step.action() != StepAction::Update || !merged || !only_tags || undone.trouble.iter().any(|(bad, _)| *bad == id) {
                continue;
            }
            let Change::Update { before: put, after: left, .. } = &step.change else { continue };
            let removed = &members(&put["tags"]) - &members(&left["tags"]);
            prop_assert_eq!(tags_of(&target, &step.record), &tags_of(&meddled_again, &step.record) - &removed);
        }
    }

    #[test]
    fn what_nobody_answered_is_read_back_whatever_others_add(world in world()) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let plan = plan(&compare(&source, &target.clone()), &Policy::default());
        for step in plan.steps() {
            let kind = source.schema().get(step.record.kind.as_str()).unwrap();
            let outcome = memory(&mut target).apply(&[step]).remove(0);
            prop_assert!(outcome.is_applied(), "{outcome:?}");
            if step.action() != StepAction::Delete && kind.attributes()[1].owner() == Owner::Merged {
                let mut tags = tags_of(&target, &step.record);
                tags.insert(7);
                let record = Record::new(&step.record.kind, step.record.key.clone()).with("tags", set(&tags));
                target.update_or_add(&record).unwrap();
            }
            let found = target.get_or_none(step.record.kind.as_str(), &step.record.key);
            prop_assert_eq!(read_back(step, found), ReadBack::Done, "{:?}", step);
            if step.action() != StepAction::Delete && kind.attributes()[1].owner() == Owner::Merged {
                // As it was, for the steps that come.
                let mut tags = tags_of(&target, &step.record);
                tags.remove(&7);
                let record = Record::new(&step.record.kind, step.record.key.clone()).with("tags", set(&tags));
                target.update_or_add(&record).unwrap();
            }
        }
    }

    #[test]
    fn a_kind_is_only_done_to_what_it_permits(world in world(), batch in 1..6usize) {
        let plain = world.owned();
        let world = world.declared();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let diff = compare(&source, &before);
        let found = plan(&diff, &Policy::default());
        let permit = |kind: &str, action| {
            let Permissions { create, update, delete } = source.schema().get(kind).unwrap().permissions();
            match action {
                StepAction::Create => create,
                StepAction::Update => update,
                StepAction::Delete => delete,
            }
        };
        let mut withheld: BTreeSet<(String, StepAction)> = BTreeSet::new();
        for left_out in found.withheld() {
            let forbidden = permit(left_out.record.kind.as_str(), left_out.action) == Permit::Forbid;
            prop_assert_eq!(forbidden, left_out.reason == WithheldReason::NotAllowed, "{:?}", left_out);
            withheld.insert((left_out.record.to_string(), left_out.action));
        }
        for element in diff.elements().filter(|element| element.action() != Action::NoChange) {
            let action = match element.action() {
                Action::Create => StepAction::Create,
                Action::Update => StepAction::Update,
                Action::Delete | Action::NoChange => StepAction::Delete,
            };
            let told = withheld.contains(&(element.record().identity().to_string(), action));
            prop_assert!(told || permit(element.kind().as_str(), action) == Permit::Allow, "{:?}", element.record());
        }
        // A policy says the same about kinds that say nothing.
        let kinds = source.schema().kinds().map(|(_, kind)| (kind.name().clone(), kind.permissions())).collect();
        let (one, other) = (plain.source(Flags::Without), plain.target(Flags::Without));
        let by_policy = plan(&compare(&one, &other), &Policy { kinds, ..Policy::default() });
        prop_assert_eq!(by_policy.steps(), found.steps());
        prop_assert_eq!(by_policy.withheld(), found.withheld());

        let report = carry_out(&found, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}\n{:#?}", report.trouble, found.steps(), found.withheld());
        prop_assert!(is_whole(&target));
    }
}
