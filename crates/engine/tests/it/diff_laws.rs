use proptest::prelude::*;
use trueup_engine::diff::{Action, Progress};
use trueup_engine::{DiffFlags, DiffOptions, diff};

use crate::world::{Flags, compare, compare_with, world};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_snapshot_does_not_differ_from_itself(world in world()) {
        let (one, same) = (world.source(Flags::Without), world.source(Flags::Without));
        let diff = compare(&one, &same);
        prop_assert!(!diff.has_diffs());
        prop_assert_eq!(diff.text(), "(no diffs)");
        prop_assert_eq!(diff.summary().no_change, one.len() as u64);
        prop_assert_eq!(diff.summary().skip, 0);
    }

    #[test]
    fn both_directions_mirror_each_other(world in world()) {
        let (a, b) = (world.source(Flags::Without), world.target(Flags::Without));
        let (there, back) = (compare(&a, &b), compare(&b, &a));
        let mirrored = |action: Action| match action {
            Action::Create => Action::Delete,
            Action::Delete => Action::Create,
            other => other,
        };
        let told = |diff: &trueup_engine::Diff<'_>, mirror: bool| {
            let mut told: Vec<String> = diff.elements().map(|element| {
                let action = if mirror { mirrored(element.action()) } else { element.action() };
                let changes: Vec<String> = element.changes().into_iter().map(|change| {
                    let (one, other) = if mirror { (change.after, change.before) } else { (change.before, change.after) };
                    format!("{}: {one:?} {other:?}", change.name)
                }).collect();
                format!("{} {:?} {action:?} {} {changes:?}", element.kind(), element.key(), element.is_moved())
            }).collect();
            told.sort_unstable();
            told
        };
        prop_assert_eq!(told(&there, false), told(&back, true));
    }

    #[test]
    fn every_record_is_counted_once(world in world()) {
        let (a, b) = (world.source(Flags::Without), world.target(Flags::Without));
        let diff = compare(&a, &b);
        let summary = diff.summary();
        let pairs = summary.update + summary.no_change;
        prop_assert_eq!(summary.create + summary.delete + 2 * pairs, (a.len() + b.len()) as u64);
        prop_assert_eq!(diff.len() as u64, summary.create + summary.delete + pairs);
        let sizes: usize = diff.elements().filter(|element| element.depth() == 0).map(|element| element.size()).sum();
        prop_assert_eq!(sizes, diff.len());
    }

    #[test]
    fn flags_only_remove_differences(world in world(), bits in 0..4u8) {
        let all = [DiffFlags::SKIP_UNMATCHED_SRC, DiffFlags::SKIP_UNMATCHED_DST];
        let flags = all.into_iter().zip(0..).filter(|(_, bit)| bits & 1 << bit != 0).map(|(flag, _)| flag).collect();
        let differences = |flagged, flags| {
            let (a, b) = (world.source(flagged), world.target(flagged));
            let diff = compare_with(&a, &b, flags);
            let differing = diff.elements().filter(|element| element.action() != Action::NoChange);
            differing.map(|e| format!("{} {:?} {:?}", e.kind(), e.key(), e.action())).collect::<std::collections::BTreeSet<_>>()
        };
        let plain = differences(Flags::Without, DiffFlags::NONE);
        prop_assert!(differences(Flags::Without, flags).is_subset(&plain));
        prop_assert!(differences(Flags::With, DiffFlags::NONE).is_subset(&plain));
        prop_assert!(differences(Flags::With, flags).is_subset(&plain));
    }

    #[test]
    fn progress_ends_at_its_total(world in world()) {
        let (a, b) = (world.source(Flags::With), world.target(Flags::With));
        let mut told: Vec<Progress> = Vec::new();
        diff(&a, &b, &DiffOptions::default(), &mut |progress| told.push(progress));
        prop_assert!(told.is_sorted_by_key(|progress| progress.done));
        prop_assert!(told.iter().all(|progress| progress.total == (a.len() + b.len()) as u64));
        prop_assert_eq!(told.last().map(|progress| progress.done), told.last().map(|progress| progress.total));
    }

    #[test]
    fn the_dict_form_is_json_and_names_every_difference(world in world()) {
        let (a, b) = (world.source(Flags::Without), world.target(Flags::Without));
        let diff = compare(&a, &b);
        let mut json = Vec::new();
        diff.write_json(&mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(json.as_object().unwrap().is_empty(), !diff.has_diffs());
        prop_assert_eq!(diff.text() == "(no diffs)", !diff.has_diffs());
    }
}
