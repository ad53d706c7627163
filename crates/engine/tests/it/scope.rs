//! Scopes, case by case.

use trueup_engine::check::{CheckName, CheckOptions, Finding, check};
use trueup_engine::diff::{Problem, Scope};
use trueup_engine::kind::{Case, Field, KindBuilder};
use trueup_engine::{DiffOptions, FieldType, Kind, Policy, Record, Schema, Snapshot, Value, diff, plan};

fn schema() -> Schema {
    let site = Kind::builder("site").id("name", FieldType::Text).attr("region", FieldType::Text).child("site", "sites");
    let device = Kind::builder("device").id("name", FieldType::Text).attr("site", FieldType::Text);
    let device = device.reference("site", ["site"]);
    let port = Kind::builder("port").id("device", FieldType::Text).id("name", FieldType::Text);
    let port = port.attr("speed", FieldType::Int).reference("device", ["device"]);
    let tags = FieldType::set_of(FieldType::Text);
    let vlan = Kind::builder("vlan").id("vid", FieldType::Int).attr("tags", tags).attr("site", FieldType::Text);
    let vlan =
        vlan.attr_field(Field::new("name", FieldType::Text).with_case(Case::Fold)).attr("net", FieldType::Prefix);
    Schema::new([site, device, port, vlan].into_iter().map(|kind| kind.build().unwrap()).collect()).unwrap()
}

fn side(records: &[Record]) -> Snapshot {
    let mut side = Snapshot::new("side", schema());
    side.completeness_mut().confirm_all();
    for record in records {
        side.add(record).unwrap();
    }
    side
}

fn device(name: &str, site: &str) -> Record {
    Record::new("device", name).with("site", site)
}

fn port(device: &str, name: &str, speed: i64) -> Record {
    Record::new("port", [device, name]).with("speed", speed)
}

struct Found {
    steps: Vec<String>,
    problems: Vec<Problem>,
    skipped: u64,
    findings: Vec<Finding>,
}

fn planned(scope: Scope, source: &[Record], target: &[Record]) -> Found {
    let (source, target) = (side(source), side(target));
    let diff = diff(&source, &target, &DiffOptions { scope, ..DiffOptions::default() }, &mut |_| {});
    let plan = plan(&diff, &Policy::default());
    Found {
        steps: plan.steps().iter().map(|step| format!("{} {}", step.action(), step.record)).collect(),
        problems: plan.problems().to_vec(),
        skipped: diff.summary().skip,
        findings: check(&plan, &diff, &CheckOptions::default()),
    }
}

fn in_ams() -> Scope {
    Scope::all().only("device", "site", ["ams"])
}

#[test]
fn both_sides_are_asked_alike() {
    let source = [device("new", "ams"), device("elsewhere", "lon"), device("same", "ams")];
    let target = [device("same", "ams"), device("gone", "ams"), device("not ours", "par"), device("blank", "")];
    let sites = ["ams", "lon", "par"].map(|name| Record::new("site", name));
    let (source, target) = ([&source[..], &sites].concat(), [&target[..], &sites].concat());
    let found = planned(in_ams(), &source, &target);
    assert_eq!(found.steps, ["create device new", "delete device gone"]);
    assert_eq!((found.skipped, found.problems), (3, vec![]));
}

#[test]
fn the_source_decides_where_both_have_a_record() {
    let sites = ["ams", "lon"].map(|name| Record::new("site", name));
    let with = |device: Record| [&sites[..], &[device]].concat();
    let comes = planned(in_ams(), &with(device("x", "ams")), &with(device("x", "lon")));
    assert_eq!((comes.steps, comes.problems), (vec!["update device x".to_owned()], vec![]));
    let leaves = planned(in_ams(), &with(device("x", "lon")), &with(device("x", "ams")));
    assert_eq!(leaves.steps, [""; 0], "it is not gone, so it is not deleted");
    let [problem @ Problem::LeftScope { records: 1, .. }] = &leaves.problems[..] else {
        panic!("{:?}", leaves.problems)
    };
    assert!(
        problem.to_string().starts_with("1 records of kind `device` (`x` is one) have left the scope"),
        "{problem}"
    );
}

