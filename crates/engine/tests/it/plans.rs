//! Plans of small worlds, step by step.

use trueup_engine::apply::{Hook, MemoryTarget, RecordHooks};
use trueup_engine::diff::{ElementOrder, ElementRef, Group, Problem};
use trueup_engine::kind::{Permissions, Permit};
use trueup_engine::plan::{Plan, Step, StepAction, StepId, Withheld};
use trueup_engine::record::{Attributes, Identity, Key, RecordFlags};
use trueup_engine::{DiffFlags, DiffOptions, FieldType, Kind, Policy, Record, Schema, Snapshot, Value, diff, plan};

use crate::snapshot::sites;
use crate::strict::Strict;
use crate::world::{canonical, carry_out, compare, memory};

/// Hosts with two references to hosts, inside groups that may hold each other.
fn schema() -> Schema {
    let group = Kind::builder("group").id("name", FieldType::Text).child("group", "groups").child("host", "hosts");
    let host = Kind::builder("host").id("name", FieldType::Text);
    let host = host.attr("first", FieldType::Text).attr("second", FieldType::Text).attr("note", FieldType::Text);
    let host = host.reference("host", ["first"]).reference("host", ["second"]);
    Schema::with_top_level(vec![group.build().unwrap(), host.build().unwrap()], ["group", "host"]).unwrap()
}

/// `name`, or `name > first` or `name > first second`; `group/name` hangs below a group; `[group]` is a group.
fn hosts(records: &[&str]) -> Snapshot {
    let mut snapshot = Snapshot::new("side", schema());
    snapshot.completeness_mut().confirm_all();
    for record in records {
        let (place, references) = record.split_once(" > ").unwrap_or((record, ""));
        let (group, name) = place.rsplit_once('/').map_or((None, place), |(group, name)| (Some(group), name));
        let kind = if name.starts_with('[') { "group" } else { "host" };
        let mut record = Record::new(kind, name.trim_matches(['[', ']']));
        for (field, to) in ["first", "second"].iter().zip(references.split_whitespace()).filter(|(_, to)| *to != "-") {
            record = record.with(*field, to);
        }
        record.parent = group.map(|group| Identity::new("group", group));
        snapshot.add(&record).unwrap();
    }
    snapshot
}

fn told(plan: &Plan) -> Vec<String> {
    let step = |step: &Step| {
        let after: Vec<String> = step
            .after()
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "note")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let after = if step.action() == StepAction::Update { format!(" {}", after.join(" ")) } else { String::new() };
        let on: Vec<String> = step.depends_on.iter().map(|on| on.0.to_string()).collect();
        format!("{} {}{after} ({})", step.action(), step.record.key, on.join(","))
    };
    plan.steps().iter().map(step).collect()
}

fn withheld(plan: &Plan) -> Vec<String> {
    let told = |withheld: &Withheld| format!("{} {}: {}", withheld.action, withheld.record, withheld.reason);
    plan.withheld().iter().map(told).collect()
}

fn planned(source: &[&str], target: &[&str]) -> Plan {
    let (source, target) = (hosts(source), hosts(target));
    let plan = plan(&compare(&source, &target), &Policy::default());
    let mut applied = target;
    let report = carry_out(&plan, &mut Strict { snapshot: &mut applied }, 10);
    assert!(report.is_clean(), "{:?}", report.trouble);
    plan
}

#[test]
fn references_are_made_first_and_deleted_last() {
    assert_eq!(told(&planned(&["a > b", "b > c", "c"], &[])), ["create c ()", "create b (0)", "create a (1)"]);
    assert_eq!(told(&planned(&[], &["a > b", "b > c", "c"])), ["delete a ()", "delete b (0)", "delete c (1)"]);
    assert_eq!(told(&planned(&["[g]", "g/a"], &[])), ["create g ()", "create a (0)"]);
    assert_eq!(told(&planned(&[], &["[g]", "g/a"])), ["delete a ()", "delete g (0)"]);
    let changed = planned(&["a > new", "new"], &["a > old", "old"]);
    assert_eq!(told(&changed), ["create new ()", "update a first=new (0)", "delete old (1)"]);
}

