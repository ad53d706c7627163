use serde_json::json;
use trueup_engine::kind::SchemaDocument;
use trueup_engine::record::{Identity, Key, RecordFlags};
use trueup_engine::snapshot::{IncompleteReason, Presence, SnapshotError, WithChildren};
use trueup_engine::{FieldType, Kind, Record, Schema, Snapshot, Value};

use crate::world::{attributes, canonical};

/// Sites with devices, devices with ports; sites at the top.
pub fn network() -> Schema {
    let document = json!({"kinds": {
        "site": {"identifiers": ["name"], "attributes": ["region", {"name": "asn", "type": "int"}], "children": {"device": "devices"}},
        "device": {"identifiers": ["name"], "attributes": ["role", {"name": "tags", "type": "set[text]"}], "children": {"port": "ports"}},
        "port": {"identifiers": ["device", "name"], "attributes": [{"name": "mtu", "type": "int", "default": 1500}]},
    }});
    serde_json::from_value::<SchemaDocument>(document).unwrap().to_schema().unwrap()
}

pub fn sites(names: &[&str]) -> Snapshot {
    let mut snapshot = Snapshot::new("side", network());
    snapshot.completeness_mut().confirm_all();
    for name in names {
        snapshot.add(&Record::new("site", *name)).unwrap();
    }
    snapshot
}

fn small() -> Snapshot {
    let mut snapshot = sites(&["berlin", "paris"]);
    snapshot.add(&Record::new("device", "sw1").with("role", "access").under(Identity::new("site", "berlin"))).unwrap();
    snapshot.add(&Record::new("device", "sw2").with("role", "core").under(Identity::new("site", "berlin"))).unwrap();
    snapshot.add(&Record::new("port", ["sw1", "eth0"]).under(Identity::new("device", "sw1"))).unwrap();
    snapshot
}

fn ids<'s>(records: impl Iterator<Item = trueup_engine::snapshot::RecordRef<'s>>) -> Vec<String> {
    records.map(|record| record.key().to_string()).collect()
}

#[test]
fn a_record_is_found_by_its_key_and_by_nothing_else() {
    let snapshot = small();
    assert_eq!(snapshot.get("device", &"sw1".into()).unwrap().get("role"), Some("access".into()));
    assert_eq!(snapshot.get("port", &["sw1", "eth0"].into()).unwrap().get("mtu"), Some(Value::Int(1500)));
    assert!(snapshot.get_or_none("device", &"sw9".into()).is_none());
    let found = |kind, key: Key| snapshot.get(kind, &key).map(|_| ()).unwrap_err();
    assert_eq!(found("device", "sw9".into()), SnapshotError::NotFound(Identity::new("device", "sw9")));
    assert_eq!(found("rack", "r1".into()), SnapshotError::UnknownKind("rack".to_owned()));
    assert!(matches!(found("port", "eth0".into()), SnapshotError::WrongKeyLength { wanted: 2, found: 1, .. }));
    // No joined text: these are different keys.
    let mut snapshot = small();
    snapshot.add(&Record::new("port", ["a__b", "c"]).under(Identity::new("device", "sw1"))).unwrap();
    snapshot.add(&Record::new("port", ["a", "b__c"]).under(Identity::new("device", "sw1"))).unwrap();
    assert_eq!(snapshot.count("port"), 3);
}

#[test]
fn all_and_some_come_in_their_order() {
    let snapshot = small();
    assert_eq!(ids(snapshot.get_all("device")), ["sw1", "sw2"]);
    assert_eq!(ids(snapshot.get_all("rack")), [""; 0]);
    let asked = ["sw2".into(), "sw1".into(), "sw2".into()];
    assert_eq!(ids(snapshot.get_by_keys("device", &asked).unwrap().into_iter()), ["sw2", "sw1", "sw2"]);
    assert!(snapshot.get_by_keys("device", &["sw1".into(), "sw9".into()]).is_err());
    assert_eq!((snapshot.count("site"), snapshot.count("rack"), snapshot.len()), (2, 0, 5));
}

