//! Who owns an attribute and what a kind permits, case by case.

use trueup_engine::apply::rebased;
use trueup_engine::kind::{Field, KindBuilder, Owner, Permissions};
use trueup_engine::plan::{Plan, Step, Withheld};
use trueup_engine::{FieldType, Kind, Policy, Record, Schema, Snapshot, Value, plan};

use crate::world::{attributes, compare};

fn side(kinds: &[KindBuilder], records: &[Record]) -> Snapshot {
    let kinds = kinds.iter().map(|kind| kind.clone().build().unwrap()).collect();
    let mut side = Snapshot::new("side", Schema::new(kinds).unwrap());
    side.completeness_mut().confirm_all();
    for record in records {
        side.add(record).unwrap();
    }
    side
}

fn planned(kinds: &[KindBuilder], source: &[Record], target: &[Record]) -> Plan {
    let (source, target) = (side(kinds, source), side(kinds, target));
    plan(&compare(&source, &target), &Policy::default())
}

fn told(plan: &Plan) -> Vec<String> {
    let step = |step: &Step| {
        let after = step.after().into_iter().flatten().map(|(name, value)| format!(" {name}={value}"));
        format!("{} {}{}", step.action(), step.record, after.collect::<String>())
    };
    let withheld = |withheld: &Withheld| format!("no {} {}: {}", withheld.action, withheld.record, withheld.reason);
    plan.steps().iter().map(step).chain(plan.withheld().iter().map(withheld)).collect()
}

fn set(members: &[&str]) -> Value {
    Value::Set(members.iter().copied().collect())
}

#[test]
fn an_owner_says_what_a_record_that_is_there_becomes() {
    let (text, tags) = (FieldType::Text, FieldType::set_of(FieldType::Text));
    let (null, blank) = (Value::Null, Value::from(" "));
    let cases: [(Owner, &FieldType, Value, Value, Option<Value>); 17] = [
        (Owner::Source, &text, "new".into(), "old".into(), Some("new".into())),
        (Owner::Source, &text, null.clone(), "old".into(), Some(null.clone())),
        (Owner::Source, &tags, set(&["a"]), set(&["a", "b"]), Some(set(&["a"]))),
        (Owner::Target, &text, "new".into(), "old".into(), None),
        (Owner::Target, &text, "new".into(), null.clone(), None),
        (Owner::Target, &tags, set(&["a"]), set(&[]), None),
        (Owner::IfEmpty, &text, "new".into(), "old".into(), None),
        (Owner::IfEmpty, &text, "new".into(), null.clone(), Some("new".into())),
        (Owner::IfEmpty, &text, "new".into(), blank, Some("new".into())),
        (Owner::IfEmpty, &text, "".into(), null.clone(), None),
        (Owner::IfEmpty, &tags, set(&["a"]), set(&[]), Some(set(&["a"]))),
        (Owner::IfEmpty, &tags, set(&["a"]), set(&["b"]), None),
        (Owner::Merged, &tags, set(&["a"]), set(&["b"]), Some(set(&["a", "b"]))),
        (Owner::Merged, &tags, set(&["a"]), set(&["a", "b"]), None),
        (Owner::Merged, &tags, set(&[]), set(&["b"]), None),
        (Owner::Merged, &tags, set(&[]), null.clone(), None),
        (Owner::Merged, &tags, set(&["a"]), null, Some(set(&["a"]))),
    ];
    for (owner, field_type, source, target, becomes) in cases {
        let field = Field::new("field", field_type.clone()).with_owner(owner);
        let kind = Kind::builder("thing").id("name", FieldType::Text).attr_field(field);
        let record = |value: &Value| Record::new("thing", "x").with("field", value.clone());
        let of = |target: &[Record]| planned(std::slice::from_ref(&kind), &[record(&source)], target);
        let plan = of(&[record(&target)]);
        let after = plan.steps().first().map(|step| step.after().unwrap()["field"].clone());
        assert_eq!(after, becomes, "{owner:?}: {source} over {target}");
        assert_eq!(plan.len(), usize::from(becomes.is_some()));
        let made = of(&[]);
        assert_eq!(made.steps()[0].after().unwrap()["field"], source, "a new record gets it whoever owns it");
    }
}

#[test]
fn an_attribute_beside_one_that_is_left_alone_is_compared() {
    let owned = Field::new("status", FieldType::Text).with_owner(Owner::Target);
    let kind = Kind::builder("device").id("name", FieldType::Text).attr("serial", FieldType::Text);
    let kind = kind.attr_field(owned).attr("asset", FieldType::Text);
    let device = |serial: &str, status: &str, asset: &str| {
        Record::new("device", "x").with("serial", serial).with("status", status).with("asset", asset)
    };
    let changed = |source, target| told(&planned(std::slice::from_ref(&kind), &[source], &[target]));
    assert_eq!(changed(device("1", "Active", "a"), device("1", "Planned", "a")), [""; 0]);
    let both = changed(device("2", "Active", "b"), device("1", "Planned", "a"));
    assert_eq!(both, ["update device x serial=2 asset=b"]);
}