#[test]
fn a_cycle_takes_two_steps() {
    let made = ["create a ()", "create b (0)", "update a first=b (0,1)"];
    assert_eq!(told(&planned(&["a > b", "b > a"], &[])), made);
    assert_eq!(told(&planned(&["a > a"], &[])), ["create a ()", "update a first=a (0)"]);
    let gone = told(&planned(&[], &["a > b", "b > a"]));
    assert_eq!(gone.len(), 3);
    assert!(gone[0].starts_with("update "), "{gone:?}");
    assert_eq!(told(&planned(&["a > a"], &["a > a"])), [""; 0]);
}

#[test]
fn identifiers_that_refer_to_each_other_are_a_problem() {
    let kind =
        |name: &str, to: &str| Kind::builder(name).id("name", FieldType::Text).reference(to, ["name"]).build().unwrap();
    let schema = Schema::new(vec![kind("one", "other"), kind("other", "one")]).unwrap();
    let mut source = Snapshot::new("source", schema.clone());
    source.add(&Record::new("one", "x")).unwrap();
    source.add(&Record::new("other", "x")).unwrap();
    let target = Snapshot::new("target", schema);
    let plan = plan(&compare(&source, &target), &Policy::default());
    assert_eq!(plan.len(), 2);
    assert!(matches!(plan.problems(), [Problem::IdentifierCycle { .. }]), "{:?}", plan.problems());
}

#[test]
fn what_cannot_be_made_is_withheld_with_all_that_needs_it() {
    let plan = planned(&["a > b", "b > ghost", "c"], &[]);
    assert_eq!(told(&plan), ["create c ()"]);
    assert_eq!(
        withheld(&plan),
        [
            "create host a: it needs host b, which is withheld",
            "create host b: it refers to host ghost, which does not exist",
        ]
    );
    // A record that only the target has, and that stays, can be referred to.
    let (source, mut target) = (hosts(&["a > old"]), hosts(&["old"]));
    let plan_with = |flags| {
        let options = DiffOptions { flags, ..DiffOptions::default() };
        plan_of(&source, &target, &options)
    };
    assert_eq!(told(&plan_with(DiffFlags::SKIP_UNMATCHED_DST)), ["create a ()"]);
    let plan = plan_with(DiffFlags::NONE);
    assert_eq!(told(&plan), ["delete old ()"]);
    assert!(carry_out(&plan, &mut memory(&mut target), 1).is_clean());
}

fn plan_of(source: &Snapshot, target: &Snapshot, options: &DiffOptions) -> Plan {
    plan(&diff(source, target, options, &mut |_| {}), &Policy::default())
}

#[test]
fn a_flag_that_leaves_a_record_out_leaves_out_what_refers_to_it() {
    let mut source = hosts(&["a > b", "c"]);
    source.add(&Record::new("host", "b").flagged(RecordFlags::SKIP_UNMATCHED_SRC)).unwrap();
    let plan = plan_of(&source, &hosts(&[]), &DiffOptions::default());
    assert_eq!(told(&plan), ["create c ()"]);
    assert_eq!(withheld(&plan), ["create host a: it needs host b, which is withheld"]);
}

#[test]
fn an_update_that_is_withheld_keeps_what_it_would_have_let_go() {
    // `a` would leave `old` for something that is nowhere; it keeps `old`, so `old` stays.
    let plan = planned(&["a > ghost"], &["a > old", "old"]);
    assert_eq!(told(&plan), [""; 0]);
    assert_eq!(
        withheld(&plan),
        [
            "update host a: it refers to host ghost, which does not exist",
            "delete host old: host a refers to it and stays",
        ]
    );
    // The same for a parent.
    let plan = planned(&["[h]", "h/a > ghost"], &["[g]", "[h]", "g/a"]);
    assert_eq!(told(&plan), [""; 0]);
    assert_eq!(withheld(&plan).len(), 2);
}

#[test]
fn each_reference_is_minded_by_itself() {
    // The first reference goes to another record, the second keeps `old`.
    let (mut source, target) = (hosts(&["a > new old", "new"]), hosts(&["a > old old", "old", "new"]));
    source.completeness_mut().confirm_all();
    let plan = plan_of(&source, &target, &DiffOptions::default());
    assert_eq!(told(&plan), ["update a first=new ()"]);
    assert_eq!(withheld(&plan), ["delete host old: host a refers to it and stays"]);
}