#[test]
fn what_cannot_be_added_is_refused_whole() {
    let mut snapshot = small();
    let before = canonical(&snapshot);
    let mut refused = |record: Record| snapshot.add(&record).unwrap_err().to_string();
    let table = [
        (Record::new("site", "berlin"), "site berlin is already present"),
        (Record::new("rack", "r1"), "kind `rack` is not declared"),
        (Record::new("site", "x").with("colour", "red"), "kind `site` has no field `colour`"),
        (Record::new("site", "x").with("asn", "many"), "field `asn` of site x: `many` (text) is not a valid int"),
        (Record::new("port", "eth0"), "identified by 2 values, but 1 were given"),
        (Record::new("device", "x").under(Identity::new("site", "rome")), "site rome is not present"),
        (
            Record::new("port", ["x", "y"]).under(Identity::new("site", "paris")),
            "not declared as children of kind `site`",
        ),
        (
            Record::new("site", "x").with("region", (0..200).fold(Value::Null, |inner, _| Value::List(vec![inner]))),
            "field `region` of `site` holds lists or maps more than 128 levels inside each other",
        ),
    ];
    for (record, message) in table {
        let said = refused(record);
        assert!(said.contains(message), "{said}");
    }
    assert_eq!(canonical(&snapshot), before);
}

#[test]
fn an_existing_record_is_found_or_changed_but_never_doubled() {
    let mut snapshot = small();
    let role = |snapshot: &Snapshot, name: &str| snapshot.get("device", &name.into()).unwrap().get("role").unwrap();
    // Found: left as it is.
    let (row, presence) = snapshot.get_or_instantiate("device", "sw1", attributes([("role", "spine".into())])).unwrap();
    assert_eq!((presence, role(&snapshot, "sw1")), (Presence::Found, "access".into()));
    assert_eq!(snapshot.record(row).key(), "sw1".into());
    let (_, presence) = snapshot.get_or_instantiate("device", "sw3", attributes([("role", "spine".into())])).unwrap();
    assert_eq!((presence, role(&snapshot, "sw3")), (Presence::Added, "spine".into()));
    // Updated: only what is named.
    let (_, presence) = snapshot.update_or_instantiate("device", "sw1", attributes([("role", "edge".into())])).unwrap();
    assert_eq!((presence, role(&snapshot, "sw1")), (Presence::Found, "edge".into()));
    let (_, presence) = snapshot.update_or_add(&Record::new("device", "sw4").with("role", "edge")).unwrap();
    assert_eq!((presence, role(&snapshot, "sw4")), (Presence::Added, "edge".into()));
    let (_, presence) = snapshot.get_or_add(&Record::new("device", "sw4").with("role", "other")).unwrap();
    assert_eq!((presence, role(&snapshot, "sw4")), (Presence::Found, "edge".into()));
    assert!(snapshot.update_or_instantiate("device", "sw1", attributes([("colour", "red".into())])).is_err());
    // Replaced: what is not named is default again; its place in the tree stays.
    snapshot.update(&Record::new("port", ["sw1", "eth0"]).with("mtu", 9000)).unwrap();
    snapshot.update(&Record::new("device", "sw1").flagged(RecordFlags::IGNORE)).unwrap();
    let sw1 = snapshot.get("device", &"sw1".into()).unwrap();
    assert_eq!((sw1.get("role"), sw1.flags()), (Some(Value::Null), RecordFlags::IGNORE));
    assert_eq!(sw1.parent().unwrap().identity(), Identity::new("site", "berlin"));
    assert_eq!(sw1.children().next().unwrap().get("mtu"), Some(Value::Int(9000)));
    assert_eq!(snapshot.count("device"), 4);
}

#[test]
fn removing_takes_the_children_along_or_leaves_them_without_a_parent() {
    let mut snapshot = small();
    snapshot.remove(&Identity::new("device", "sw1"), WithChildren::Keep).unwrap();
    assert_eq!(ids(snapshot.get("site", &"berlin".into()).unwrap().children()), ["sw2"]);
    assert!(snapshot.get("port", &["sw1", "eth0"].into()).unwrap().parent().is_none());
    let gone = snapshot.remove(&Identity::new("device", "sw1"), WithChildren::Keep).unwrap_err();
    assert_eq!(gone, SnapshotError::NotFound(Identity::new("device", "sw1")));

    let mut snapshot = small();
    snapshot.remove(&Identity::new("site", "berlin"), WithChildren::Remove).unwrap();
    assert_eq!(snapshot.len(), 1);
    snapshot.add(&Record::new("device", "sw1").under(Identity::new("site", "paris"))).unwrap();
    assert_eq!(ids(snapshot.get_all("device")), ["sw1"]);
}

