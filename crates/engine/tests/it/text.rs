//! What people see of a diff.

use serde_json::json;
use trueup_engine::record::Identity;
use trueup_engine::{Diff, FieldType, Kind, Record, Schema, Snapshot, Value};

use crate::snapshot::network;
use crate::world::compare;

fn side(name: &str) -> Snapshot {
    Snapshot::new(name, network())
}

fn dict(diff: &Diff<'_>) -> serde_json::Value {
    let mut out = Vec::new();
    diff.write_json(&mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// A change, a record on either side, and a move, below sites that agree.
fn both() -> (Snapshot, Snapshot) {
    let (mut source, mut target) = (side("files"), side("netbox"));
    for snapshot in [&mut source, &mut target] {
        for name in ["berlin", "paris"] {
            snapshot.add(&Record::new("site", name)).unwrap();
        }
    }
    let device = |name: &str, role: &str, site: &str| {
        Record::new("device", name).with("role", role).under(Identity::new("site", site))
    };
    source.add(&device("sw1", "core", "berlin")).unwrap();
    target.add(&device("sw1", "edge", "berlin")).unwrap();
    source.add(&device("sw2", "core", "berlin")).unwrap();
    target.add(&device("sw3", "core", "berlin")).unwrap();
    source.add(&device("sw4", "core", "paris")).unwrap();
    target.add(&device("sw4", "core", "berlin")).unwrap();
    (source, target)
}

#[test]
fn the_text_form_names_both_sides() {
    let (source, target) = both();
    let expected = "\
site
  site: berlin
    device
      device: sw1
        role    files(core)    netbox(edge)
      device: sw2 MISSING in netbox
      device: sw3 MISSING in files
  site: paris
    device
      device: sw4
        (moved)    files(site paris)    netbox(site berlin)";
    assert_eq!(compare(&source, &target).text(), expected);
}

#[test]
fn the_dict_form_nests() {
    let (source, target) = both();
    let expected = json!({"site": {
        "berlin": {"-": {}, "+": {}, "device": {
            "sw1": {"-": {"role": "edge"}, "+": {"role": "core"}},
            "sw2": {"+": {"role": "core", "tags": null}},
            "sw3": {"-": {"role": "core", "tags": null}},
        }},
        "paris": {"-": {}, "+": {}, "device": {"sw4": {"-": {}, "+": {}}}},
    }});
    assert_eq!(dict(&compare(&source, &target)), expected);
}

#[test]
fn names_that_clash_fall_back_to_the_key() {
    let kind = Kind::builder("port").id("device", FieldType::Any).id("name", FieldType::Any).shortname(["name"]);
    let schema = Schema::new(vec![kind.build().unwrap()]).unwrap();
    let (mut source, target) = (Snapshot::new("s", schema.clone()), Snapshot::new("t", schema));
    for key in [["a", "eth0"], ["b", "eth0"], ["b", "eth1"], ["x__y", "z"], ["x", "y__z"]] {
        source.add(&Record::new("port", key)).unwrap();
    }
    source.add(&Record::new("port", [Value::Int(1), "eth9".into()])).unwrap();
    source.add(&Record::new("port", ["1", "eth9"])).unwrap();
    let dict = dict(&compare(&source, &target));
    let names: Vec<&str> = dict["port"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["a__eth0", "b__eth0", "eth1", "z", "y__z", r#"[1,"eth9"]"#, r#"["1","eth9"]"#]);
}

#[test]
fn values_read_as_python_prints_them() {
    let table = [
        (Value::Null, "None"),
        (true.into(), "True"),
        (Value::Float(1.0), "1.0"),
        (Value::Float(f64::NAN), "nan"),
        (Value::Float(1e300), "1e+300"),
        (Value::Float(-1.5e16), "-1.5e+16"),
        (Value::Float(0.0001), "0.0001"),
        (Value::Float(0.00001), "1e-05"),
        (Value::List(vec!["it's".into(), 1.into(), Value::Null]), r#"["it's", 1, None]"#),
        (Value::Set(["b", "a"].into_iter().collect()), "{'a', 'b'}"),
        (Value::Map([("k".to_owned(), Value::from("v\n"))].into()), r"{'k': 'v\n'}"),
    ];
    for (value, text) in table {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn a_set_told_in_another_order_is_no_difference() {
    let with = |tags: &[&str]| {
        let mut snapshot = side("s");
        let site = snapshot.add(&Record::new("site", "a")).unwrap();
        let tags: Vec<Value> = tags.iter().map(|tag| Value::from(*tag)).collect();
        let device = snapshot.add(&Record::new("device", "x").with("tags", Value::List(tags))).unwrap();
        snapshot.add_child(site, device).unwrap();
        snapshot
    };
    let (one, other) = (with(&["a", "b", "c"]), with(&["c", "a", "b", "a"]));
    assert!(!compare(&one, &other).has_diffs());
    assert!(compare(&one, &with(&["a", "b"])).has_diffs());
}