#[test]
fn what_belongs_to_a_record_goes_with_it() {
    let sites = ["ams", "lon"].map(|name| Record::new("site", name));
    let source =
        [&sites[..], &[device("a", "ams"), device("l", "lon"), port("a", "1", 10), port("l", "1", 10)]].concat();
    let target = [&sites[..], &[device("l", "lon"), port("l", "1", 1), port("l", "2", 1)]].concat();
    assert_eq!(planned(in_ams(), &source, &target).steps, ["create device a", "create port a__1"]);
    // The device has left the scope in the source; what only the target has of it is not gone either.
    let target =
        [&sites[..], &[device("a", "ams"), device("l", "ams"), port("l", "2", 1), port("a", "1", 10)]].concat();
    assert_eq!(planned(in_ams(), &source, &target).steps, [""; 0]);
}

#[test]
fn records_of_one_kind_below_each_other_are_asked_one_by_one() {
    let region = || Record::new("site", "nl").with("region", "none");
    let below = |region: &str| {
        Record::new("site", "ams").with("region", region).under(trueup_engine::Identity::new("site", "nl"))
    };
    let scope = || Scope::all().only("site", "region", ["west", "east"]);
    assert_eq!(planned(scope(), &[region(), below("west")], &[region()]).steps, ["create site ams"]);
    let moved = planned(scope(), &[region(), below("west")], &[region(), below("east")]);
    assert_eq!((moved.steps, moved.skipped), (vec!["update site ams".to_owned()], 1));
    // What is needed and outside is not made along with it.
    assert_eq!(planned(scope(), &[region(), below("west")], &[]).steps, [""; 0]);
}

#[test]
fn what_is_outside_keeps_what_it_needs() {
    let scope = || in_ams().only("site", "name", ["ams", "old"]);
    let target = [Record::new("site", "ams"), Record::new("site", "old"), device("x", "old")];
    assert_eq!(planned(scope(), &[Record::new("site", "ams")], &target).steps, [""; 0]);
    assert_eq!(planned(scope(), &[Record::new("site", "ams")], &target[..2]).steps, ["delete site old"]);
}