#[test]
fn children_are_linked_by_hand() {
    let mut snapshot = small();
    let row = |snapshot: &Snapshot, kind: &str, name: &str| snapshot.row_of(&Identity::new(kind, name)).unwrap();
    let (berlin, paris) = (row(&snapshot, "site", "berlin"), row(&snapshot, "site", "paris"));
    let (sw1, sw2) = (row(&snapshot, "device", "sw1"), row(&snapshot, "device", "sw2"));
    assert!(matches!(snapshot.add_child(paris, sw1), Err(SnapshotError::HasParent { .. })));
    assert!(matches!(snapshot.remove_child(paris, sw1), Err(SnapshotError::NotAChild { .. })));
    assert!(matches!(snapshot.add_child(sw1, berlin), Err(SnapshotError::NotAChildKind { .. })));
    snapshot.remove_child(berlin, sw1).unwrap();
    snapshot.add_child(paris, sw1).unwrap();
    snapshot.move_under(sw2, Some(paris)).unwrap();
    assert_eq!(ids(snapshot.record(paris).children()), ["sw1", "sw2"]);
    assert!(snapshot.record(berlin).children().next().is_none());
    snapshot.remove(&Identity::new("site", "berlin"), WithChildren::Keep).unwrap();
    // A removed record takes no children and moves nowhere.
    assert!(matches!(snapshot.add_child(berlin, sw1), Err(SnapshotError::NotFound(_))));
    assert!(matches!(snapshot.move_under(berlin, None), Err(SnapshotError::NotFound(_))));
    assert!(matches!(snapshot.move_under(sw1, Some(berlin)), Err(SnapshotError::NotFound(_))));
    assert_eq!(snapshot.record(sw1).parent().unwrap().row(), paris, "a move that failed changes nothing");
}

#[test]
fn nothing_becomes_its_own_ancestor() {
    let location =
        Kind::builder("location").id("name", FieldType::Text).child("location", "locations").build().unwrap();
    let schema = Schema::new(vec![location]).unwrap();
    assert_eq!(schema.top_level().len(), 1, "a kind below itself is at the top too");
    let mut snapshot = Snapshot::new("side", schema);
    let rows: Vec<_> = ["a", "b", "c"].map(|name| snapshot.add(&Record::new("location", name)).unwrap()).into();
    snapshot.add_child(rows[0], rows[1]).unwrap();
    snapshot.add_child(rows[1], rows[2]).unwrap();
    assert!(matches!(snapshot.add_child(rows[2], rows[0]), Err(SnapshotError::OwnAncestor { .. })));
    assert!(matches!(snapshot.add_child(rows[0], rows[0]), Err(SnapshotError::OwnAncestor { .. })));
    assert!(matches!(snapshot.move_under(rows[1], Some(rows[2])), Err(SnapshotError::OwnAncestor { .. })));
    assert_eq!(snapshot.record(rows[1]).parent().unwrap().row(), rows[0]);
}

#[test]
fn parents_are_found_by_the_fields_that_name_them() {
    let site =
        Kind::builder("site").id("number", FieldType::Int).child_by("device", "devices", ["site"]).build().unwrap();
    let device = Kind::builder("device").id("name", FieldType::Text).attr("site", FieldType::Any).build().unwrap();
    let mut snapshot = Snapshot::new("side", Schema::new(vec![site, device]).unwrap());
    snapshot.add(&Record::new("site", 7)).unwrap();
    for (name, site) in
        [("a", Value::Int(7)), ("b", "7".into()), ("c", Value::Null), ("d", 8.into()), ("e", "seven".into())]
    {
        snapshot.add(&Record::new("device", name).with("site", site)).unwrap();
    }
    snapshot.link_parents().unwrap();
    let linked: Vec<bool> = snapshot.get_all("device").map(|device| device.parent().is_some()).collect();
    assert_eq!(linked, [true, true, false, false, false]);
}

#[test]
fn whole_floats_are_ints_whatever_else_a_record_says() {
    let kind = Kind::builder("k").id("id", FieldType::Any).attr("a", FieldType::Any).attr("b", FieldType::Any);
    let mut snapshot = Snapshot::new("side", Schema::new(vec![kind.build().unwrap()]).unwrap());
    snapshot.add(&Record::new("k", 1).with("a", 2.0).with("b", 0)).unwrap();
    snapshot.add(&Record::new("k", 2).with("a", 2.0)).unwrap();
    snapshot.add(&Record::new("k", 3.0).with("a", 2)).unwrap();
    for key in [1, 2, 3] {
        assert_eq!(snapshot.get("k", &key.into()).unwrap().get("a"), Some(Value::Int(2)), "{key}");
    }
}