#[test]
fn a_move_is_one_step_and_loses_nothing() {
    let plan = planned(&["[g]", "[h]", "h/a"], &["[g]", "[h]", "g/a"]);
    assert_eq!(told(&plan), ["update a  ()"]);
    let plan = planned(&["[h]", "h/a"], &["[g]", "g/a"]);
    assert_eq!(told(&plan), ["create h ()", "update a  (0)", "delete g (1)"]);
    // Turned upside down: what is above moves out first.
    let plan = planned(&["[x]", "x/[b]", "b/[a]"], &["[x]", "x/[a]", "a/[b]"]);
    assert_eq!(told(&plan), ["update b  ()", "update a  (0)"]);
}

#[test]
fn a_record_that_moves_away_is_not_lost_with_its_old_parent() {
    let mut target = hosts(&[]);
    target.add(&Record::new("group", "g").flagged(RecordFlags::SKIP_CHILDREN_ON_DELETE)).unwrap();
    target.add(&Record::new("group", "inner").under(Identity::new("group", "g"))).unwrap();
    target.add(&Record::new("host", "a").under(Identity::new("group", "inner"))).unwrap();
    let source = hosts(&["[h]", "h/a"]);
    for policy in [Policy::default(), Policy::diffsync(DiffFlags::NONE)] {
        let plan = plan(&compare(&source, &target), &policy);
        let delete = plan.steps().iter().find(|step| step.action() == StepAction::Delete).unwrap();
        let moved = plan.steps().iter().position(|step| step.record.kind == *"host").unwrap();
        assert!(delete.depends_on.contains(&StepId(moved as u32)), "{:?}", told(&plan));
        let mut applied = target.clone();
        assert!(carry_out(&plan, &mut memory(&mut applied), 1).is_clean());
        assert_eq!(canonical(&applied), canonical(&source));
        // When the move fails, the parent stays.
        struct Refuse;
        impl RecordHooks for Refuse {
            fn update(&mut self, _: &Step, _: &Attributes) -> Hook {
                Hook::Declined("no".to_owned())
            }
        }
        let mut applied = target.clone();
        let report = carry_out(&plan, &mut MemoryTarget { snapshot: &mut applied, hooks: Refuse }, 1);
        assert!(report.total().blocked >= 1);
        assert!(
            applied.get_or_none("host", &"a".into()).is_some() && applied.get_or_none("group", &"g".into()).is_some()
        );
    }
}

#[test]
fn what_goes_along_with_two_deletes_lets_go_of_each_other_first() {
    let mut target = hosts(&[]);
    for (group, host, other) in [("g", "a", "b"), ("h", "b", "a")] {
        target.add(&Record::new("group", group).flagged(RecordFlags::SKIP_CHILDREN_ON_DELETE)).unwrap();
        target.add(&Record::new("host", host).with("first", other).under(Identity::new("group", group))).unwrap();
    }
    let plan = plan(&compare(&hosts(&[]), &target), &Policy::default());
    assert_eq!(told(&plan), ["update a first=None ()", "delete h (0)", "delete g (0,1)"]);
    assert!(carry_out(&plan, &mut Strict { snapshot: &mut target }, 1).is_clean());
    assert!(target.is_empty());
}

#[test]
fn what_a_policy_protects_is_not_lost_with_its_parent() {
    let mut target = hosts(&[]);
    target.add(&Record::new("group", "g").flagged(RecordFlags::SKIP_CHILDREN_ON_DELETE)).unwrap();
    target.add(&Record::new("host", "a").under(Identity::new("group", "g"))).unwrap();
    let forbid = Permissions { delete: Permit::Forbid, ..Permissions::default() };
    let policy = Policy { kinds: [("host".into(), forbid)].into(), ..Policy::default() };
    let source = hosts(&[]);
    let plan = plan(&compare(&source, &target), &policy);
    assert!(plan.is_empty());
    assert_eq!(
        withheld(&plan),
        [
            "delete host a: this job may not do that to records of this kind",
            "delete group g: host a hangs below it and stays",
        ]
    );
}

