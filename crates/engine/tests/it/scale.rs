//! Sizes at which anything quadratic takes minutes, and a depth at which anything recursive overflows the stack.

use trueup_engine::apply::{Apply, Event, Outcome};
use trueup_engine::check::{CheckOptions, check, passes};
use trueup_engine::diff::Summary;
use trueup_engine::plan::{Choice, StepId, StepRange};
use trueup_engine::record::{Identity, RecordFlags};
use trueup_engine::snapshot::WithChildren;
use trueup_engine::{DiffFlags, FieldType, Kind, Policy, Record, Schema, Snapshot, plan};

use crate::world::{canonical, carry_out, compare, memory};

const MANY: i64 = 100_000;
/// Enough where a test does several things to every record.
const SOME: i64 = 10_000;

/// Locations below each other; each may name another one before and after it.
fn locations() -> Schema {
    let kind = Kind::builder("location").id("id", FieldType::Int).attr("name", FieldType::Text);
    let kind = kind.attr("next", FieldType::Int).attr("previous", FieldType::Int);
    let kind = kind.reference("location", ["next"]).reference("location", ["previous"]);
    Schema::new(vec![kind.child("location", "locations").build().unwrap()]).unwrap()
}

fn empty(name: &str) -> Snapshot {
    let mut snapshot = Snapshot::new(name, locations());
    snapshot.completeness_mut().confirm_all();
    snapshot
}

/// One below the other.
fn chain(name: &str, length: i64, flags: RecordFlags) -> Snapshot {
    let mut snapshot = empty(name);
    let mut above = None;
    for id in 0..length {
        let record = Record::new("location", id).with("name", name).flagged(flags);
        let row = snapshot.add(&record).unwrap();
        if let Some(above) = above.replace(row) {
            snapshot.add_child(above, row).unwrap();
        }
    }
    snapshot
}

/// All below one.
fn star(name: &str, count: i64) -> Snapshot {
    let mut snapshot = empty(name);
    let top = snapshot.add(&Record::new("location", -1)).unwrap();
    for id in 0..count {
        let row = snapshot.add(&Record::new("location", id).with("name", name)).unwrap();
        snapshot.add_child(top, row).unwrap();
    }
    snapshot
}

/// Everything that can be asked of two snapshots; the target then agrees.
fn all_of_it(source: &Snapshot, mut target: Snapshot, policy: &Policy) -> Summary {
    let before = target.clone();
    let diff = compare(source, &before);
    assert!(diff.has_diffs());
    assert!(diff.text().lines().count() as u64 >= diff.summary().differences());
    let mut json = Vec::new();
    diff.write_json(&mut json).unwrap();
    assert!(json.len() > diff.len());
    let plan = plan(&diff, policy);
    let deletes = diff.summary().delete;
    assert_eq!(passes(&check(&plan, &diff, &CheckOptions::default())), deletes == 0);
    let report = carry_out(&plan, &mut memory(&mut target), 1000);
    assert!(report.is_clean(), "{:?}", report.trouble.first());
    assert!(!compare(source, &target).has_diffs());
    let undo = plan.undo(|_| true);
    let report = carry_out(&undo, &mut memory(&mut target), 1);
    assert!(report.is_clean(), "{:?}", report.trouble.first());
    assert_eq!(canonical(&target), canonical(&before));
    diff.summary()
}

#[test]
fn children_come_and_go_at_the_same_cost() {
    let mut snapshot = star("side", 2 * MANY);
    assert_eq!(snapshot.len() as i64, 2 * MANY + 1);
    let top = snapshot.row_of(&Identity::new("location", -1)).unwrap();
    // Every other one from the back, the rest from the front.
    for id in (0..2 * MANY).rev().step_by(2) {
        let child = snapshot.row_of(&Identity::new("location", id)).unwrap();
        snapshot.remove_child(top, child).unwrap();
        snapshot.add_child(top, child).unwrap();
        snapshot.remove_child(top, child).unwrap();
    }
    for id in (0..2 * MANY).step_by(2) {
        snapshot.remove(&Identity::new("location", id), WithChildren::Remove).unwrap();
    }
    assert!(snapshot.record(top).children().next().is_none());
    assert_eq!(snapshot.len() as i64, MANY + 1);
}

#[test]
fn a_chain_of_many_levels_is_made() {
    let summary = all_of_it(&chain("source", MANY, RecordFlags::NONE), empty("target"), &Policy::default());
    assert_eq!(summary.create, MANY as u64);
}

#[test]
fn a_chain_of_many_levels_is_changed() {
    let source = chain("source", SOME, RecordFlags::NONE);
    let summary = all_of_it(&source, chain("target", SOME, RecordFlags::NONE), &Policy::default());
    assert_eq!(summary.update, SOME as u64);
}

#[test]
fn a_chain_of_many_levels_is_deleted() {
    for policy in [Policy::default(), Policy::diffsync(DiffFlags::NONE)] {
        let summary = all_of_it(&empty("source"), chain("target", SOME, RecordFlags::NONE), &policy);
        assert_eq!(summary.delete, SOME as u64);
    }
    let natural = chain("target", SOME, RecordFlags::NATURAL_DELETION_ORDER);
    all_of_it(&empty("source"), natural, &Policy::diffsync(DiffFlags::NONE));
}