#[test]
fn a_dump_restores_the_snapshot() {
    let mut original = small();
    original
        .update(&Record::new("site", "paris").with("asn", 65_000).flagged(RecordFlags::SKIP_UNMATCHED_BOTH))
        .unwrap();
    let mut document = original.dump();
    let text = serde_json::to_string(&document).unwrap();
    let mut restored = Snapshot::new("side", network());
    restored.load_from(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(canonical(&restored), canonical(&original));
    assert_eq!(restored.dump(), document);
    assert_eq!(restored.get("site", &"paris".into()).unwrap().flags(), RecordFlags::SKIP_UNMATCHED_BOTH);
    assert_eq!(restored.tree(), original.tree());

    let at =
        |document: &serde_json::Value| Snapshot::new("side", network()).load_from(document).unwrap_err().to_string();
    document["site"][1]["attributes"]["asn"] = json!("many");
    assert!(at(&document).starts_with("site[1]: field `asn`"), "{}", at(&document));
    let table = [
        (json!([]), ": an object of kinds was expected"),
        (json!({"site": {}}), "site: a list of records was expected"),
        (json!({"site": [{}]}), "site[0]: a list under `key` was expected"),
        (json!({"site": [{"key": ["a"], "attributes": []}]}), "site[0]: an object under `attributes` was expected"),
        (json!({"site": [{"key": [{"$what": 1}]}]}), "site[0]: `$what` is no value tag"),
        (json!({"rack": [{"key": ["a"]}]}), "rack[0]: kind `rack` is not declared"),
        (json!({"site": [{"key": ["a"], "flags": ["LOUD"]}]}), "site[0]: the name of a flag was expected"),
        (
            json!({"site": [{"key": ["a"], "children": {"device": [{"key": []}]}}]}),
            "site[0]/device[0]: kind `device` is identified by 1",
        ),
        (json!({"device": [{"key": ["a"], "parent": {"site": ["x"]}}]}), "device[0]: site x is not present"),
    ];
    for (document, message) in table {
        assert!(at(&document).starts_with(message), "{}", at(&document));
    }
}

#[test]
fn completeness_is_by_kind_and_a_denial_outweighs_all() {
    let mut snapshot = Snapshot::new("side", network());
    let kinds = ["site", "device"].map(trueup_engine::KindName::from);
    assert_eq!(snapshot.completeness().of(&kinds[0]), Err(IncompleteReason::NotConfirmed));
    snapshot.completeness_mut().confirm(&kinds[0]);
    assert_eq!(snapshot.completeness().of(&kinds[0]), Ok(()));
    assert_eq!(snapshot.completeness().of(&kinds[1]), Err(IncompleteReason::NotConfirmed));
    snapshot.completeness_mut().deny(&kinds[0], "page 3 of 9 failed");
    snapshot.completeness_mut().deny(&kinds[0], "a later reason");
    snapshot.completeness_mut().confirm_all();
    assert_eq!(snapshot.completeness().of(&kinds[0]), Err(IncompleteReason::Because("page 3 of 9 failed".to_owned())));
    assert_eq!(snapshot.completeness().of(&kinds[1]), Ok(()));
}

#[test]
fn an_inferring_snapshot_learns_kinds_fields_and_places() {
    let mut snapshot = Snapshot::inferring("side");
    snapshot.add(&Record::new("site", "a").with("region", "eu")).unwrap();
    snapshot.add(&Record::new("site", "b").with("asn", 1)).unwrap();
    snapshot.add(&Record::new("device", ["x", "y"]).under(Identity::new("site", "a"))).unwrap();
    let fields: Vec<&str> =
        snapshot.schema().get("site").unwrap().attributes().iter().map(|field| field.name()).collect();
    assert_eq!(fields, ["region", "asn"]);
    assert_eq!(snapshot.get("site", &"a".into()).unwrap().get("asn"), Some(Value::Null));
    assert_eq!(snapshot.schema().top_level().len(), 1);
    assert_eq!(snapshot.record(snapshot.row_of(&Identity::new("site", "a")).unwrap()).children().count(), 1);
    assert!(matches!(snapshot.add(&Record::new("device", "z")), Err(SnapshotError::WrongKeyLength { .. })));
}

#[test]
fn the_tree_shows_every_record_below_its_parent() {
    let expected = "\
site
  site: berlin: {'region': None, 'asn': None}
    devices
      device: sw1: {'role': 'access', 'tags': None}
        ports
          port: sw1__eth0: {'mtu': 1500}
      device: sw2: {'role': 'core', 'tags': None}
        ports: []
  site: paris: {'region': None, 'asn': None}
    devices: []";
    assert_eq!(small().tree(), expected);
}
