use std::collections::BTreeSet;

use proptest::prelude::*;
use trueup_engine::plan::{Plan, Step, StepAction, StepDocument, StepId, StepOrder};
use trueup_engine::record::Identity;
use trueup_engine::snapshot::Snapshot;
use trueup_engine::{DiffFlags, Policy, plan};

use crate::strict::{Strict, is_whole};
use crate::world::{Flags, canonical, carry_out, changes, compare, compare_with, memory, world};

fn policies() -> [Policy; 2] {
    [Policy::default(), Policy::diffsync(DiffFlags::NONE)]
}

fn name(record: &Identity) -> String {
    format!("{} {:?}", record.kind, record.key)
}

/// Applies as much as `count` steps, one by one.
fn apply_some(plan: &Plan, target: &mut Snapshot, count: usize) {
    let part: Vec<Step> = plan.steps()[..count].to_vec();
    let part = Plan::from_steps(plan.policy().clone(), part).unwrap();
    let report = carry_out(&part, &mut memory(target), 1);
    assert!(report.is_clean(), "{:?}", report.trouble);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn applying_makes_the_target_agree(world in world(), batch in 1..6usize) {
        for policy in policies() {
            let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
            let before = target.clone();
            let plan = plan(&compare(&source, &before), &policy);
            prop_assert_eq!(plan.withheld(), []);
            let report = carry_out(&plan, &mut memory(&mut target), batch);
            prop_assert!(report.is_clean(), "{:?}", report.trouble);
            prop_assert_eq!(canonical(&target), canonical(&source));
            prop_assert!(!compare(&source, &target).has_diffs());
            prop_assert!(!compare(&target, &source).has_diffs());
        }
    }

    #[test]
    fn no_step_needs_what_comes_later(world in world(), batch in 1..9usize) {
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        for (step, id) in plan.steps().iter().zip((0..).map(StepId)) {
            prop_assert!(step.depends_on.iter().all(|on| *on < id));
        }
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, plan.steps());
        prop_assert!(is_whole(&target));
        prop_assert_eq!(canonical(&target), canonical(&source));
    }

    #[test]
    fn with_flags_nothing_is_left_without_what_it_needs(world in world(), bits in 0..4u8, batch in 1..9usize) {
        let all = [DiffFlags::SKIP_UNMATCHED_SRC, DiffFlags::SKIP_UNMATCHED_DST];
        let flags = all.into_iter().zip(0..).filter(|(_, bit)| bits & 1 << bit != 0).map(|(flag, _)| flag).collect();
        let (source, mut target) = (world.source(Flags::With), world.target(Flags::With));
        let before = target.clone();
        let plan = plan(&compare_with(&source, &before, flags), &Policy::default());
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}\n{:#?}", report.trouble, plan.steps(), plan.withheld());
        prop_assert!(is_whole(&target));
    }

    #[test]
    fn flags_only_remove_changes(world in world(), bits in 0..4u8) {
        let all = [DiffFlags::SKIP_UNMATCHED_SRC, DiffFlags::SKIP_UNMATCHED_DST];
        let flags: DiffFlags = all.into_iter().zip(0..).filter(|(_, bit)| bits & 1 << bit != 0).map(|(flag, _)| flag).collect();
        for policy in policies() {
            let planned = |flagged, flags| {
                let (source, target) = (world.source(flagged), world.target(flagged));
                changes(&plan(&compare_with(&source, &target, flags), &policy))
            };
            let plain = planned(Flags::Without, DiffFlags::NONE);
            for (flagged, flags) in [(Flags::Without, flags), (Flags::With, DiffFlags::NONE), (Flags::With, flags)] {
                let found = planned(flagged, flags);
                prop_assert!(found.is_subset(&plain), "{:?}", found.difference(&plain).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_incomplete_source_deletes_nothing(world in world(), denied in 0..5usize, lost in any::<prop::sample::Index>()) {
        let (mut source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let denied = format!("kind{denied}").as_str().into();
        source.completeness_mut().deny(&denied, "the page was cut");
        let lost = (!target.is_empty()).then(|| target.records().nth(lost.index(target.len())).unwrap().identity());
        if let Some(lost) = &lost {
            source.completeness_mut().unreadable(&lost.kind, lost.key.clone());
        }
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        let deleted: Vec<&Step> = plan.steps().iter().filter(|step| step.action() == StepAction::Delete).collect();
        for step in deleted {
            prop_assert!(step.record.kind != denied && Some(&step.record) != lost.as_ref());
            let mut above = before.get(step.record.kind.as_str(), &step.record.key).unwrap().parent();
            while let Some(record) = above {
                prop_assert!(Some(record.identity()) != lost, "what hangs below an unreadable record was not read");
                above = record.parent();
            }
        }
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, 3);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, plan.withheld());
        prop_assert!(is_whole(&target));
    }

    #[test]
    fn a_record_that_a_side_could_not_read_is_left_alone(world in world(), lost in any::<prop::sample::Index>(), of_source: bool) {
        let (mut source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let side = if of_source { &mut source } else { &mut target };
        prop_assume!(!side.is_empty());
        let lost = side.records().nth(lost.index(side.len())).unwrap().identity();
        side.completeness_mut().unreadable(&lost.kind, lost.key.clone());
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        prop_assert!(plan.steps().iter().all(|step| step.record != lost), "{:#?}", plan.steps());
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, 3);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, plan.withheld());
        prop_assert!(is_whole(&target));
    }

    #[test]
    fn the_same_inputs_make_the_same_bytes(world in world()) {
        for policy in policies() {
            let made = || {
                let (source, target) = (world.source(Flags::With), world.target(Flags::With));
                plan(&compare(&source, &target), &policy)
            };
            let (one, same) = (made(), made());
            prop_assert_eq!(one.encode(), same.encode());
            prop_assert_eq!(one.fingerprint(), same.fingerprint());
            prop_assert_eq!(&one, &same);
            let stored = Plan::from_steps(policy.clone(), one.steps().to_vec()).unwrap();
            prop_assert_eq!(stored.fingerprint(), one.fingerprint());
        }
    }

    #[test]
    fn the_order_of_records_changes_no_change(world in world()) {
        let reversed = world.reversed();
        for policy in policies() {
            let (source, target) = (world.source(Flags::Without), world.target(Flags::Without));
            let plain = plan(&compare(&source, &target), &policy);
            let (other_source, other_target) = (reversed.source(Flags::Without), reversed.target(Flags::Without));
            // A refused link (a record would be its own ancestor) depends on which of the two came first.
            prop_assume!(canonical(&source) == canonical(&other_source) && canonical(&target) == canonical(&other_target));
            let other = plan(&compare(&other_source, &other_target), &policy);
            prop_assert_eq!(changes(&plain), changes(&other));
            // The target's order matters to nothing but its deletes.
            if plain.count(StepAction::Delete) == 0 {
                let same = plan(&compare(&source, &other_target), &policy);
                prop_assert_eq!(same.encode(), plain.encode());
            }
        }
    }

    #[test]
    fn undoing_restores_the_target(world in world(), part in any::<prop::sample::Index>()) {
        for policy in policies() {
            let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
            let before = target.clone();
            let plan = plan(&compare(&source, &before), &policy);
            // In DiffSync's order a part may leave children whose parent is gone; only the whole can be taken back.
            let part = if policy.order == StepOrder::References { part.index(plan.len() + 1) } else { plan.len() };
            for done in [plan.len(), part] {
                apply_some(&plan, &mut target, done);
                let after = canonical(&target);
                let undo = plan.undo(|step| step.index() < done);
                prop_assert_eq!(undo.len(), done);
                let report = carry_out(&undo, &mut memory(&mut target), 2);
                prop_assert!(report.is_clean(), "{:?}\n{:#?}\n{:#?}", report.trouble, plan.steps(), undo.steps());
                prop_assert_eq!(canonical(&target), canonical(&before));
                let redo = undo.undo(|_| true);
                let report = carry_out(&redo, &mut memory(&mut target), 2);
                prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, redo.steps());
                prop_assert_eq!(canonical(&target), after);
                target = before.clone();
            }
        }
    }

    #[test]
    fn undoing_minds_references_too(world in world()) {
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let plan = plan(&compare(&source, &before), &Policy::default());
        let report = carry_out(&plan, &mut Strict { snapshot: &mut target }, 4);
        prop_assert!(report.is_clean(), "{:?}", report.trouble);
        let undo = plan.undo(|_| true);
        let report = carry_out(&undo, &mut Strict { snapshot: &mut target }, 4);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}", report.trouble, undo.steps());
        prop_assert_eq!(canonical(&target), canonical(&before));
    }

    #[test]
    fn a_step_comes_back_from_its_document(world in world()) {
        let (source, target) = (world.source(Flags::With), world.target(Flags::With));
        let plan = plan(&compare(&source, &target), &Policy::default());
        for step in plan.steps() {
            let text = serde_json::to_string(&StepDocument::from(step)).unwrap();
            let read: StepDocument = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&Step::try_from(read).unwrap(), step);
        }
    }

    #[test]
    fn every_difference_is_a_step_or_is_explained(world in world()) {
        let (source, target) = (world.source(Flags::With), world.target(Flags::With));
        let diff = compare(&source, &target);
        let plan = plan(&diff, &Policy::default());
        let told: BTreeSet<String> = plan.steps().iter().map(|step| name(&step.record))
            .chain(plan.withheld().iter().map(|withheld| name(&withheld.record))).collect();
        let mut covered_until = 0;
        for (position, element) in diff.elements().enumerate() {
            let cascades = element.target().is_some_and(|record| {
                record.flags().contains(trueup_engine::RecordFlags::SKIP_CHILDREN_ON_DELETE)
            });
            if element.action() == trueup_engine::diff::Action::NoChange || position < covered_until {
                continue;
            }
            prop_assert!(told.contains(&name(&element.record().identity())), "{:?}", element.record());
            if element.action() == trueup_engine::diff::Action::Delete && cascades {
                covered_until = position + element.size();
            }
        }
    }
}