#[test]
fn what_a_flag_protects_keeps_its_parents() {
    for flag in [RecordFlags::IGNORE, RecordFlags::SKIP_UNMATCHED_DST] {
        for above in [RecordFlags::NONE, RecordFlags::SKIP_CHILDREN_ON_DELETE] {
            let mut target = hosts(&["b"]);
            target.add(&Record::new("group", "g").flagged(above)).unwrap();
            let host = Record::new("host", "a").with("first", "b").under(Identity::new("group", "g"));
            target.add(&host.flagged(flag)).unwrap();
            let plan = plan_of(&hosts(&[]), &target, &DiffOptions::default());
            assert!(plan.is_empty());
            assert_eq!(plan.withheld().len(), 2, "{:?}", withheld(&plan));
        }
    }
}

#[test]
fn stored_steps_out_of_order_are_refused() {
    let plan = planned(&["a > b", "b"], &[]);
    let mut steps = plan.steps().to_vec();
    assert_eq!(Plan::from_steps(Policy::default(), steps.clone()).unwrap().fingerprint(), plan.fingerprint());
    steps.reverse();
    let error = Plan::from_steps(Policy::default(), steps.clone()).unwrap_err();
    assert_eq!(error.to_string(), "step 0 depends on step 0, which does not come before it");
    steps[0].depends_on = vec![StepId(99)];
    assert!(Plan::from_steps(Policy::default(), steps).is_err());
}

#[test]
fn a_fingerprint_is_of_policy_and_steps() {
    let one = planned(&["a"], &[]);
    let (source, target) = (hosts(&["a"]), hosts(&[]));
    let other = plan(&compare(&source, &target), &Policy::diffsync(DiffFlags::NONE));
    assert_eq!(one.encode(), other.encode());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.fingerprint(), planned(&["b"], &[]).fingerprint());
    let text = one.fingerprint().to_string();
    assert_eq!(text.parse(), Ok(one.fingerprint()));
    assert!(text[1..].parse::<trueup_engine::plan::Fingerprint>().is_err());
}