#[test]
fn shares_are_of_what_is_inside() {
    let sites = ["ams", "lon"].map(|name| Record::new("site", name));
    let devices =
        |count: usize, site: &str| (0..count).map(|n| device(&format!("{site}{n:03}"), site)).collect::<Vec<_>>();
    let target = [&sites[..], &devices(10, "ams"), &devices(500, "lon")].concat();
    let checks = |source: &[Record]| {
        let found = planned(in_ams(), source, &target).findings;
        found.iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    let some = [&sites[..], &devices(4, "ams"), &devices(500, "lon")].concat();
    assert_eq!(checks(&some), [CheckName::DeleteShare], "6 of 10, not of 510");
    let none = [&sites[..], &devices(500, "lon")].concat();
    assert_eq!(checks(&none), [CheckName::DeleteShare, CheckName::EmptySource]);
}

#[test]
fn lookups_are_those_of_the_inventory() {
    let vlan = Record::new("vlan", 120).with("name", "Office-East").with("site", Value::Null);
    let vlan = vlan.with("tags", Value::Set(["core", "lab"].into_iter().collect())).with("net", "10.0.0.0/24");
    let cases: [(&str, Vec<Value>, bool); 27] = [
        ("vid", vec![120.into()], true),
        ("vid", vec!["120".into()], true),
        ("vid", vec![1.into(), 2.into()], false),
        ("vid__n", vec![120.into()], false),
        ("vid__n", vec![1.into(), 2.into()], true),
        ("vid__gte", vec![120.into()], true),
        ("vid__gt", vec![120.into()], false),
        ("vid__lt", vec![121.into()], true),
        ("vid__lte", vec![119.into()], false),
        ("name", vec!["OFFICE-east".into()], true),
        ("name__isw", vec!["lab".into(), "OFF".into()], true),
        ("name__nisw", vec!["lab".into(), "off".into()], false),
        ("name__iew", vec!["west".into()], false),
        ("name__niew", vec!["west".into()], true),
        ("name__ic", vec!["ice-E".into()], true),
        ("name__nic", vec!["ice-E".into()], false),
        ("name__ie", vec!["office".into()], false),
        ("name__nie", vec!["office".into()], true),
        ("site", vec![Value::Null], true),
        ("site", vec!["ams".into(), Value::Null], true),
        ("site__n", vec![Value::Null], false),
        ("site__isw", vec!["".into()], false),
        ("tags", vec!["core".into(), "edge".into()], true),
        ("tags__n", vec!["core".into()], false),
        ("tags__n", vec!["edge".into()], true),
        ("tags", vec![Value::Null], false),
        ("net", vec!["10.0.0.7/24".into()], true),
    ];
    for (lookup, values, inside) in cases {
        let shown = format!("{lookup} {values:?}");
        let scope = Scope::all().only("vlan", lookup, values);
        scope.check(&schema()).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let found = planned(scope, std::slice::from_ref(&vlan), &[]);
        assert_eq!(found.steps.len(), usize::from(inside), "{shown}");
    }
}

#[test]
fn several_conditions_hold_together() {
    let vlans = [10, 20, 30].map(|vid| Record::new("vlan", vid).with("site", "ams"));
    let scope = Scope::all().only("vlan", "vid__gte", [20]).only("vlan", "vid__lt", [30]);
    assert_eq!(planned(scope, &vlans, &[]).steps, ["create vlan 20"]);
}

#[test]
fn a_scope_that_cannot_be_asked_is_told_as_a_whole() {
    let scope = Scope::all().only("vlan", "tenant", ["a"]).only("vlan", "name__re", ["^a"]).only("rack", "name", ["r"]);
    let scope = scope.only("vlan", "vid", ["ten"]).only("vlan", "name__gt", ["a"]).only("vlan", "vid__isw", [1]);
    let scope = scope.only("vlan", "name", Vec::<Value>::new());
    let problems: Vec<String> = scope.check(&schema()).unwrap_err().problems.iter().map(ToString::to_string).collect();
    let words = "n, ie, nie, ic, nic, isw, nisw, iew, niew, lt, lte, gt, gte";
    assert_eq!(
        problems,
        [
            "kinds.rack.scope.name: there is no such kind".to_owned(),
            "kinds.vlan.scope.tenant: vlan has no such field; add it to its attributes, or ask for one that it has"
                .to_owned(),
            format!(
                "kinds.vlan.scope.name__re: `re` is nothing that can be asked of a field, and `name__re` is no field of \
                 vlan; there are {words}"
            ),
            "kinds.vlan.scope.vid: `ten` (text) is not a valid int".to_owned(),
            "kinds.vlan.scope.name__gt: `a` is neither more nor less than anything".to_owned(),
            "kinds.vlan.scope.vid__isw: `1` is no text".to_owned(),
            "kinds.vlan.scope.name: it has no values, so no record would ever fit".to_owned(),
        ]
    );
    // A diff has no way to fail: such kinds stay as they are.
    let vlan = Record::new("vlan", 1);
    let found =
        planned(Scope::all().only("vlan", "tenant", ["a"]), std::slice::from_ref(&vlan), &[Record::new("vlan", 2)]);
    assert_eq!(found.steps, [""; 0]);
    assert!(matches!(&found.problems[..], [Problem::Scope(_)]), "{:?}", found.problems);
}

#[test]
fn a_kind_that_one_side_cannot_be_asked_about_is_compared_on_neither() {
    let plain = Kind::builder("device").id("name", FieldType::Text);
    let known = || plain.clone().attr("site", FieldType::Text);
    let with = |kind: KindBuilder, names: &[&str]| {
        let mut side = Snapshot::new("side", Schema::new(vec![kind.build().unwrap()]).unwrap());
        side.completeness_mut().confirm_all();
        for name in names {
            let sited = Record::new("device", *name).with("site", "ams");
            let known = side.schema().get("device").unwrap().slot("site").is_some();
            side.add(&if known { sited } else { Record::new("device", *name) }).unwrap();
        }
        side
    };
    for (source, target) in [(plain.clone(), known()), (known(), plain.clone())] {
        let (source, target) = (with(source, &["new", "same"]), with(target, &["same", "gone"]));
        let diff = diff(&source, &target, &DiffOptions { scope: in_ams(), ..DiffOptions::default() }, &mut |_| {});
        let plan = plan(&diff, &Policy::default());
        assert_eq!(plan.steps(), []);
        assert_eq!((diff.len(), diff.summary().skip), (0, 3));
        let told = plan.problems().iter().filter(|problem| matches!(problem, Problem::Scope(_)));
        assert_eq!(told.count(), 1, "{:?}", plan.problems());
    }
}
