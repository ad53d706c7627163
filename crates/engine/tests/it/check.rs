use trueup_engine::check::{CheckName, CheckOptions, Finding, Limits, Severity, check, passes};
use trueup_engine::kind::{Permissions, Permit};
use trueup_engine::record::{Identity, RecordFlags};
use trueup_engine::{FieldType, Kind, Policy, Record, Schema, Snapshot, plan};

use crate::snapshot::{network, sites};
use crate::world::compare;

fn findings_with(source: &Snapshot, target: &Snapshot, policy: &Policy, options: &CheckOptions) -> Vec<Finding> {
    let diff = compare(source, target);
    check(&plan(&diff, policy), &diff, options)
}

fn findings(source: &Snapshot, target: &Snapshot) -> Vec<Finding> {
    findings_with(source, target, &Policy::default(), &CheckOptions::default())
}

fn names(findings: &[Finding]) -> Vec<CheckName> {
    findings.iter().map(|finding| finding.check).collect()
}

/// Sites by number; those from `changed` on are of another region.
fn numbered(count: usize, changed: usize) -> Snapshot {
    let mut snapshot = sites(&[]);
    for number in 0..count {
        let region = if number < changed { "north" } else { "south" };
        snapshot.add(&Record::new("site", format!("s{number:03}")).with("region", region)).unwrap();
    }
    snapshot
}

#[test]
fn deletes_are_counted_against_both_limits() {
    let target = numbered(100, 100);
    // The default: at most a fifth, and never more than five without a look.
    assert_eq!(findings(&numbered(80, 100), &target), []);
    assert_eq!(names(&findings(&numbered(79, 100), &target)), [CheckName::DeleteShare]);
    assert_eq!(findings(&numbered(5, 100), &numbered(10, 100)), []);
    assert_eq!(names(&findings(&numbered(4, 100), &numbered(10, 100))), [CheckName::DeleteShare]);
    let limits = Limits { delete_share: 1.0, delete_count: 10, ..Limits::default() };
    let options = CheckOptions { kinds: [("site".into(), limits)].into(), ..CheckOptions::default() };
    let with = |left| findings_with(&numbered(left, 100), &target, &Policy::default(), &options);
    assert_eq!(with(90), []);
    let found = with(89);
    assert_eq!(names(&found), [CheckName::DeleteCount]);
    assert_eq!(found[0].message, "11 site records would be deleted; the limit is 10");
    assert!(!passes(&found));
}

#[test]
fn updates_are_counted_against_both_limits() {
    let target = numbered(100, 100);
    assert_eq!(findings(&numbered(100, 50), &target), []);
    let found = findings(&numbered(100, 49), &target);
    assert_eq!(names(&found), [CheckName::ChangeShare]);
    assert_eq!(found[0].message, "51 of 100 site records would be updated (51.0 %); the limit is 50.0 %");
    assert!(passes(&found), "a warning stops nothing");
    let options = CheckOptions {
        limits: Limits { change_share: 1.0, change_count: 7, ..Limits::default() },
        ..CheckOptions::default()
    };
    let with = |changed| names(&findings_with(&numbered(100, changed), &target, &Policy::default(), &options));
    assert_eq!(with(93), []);
    assert_eq!(with(92), [CheckName::ChangeCount]);
}

#[test]
fn an_empty_source_is_an_error_however_few_go() {
    let found = findings(&sites(&[]), &sites(&["a"]));
    assert_eq!(names(&found), [CheckName::EmptySource]);
    assert_eq!(findings(&sites(&[]), &sites(&[])), []);
}

#[test]
fn an_incomplete_source_is_named() {
    let mut source = sites(&["a"]);
    source.completeness_mut().deny(&"site".into(), "page 2 of 3 was cut");
    let found = findings(&source, &sites(&["a", "b"]));
    assert_eq!(names(&found), [CheckName::IncompleteSource]);
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(
        found[0].message,
        "1 delete of site left out; first, b: the source is not complete: page 2 of 3 was cut"
    );
}

/// A site with two devices and a port; the site goes with all that is below it.
fn cascading() -> Snapshot {
    let mut target = sites(&["keep"]);
    target.add(&Record::new("site", "old").flagged(RecordFlags::SKIP_CHILDREN_ON_DELETE)).unwrap();
    for name in ["sw1", "sw2"] {
        target.add(&Record::new("device", name).under(Identity::new("site", "old"))).unwrap();
    }
    target.add(&Record::new("port", ["sw1", "eth0"]).under(Identity::new("device", "sw1"))).unwrap();
    target
}

#[test]
fn a_protected_record_is_touched_by_nobody() {
    let port = Identity::new("port", ["sw1", "eth0"]);
    let absent = Identity::new("site", "nowhere");
    let options =
        CheckOptions { protected: vec![Identity::new("site", "old"), port, absent], ..CheckOptions::default() };
    let with = |source: &Snapshot| findings_with(source, &cascading(), &Policy::default(), &options);
    let found = with(&sites(&["keep"]));
    let protected = found.iter().filter(|finding| finding.check == CheckName::ProtectedRecord).count();
    assert_eq!(protected, 2, "also what goes together with its parent: {found:?}");
    let mut source = cascading();
    source.update(&Record::new("site", "old").with("region", "x")).unwrap();
    assert_eq!(names(&with(&source)), [CheckName::ProtectedRecord]);
}