#[test]
fn a_reference_that_the_target_owns_needs_nothing_and_lets_nothing_go() {
    let role = || Kind::builder("role").id("name", FieldType::Text);
    let field = || Field::new("role", FieldType::Text).with_owner(Owner::Target);
    let device = Kind::builder("device").id("name", FieldType::Text).attr_field(field()).reference("role", ["role"]);
    let device = device.attr("serial", FieldType::Text);
    let record = |role: &str, serial: &str| Record::new("device", "x").with("role", role).with("serial", serial);
    let kinds = [role().permissions(Permissions::NOTHING), device.clone()];
    let source = [Record::new("role", "leaf"), record("leaf", "2")];
    let target = [Record::new("role", "spine"), record("spine", "1")];
    assert_eq!(
        told(&planned(&kinds, &source, &target)),
        [
            "update device x serial=2",
            "no create role leaf: this job may not do that to records of this kind",
            "no delete role spine: this job may not do that to records of this kind",
        ]
    );
    assert_eq!(
        told(&planned(&[role(), device], &source, &target)),
        ["create role leaf", "update device x serial=2", "no delete role spine: device x refers to it and stays",]
    );
}

#[test]
fn what_is_only_matched_is_neither_made_nor_deleted() {
    let kind = |permissions| {
        Kind::builder("role").id("name", FieldType::Text).attr("colour", FieldType::Text).permissions(permissions)
    };
    let role = |name: &str, colour: &str| Record::new("role", name).with("colour", colour);
    let of = |permissions| {
        let (source, target) = ([role("a", "red"), role("b", "red")], [role("b", "blue"), role("c", "blue")]);
        told(&planned(&[kind(permissions)], &source, &target))
    };
    let no = |what: &str| format!("no {what}: this job may not do that to records of this kind");
    assert_eq!(of(Permissions::ALL).len(), 3);
    let matched = of(Permissions::MATCH_ONLY);
    assert_eq!(matched, ["update role b colour=red".to_owned(), no("create role a"), no("delete role c")]);
    assert_eq!(of(Permissions::NOTHING), [no("create role a"), no("update role b"), no("delete role c")]);
}

#[test]
fn owners_that_make_no_sense_are_told() {
    let owned = |name: &str, owner| Field::new(name, FieldType::Text).with_owner(owner);
    let kind = Kind::builder("device").id_field(owned("name", Owner::Target)).attr_field(owned("tag", Owner::Merged));
    let kind = kind.attr_field(owned("site", Owner::Target)).attr_field(owned("region", Owner::IfEmpty));
    let problems: Vec<String> = kind
        .reference("site", ["site", "region"])
        .build()
        .unwrap_err()
        .problems
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        problems,
        [
            "identifier `name` has an owner; only attributes can have one, for an identifier says which record it is",
            "field `tag` is text, but only a set can be merged",
            "fields `site`, `region` hold one reference to `site` together; give all of them the same owner",
        ]
    );
}

#[test]
fn a_reference_of_several_fields_is_never_empty_in_part() {
    let field = |name: &str| Field::new(name, FieldType::Text).with_owner(Owner::IfEmpty);
    let kind =
        Kind::builder("device").id("name", FieldType::Text).attr_field(field("site")).attr_field(field("region"));
    let error = kind.clone().reference("site", ["site", "region"]).build().unwrap_err();
    assert!(error.to_string().contains("`if-empty` is for references of one field"), "{error}");
    assert!(kind.reference("site", ["site"]).reference("region", ["region"]).build().is_ok());
}

/// A step is written as it is to records in which nobody has touched the set, and otherwise with what others did.
#[test]
fn a_step_is_rebased_on_the_set_that_is_there() {
    let field = Field::new("tags", FieldType::set_of(FieldType::Text)).with_owner(Owner::Merged);
    let kind = Kind::builder("device").id("name", FieldType::Text).attr("serial", FieldType::Text).attr_field(field);
    let record =
        |serial: &str, tags: &[&str]| Record::new("device", "x").with("serial", serial).with("tags", set(tags));
    let kinds = [kind];
    let plan = planned(&kinds, &[record("2", &["ours"])], &[record("1", &["theirs", "old"])]);
    let now = side(&kinds, &[record("1", &["theirs", "new"])]);
    let step = rebased(&plan.steps()[0], now.get_or_none("device", &"x".into()));
    let after = attributes([("serial", "2".into()), ("tags", set(&["theirs", "new", "ours"]))]);
    assert_eq!(step.after(), Some(&after));
    assert_eq!(step.before().unwrap()["tags"], set(&["theirs", "new"]));
}