#[test]
fn problems_tell_what_was_not_compared() {
    let site =
        |attr: &str| Kind::builder("site").id("id", FieldType::Any).attr(attr, FieldType::Any).child("port", "ports");
    let port = || Kind::builder("port").id("id", FieldType::Any).build().unwrap();
    let rack = Kind::builder("rack").id("id", FieldType::Any).build().unwrap();
    let mut source = Snapshot::new("s", Schema::new(vec![site("here").build().unwrap(), port(), rack]).unwrap());
    let target_site = site("there").build().unwrap();
    let mut target = Snapshot::new("t", Schema::new(vec![target_site, port()]).unwrap());
    source.add(&Record::new("rack", 1)).unwrap();
    let site = |snapshot: &mut Snapshot, key: Key| snapshot.add(&Record::new("site", key)).unwrap();
    let (first, second) = (site(&mut source, Key::new(vec![1.into()])), site(&mut source, "x".into()));
    site(&mut target, "1".into());
    site(&mut target, "x".into());
    let port = source.add(&Record::new("port", "p").under(Identity::new("site", 1))).unwrap();
    assert!(source.add_child(second, port).is_err());
    source.refuse_second_parent(port, second);
    target.add(&Record::new("port", "lost")).unwrap();
    assert_eq!(source.record(port).parent().unwrap().row(), first);
    let found = compare(&source, &target);
    let mut told: Vec<String> = found.problems().iter().map(ToString::to_string).collect();
    told.sort_unstable();
    let expected = [
        "1 records of kind `port` in the target hang below no parent (`lost` is one)",
        "`site` 1 is (int) in the source and (text) in the target",
        "only the source has kind `rack` at the top: its 1 records were not compared",
        "only the source knows `here` of `site`",
        "only the target knows `there` of `site`",
        "port p hangs below both site 1 and site x in the source",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    assert!(told.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{told:#?}");
}

#[test]
fn composite_keys_of_other_types_are_a_problem_too() {
    let schema = || {
        let kind = Kind::builder("port").id("device", FieldType::Any).id("number", FieldType::Any).build().unwrap();
        Schema::new(vec![kind]).unwrap()
    };
    let (mut source, mut target) = (Snapshot::new("s", schema()), Snapshot::new("t", schema()));
    source.add(&Record::new("port", Key::new(vec!["sw1".into(), Value::Int(1)]))).unwrap();
    target.add(&Record::new("port", ["sw1", "1"])).unwrap();
    assert!(matches!(compare(&source, &target).problems(), [Problem::KeyTypes { .. }]));
}

struct Reversed;

impl ElementOrder for Reversed {
    fn group<'d, 's>(&self, mut group: Group<'d, 's>) -> Vec<ElementRef<'d, 's>> {
        group.elements.reverse();
        group.elements
    }
}

struct Only(&'static str);

impl ElementOrder for Only {
    fn group<'d, 's>(&self, mut group: Group<'d, 's>) -> Vec<ElementRef<'d, 's>> {
        group.elements.retain(|element| element.shortname() == self.0);
        let again = group.elements.clone();
        group.elements.extend(again);
        group.elements
    }
}

#[test]
fn an_order_hook_orders_and_leaves_out() {
    let (source, target) = (sites(&["a", "b", "c"]), sites(&[]));
    let with = |order: std::sync::Arc<dyn ElementOrder + Send + Sync>| DiffOptions { order, ..DiffOptions::default() };
    let reversed = with(std::sync::Arc::new(Reversed));
    assert_eq!(told(&plan_of(&source, &target, &reversed)), ["create c ()", "create b ()", "create a ()"]);
    let only = with(std::sync::Arc::new(Only("b")));
    let found = diff(&source, &target, &only, &mut |_| {});
    assert_eq!((found.len(), found.summary().create, found.summary().skip), (1, 1, 2));
    assert!(found.has_diffs() && found.text().contains("site: a MISSING"));
    assert_eq!(told(&plan_of(&source, &target, &only)), ["create b ()"]);
    // Left out at the top, so that it stays, and what is left out below a record keeps that record.
    let target = hosts(&["[g]", "g/a"]);
    let plan = plan_of(&hosts(&[]), &target, &with(std::sync::Arc::new(Only("g"))));
    assert!(plan.is_empty());
    assert_eq!(withheld(&plan), ["delete group g: host a hangs below it and stays"]);
}

#[test]
fn a_move_waits_for_the_moves_above_it_or_is_withheld_with_them() {
    // `a` and `b` change places: `b` moves out first. Where the policy forbids that, `a` stays as well.
    let (source, mut target) = (hosts(&["[b]", "b/[a]"]), hosts(&["[a]", "a/[b]"]));
    assert_eq!(told(&planned(&["[b]", "b/[a]"], &["[a]", "a/[b]"])), ["update b  ()", "update a  (0)"]);
    let forbid = Permissions { update: Permit::Forbid, ..Permissions::default() };
    let policy = Policy { kinds: [("group".into(), forbid)].into(), ..Policy::default() };
    let plan = plan(&compare(&source, &target), &policy);
    assert!(plan.is_empty());
    assert!(carry_out(&plan, &mut memory(&mut target), 1).is_clean());
}

#[test]
fn a_move_below_a_move_that_cannot_be_made_is_withheld() {
    let schema = || {
        let group = Kind::builder("group").id("name", FieldType::Text).attr("like", FieldType::Text);
        let group = group.child("group", "groups").reference("group", ["like"]);
        Schema::new(vec![group.build().unwrap()]).unwrap()
    };
    let (mut source, mut target) = (Snapshot::new("s", schema()), Snapshot::new("t", schema()));
    source.completeness_mut().confirm_all();
    source.add(&Record::new("group", "b").with("like", "ghost")).unwrap();
    source.add(&Record::new("group", "a").under(Identity::new("group", "b"))).unwrap();
    target.add(&Record::new("group", "a")).unwrap();
    target.add(&Record::new("group", "b").under(Identity::new("group", "a"))).unwrap();
    let plan = plan(&compare(&source, &target), &Policy::default());
    assert_eq!(
        withheld(&plan),
        [
            "update group b: it refers to group ghost, which does not exist",
            "update group a: it needs group b, which is withheld",
        ]
    );
}

#[test]
fn a_record_that_refers_to_itself_comes_back() {
    let (source, mut target) = (hosts(&[]), hosts(&["a > a"]));
    let before = target.clone();
    let plan = plan(&compare(&source, &before), &Policy::default());
    assert_eq!(told(&plan), ["update a first=None ()", "delete a (0)"]);
    assert!(carry_out(&plan, &mut Strict { snapshot: &mut target }, 1).is_clean());
    assert!(carry_out(&plan.undo(|_| true), &mut Strict { snapshot: &mut target }, 1).is_clean());
    assert_eq!(canonical(&target), canonical(&before));
}