#[test]
fn what_goes_together_with_its_parent_counts() {
    let limits = Limits { delete_count: 1, ..Limits::default() };
    let options = CheckOptions { limits, ..CheckOptions::default() };
    let found = findings_with(&sites(&["keep"]), &cascading(), &Policy::default(), &options);
    let counted: Vec<&str> =
        found.iter().filter(|f| f.check == CheckName::DeleteCount).map(|f| f.message.as_str()).collect();
    assert_eq!(counted, ["2 device records would be deleted; the limit is 1"]);
    assert_eq!(found.iter().filter(|finding| finding.check == CheckName::EmptySource).count(), 2);
}

#[test]
fn blank_identifiers_are_told_of_what_changes() {
    let mut source = sites(&["", "a"]);
    source.add(&Record::new("port", ["", "eth0"])).unwrap();
    let found = findings(&source, &sites(&["a"]));
    let blank: Vec<&Finding> = found.iter().filter(|finding| finding.check == CheckName::BlankIdentifier).collect();
    assert_eq!(blank.len(), 1, "{found:?}");
    assert_eq!(blank[0].severity, Severity::Error);
    assert_eq!(findings(&sites(&[""]), &sites(&[""])), []);
}

fn hosts(records: &[(&str, Option<&str>)]) -> Snapshot {
    let kind =
        Kind::builder("host").id("name", FieldType::Text).attr("peer", FieldType::Text).reference("host", ["peer"]);
    let mut snapshot = Snapshot::new("side", Schema::new(vec![kind.build().unwrap()]).unwrap());
    snapshot.completeness_mut().confirm_all();
    for (name, peer) in records {
        snapshot.add(&Record::new("host", *name).with("peer", *peer)).unwrap();
    }
    snapshot
}

#[test]
fn a_dangling_reference_weighs_what_the_options_say() {
    let (source, target) = (hosts(&[("a", Some("ghost"))]), hosts(&[]));
    let found = findings(&source, &target);
    assert_eq!((found[0].check, found[0].severity), (CheckName::DanglingReference, Severity::Error));
    assert!(found[0].message.ends_with("it refers to host ghost, which does not exist"), "{}", found[0].message);
    let options = CheckOptions { dangling_reference: Severity::Info, ..CheckOptions::default() };
    assert!(passes(&findings_with(&source, &target, &Policy::default(), &options)));
}

#[test]
fn second_steps_are_no_changes_of_their_own() {
    let ring: Vec<(String, String)> = (0..10).map(|n| (format!("h{n}"), format!("h{}", (n + 1) % 10))).collect();
    let ring: Vec<(&str, Option<&str>)> =
        ring.iter().map(|(name, peer)| (name.as_str(), Some(peer.as_str()))).collect();
    let limits = Limits { change_count: 0, change_share: 0.0, min_records: 0, delete_share: 1.0, ..Limits::default() };
    let options = CheckOptions { limits, ..CheckOptions::default() };
    let found =
        |source: &Snapshot, target: &Snapshot| names(&findings_with(source, target, &Policy::default(), &options));
    assert_eq!(found(&hosts(&ring), &hosts(&[])), []);
    assert_eq!(found(&hosts(&[]), &hosts(&ring)), [CheckName::EmptySource]);
}

#[test]
fn what_the_target_does_not_know_is_named() {
    let mut source = sites(&["a"]);
    source.add(&Record::new("device", "sw1").under(Identity::new("site", "a"))).unwrap();
    let site = Kind::builder("site").id("name", FieldType::Text).child("device", "devices").build().unwrap();
    let rack = Kind::builder("device").id("name", FieldType::Text).build().unwrap();
    let mut target = Snapshot::new("side", Schema::new(vec![site, rack]).unwrap());
    target.completeness_mut().confirm_all();
    let found = findings(&source, &target);
    assert!(found.iter().all(|finding| finding.check == CheckName::NotCompared), "{found:?}");
    let only: Vec<bool> = ["`region` of `site`", "`role` of `device`"]
        .map(|field| found.iter().any(|f| f.message.contains(field)))
        .into();
    assert_eq!(only, [true, true]);
    // Below a new record everything of the source is told, also kinds that the target never heard of.
    source.add(&Record::new("port", ["sw1", "eth0"]).under(Identity::new("device", "sw1"))).unwrap();
    let found = findings(&source, &target);
    assert_eq!((found[0].check, found[0].severity), (CheckName::UnknownKind, Severity::Error));
}

#[test]
fn what_a_policy_forbids_is_told_and_stops_nothing() {
    let forbid = Permissions { create: Permit::Forbid, ..Permissions::default() };
    let policy = Policy { kinds: [("site".into(), forbid)].into(), ..Policy::default() };
    let found = findings_with(&sites(&["a"]), &sites(&[]), &policy, &CheckOptions::default());
    assert_eq!(names(&found), [CheckName::Withheld]);
    assert_eq!(found[0].severity, Severity::Info);
    assert_eq!(network().len(), 3);
}