#[test]
fn a_chain_of_many_levels_goes_with_its_first() {
    let target = chain("target", MANY, RecordFlags::SKIP_CHILDREN_ON_DELETE);
    let source = empty("source");
    let diff = compare(&source, &target);
    let plan = plan(&diff, &Policy::default());
    assert_eq!(plan.len(), 1);
    let findings = check(&plan, &diff, &CheckOptions::default());
    assert!(findings[0].message.starts_with("100000 of 100000 location records would be deleted"), "{findings:?}");
}

#[test]
fn a_chain_of_many_levels_is_written_down_and_read_back() {
    let original = chain("side", MANY, RecordFlags::NONE);
    assert_eq!(original.tree().lines().count() as i64, 2 * MANY + 1);
    let text = serde_json::to_string(&original.dump()).unwrap();
    let mut restored = empty("side");
    restored.load_from(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(canonical(&restored), canonical(&original));
}

#[test]
fn a_chain_is_turned_upside_down() {
    // Every record moves, each below what hung below it.
    let length = SOME;
    let mut source = empty("source");
    let mut above = None;
    for id in (0..length).rev() {
        let row = source.add(&Record::new("location", id).with("name", "target")).unwrap();
        if let Some(above) = above.replace(row) {
            source.add_child(above, row).unwrap();
        }
    }
    let summary = all_of_it(&source, chain("target", length, RecordFlags::NONE), &Policy::default());
    assert_eq!(summary.update, length as u64);
}

#[test]
fn a_parent_has_many_children() {
    let (source, mut target) = (star("source", MANY), star("target", MANY));
    let before = target.clone();
    let diff = compare(&source, &before);
    assert_eq!((diff.summary().update, diff.summary().no_change), (MANY as u64, 1));
    let plan = plan(&diff, &Policy::default());
    assert!(carry_out(&plan, &mut memory(&mut target), 1).is_clean());
    assert!(!compare(&source, &target).has_diffs());
    all_of_it(&star("source", SOME), empty("target"), &Policy::diffsync(DiffFlags::NONE));
}

#[test]
fn many_that_refer_to_each_other_are_made_and_deleted() {
    let mut ring = empty("ring");
    let count = SOME;
    for id in 0..count {
        let record =
            Record::new("location", id).with("next", (id + 1) % count).with("previous", (id + count - 1) % count);
        ring.add(&record).unwrap();
    }
    all_of_it(&ring, empty("target"), &Policy::default());
    all_of_it(&empty("source"), ring, &Policy::default());
}

#[test]
fn a_long_log_is_replayed() {
    let (source, target) = (star("source", SOME), empty("target"));
    let plan = plan(&compare(&source, &target), &Policy::default());
    let steps = (0..plan.len() as u32).map(StepId);
    let events = steps.flat_map(|step| [Event::Sent(vec![step]), Event::Settled(step, Outcome::applied())]);
    assert!(Apply::replay(&plan, events).unwrap().is_done());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (mut source, target) = (star("source", 40_000), star("target", 40_000));
    for id in (0..40_000).step_by(3) {
        source.update(&Record::new("location", id).with("name", "target")).unwrap();
    }
    let planned = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan(&compare(&source, &target), &Policy::default()))
    };
    let (one, four) = (planned(1), planned(4));
    assert_eq!(one.encode(), four.encode());
    assert_eq!(one.fingerprint(), four.fingerprint());
}

#[test]
fn nothing_at_all_is_no_difference() {
    let (source, target) = (empty("source"), empty("target"));
    let diff = compare(&source, &target);
    assert_eq!((diff.len(), diff.text(), diff.summary()), (0, "(no diffs)".to_owned(), Summary::default()));
    let plan = plan(&diff, &Policy::default());
    assert!(plan.is_empty() && plan.undo(|_| true).is_empty());
    assert!(carry_out(&plan, &mut memory(&mut empty("target")), 1).is_clean());
    assert_eq!(check(&plan, &diff, &CheckOptions::default()), []);
    assert_eq!((source.tree(), source.dump()), ("location: []".to_owned(), serde_json::json!({})));
    let none = Snapshot::new("none", Schema::default());
    assert!(!compare(&none, &none).has_diffs());
}

#[test]
fn a_part_of_many_ranges_is_chosen_in_one_go() {
    let plan = plan(&compare(&star("same", MANY), &empty("same")), &Policy::default());
    let every_second = || (1..plan.len() as u32).step_by(2).map(|step| StepRange(step..=step));
    let twice = Choice { steps: every_second().chain(every_second()).collect(), ..Choice::default() };
    let selection = plan.select(&twice).unwrap();
    assert!(every_second().all(|StepRange(range)| selection.contains(StepId(*range.start()))));
    let all = (0..plan.len() as u32).map(|from| StepRange(from..=plan.len() as u32 - 1));
    assert!(plan.select(&Choice { steps: all.collect(), ..Choice::default() }).unwrap().is_all());
}
