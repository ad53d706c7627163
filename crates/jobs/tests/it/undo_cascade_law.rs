//! Apply, then undo: everything is as it was, with its ids, whatever a job deleted that knows next to nothing of what it
//! deletes.

use trueup_engine::{Key, Record, Value};
use trueup_inventory::Action::{Create, Update};
use trueup_inventory::Selection;
use trueup_jobs::run::RunMode;

use crate::office::{devices, office, texts};
use crate::support::{Made, World};
use crate::undo_cascade::{differing, everything};
use crate::undo_law::Dice;

/// Inventories that are torn at and mended, when `TRUEUP_UNDO_CASES` does not say how many.
const CASES: u64 = 12;

/// What jobs may know: one or two kinds, by their keys alone.
const JOBS: [&[(&str, &str, &[&str])]; 9] = [
    &[("device", "dcim.device", &["name"])],
    &[("interface", "dcim.interface", &["device__name", "name"])],
    &[("platform", "dcim.platform", &["name"]), ("vlan", "ipam.vlan", &["vid"])],
    &[("chassis", "dcim.virtualchassis", &["name"]), ("device", "dcim.device", &["name"])],
    &[("address", "ipam.ipaddress", &["parent__namespace__name", "host"])],
    &[("prefix", "ipam.prefix", &["namespace__name", "prefix"])],
    &[("tag", "extras.tag", &["name"])],
    &[("vrf", "ipam.vrf", &["name"]), ("relationship", "extras.relationship", &["key"])],
    &[("item", "dcim.inventoryitem", &["device__name", "name"])],
];

/// One of several, or none when there are none.
fn any<'a>(dice: &mut Dice, of: &[&'a str]) -> &'a str {
    of[dice.below(of.len() as u64) as usize]
}

async fn id_of(world: &World, content_type: &str, path: &str, value: &str) -> String {
    let rows = world.read(content_type, &[path, "id"]).await;
    let row = rows.iter().find_map(|row| row.strip_prefix(&format!("{value} | "))).unwrap();
    row.to_owned()
}

/// Devices with interfaces, and of everything else that hangs on these a part.
async fn any_inventory(dice: &mut Dice) -> World {
    let world = office().await;
    let names = ["sw1", "sw2", "sw3"];
    world.have(&devices(&names)).await;
    world.write(Create, "dcim.platform", &[], &[("name", "ios".into())]).await;
    let active = ("status__name", Value::from("Active"));
    let vrf = [("name", "red".into()), ("namespace__name", "Global".into()), active.clone()];
    world.write(Create, "ipam.vrf", &[], &vrf).await;
    for vid in [10, 20] {
        let vlan = [("vid", vid.into()), ("name", format!("v{vid}").into()), active.clone()];
        world.write(Create, "ipam.vlan", &[], &vlan).await;
    }
    let inner = [("prefix", "10.1.0.0/16".into()), ("namespace__name", "Global".into()), active.clone()];
    world.write(Create, "ipam.prefix", &[], &inner).await;
    let relationship = [("label", "near"), ("type", "many-to-many"), ("source_type", "dcim.device")];
    let relationship = [&relationship[..], &[("destination_type", "dcim.device")]].concat();
    let relationship: Vec<(&str, Value)> = relationship.into_iter().map(|(path, text)| (path, text.into())).collect();
    world.write(Create, "extras.relationship", &[], &relationship).await;
    for (number, name) in names.iter().enumerate() {
        for port in ["eth1", "eth2", "lag1"] {
            world.interface(name, port).await;
        }
        let host = format!("10.1.0.{}", number + 1);
        world.address(&format!("{host}/24"), name, any(dice, &["eth1", "eth2"])).await;
        let sometimes = |dice: &mut Dice| dice.below(2) == 0;
        if sometimes(dice) {
            let lag = [("lag__name", "lag1".into()), ("lag__device__name", (*name).into())];
            world.port(name, "eth1", &lag).await;
        }
        if sometimes(dice) {
            world.set(name, &[("primary_ip4__host", host.as_str().into()), ("serial", "S".into())]).await;
        }
        if sometimes(dice) {
            world.set(name, &[("platform__name", "ios".into()), ("tags", texts(&["old"]))]).await;
        }
        if sometimes(dice) {
            let assigned = [("vrf__name", "red".into()), ("device__name", (*name).into())];
            world.write(Create, "ipam.vrfdeviceassignment", &[], &assigned).await;
            world.port(name, "eth2", &[("vrf__name", "red".into())]).await;
        }
        if sometimes(dice) {
            let map = |vid: i64| Value::Map([("vid".to_owned(), vid.into())].into_iter().collect());
            let vlans = [("tagged_vlans", Value::List(vec![map(10), map(20)])), ("untagged_vlan__vid", 10.into())];
            world.port(name, "eth2", &[&[("mode", "tagged".into())], &vlans[..]].concat()).await;
        }
        if sometimes(dice) {
            let note = [("note", "mind the fan"), ("assigned_object_type", "dcim.device")];
            let mut note: Vec<(&str, Value)> = note.map(|(path, text)| (path, text.into())).to_vec();
            note.push(("assigned_object_id", id_of(&world, "dcim.device", "name", name).await.into()));
            world.write(Create, "extras.note", &[], &note).await;
        }
        for (item, parent) in [("slot", None), ("card", Some("slot")), ("sfp", Some("card"))] {
            let mut values: Vec<(&str, Value)> = vec![("device__name", (*name).into()), ("name", item.into())];
            if let Some(parent) = parent {
                values.extend([("parent__name", parent.into()), ("parent__device__name", (*name).into())]);
            }
            world.write(Create, "dcim.inventoryitem", &[], &values).await;
        }
    }
    if dice.below(2) == 0 {
        let chassis = [("name", "stack".into()), ("master__name", "sw1".into())];
        world.write(Create, "dcim.virtualchassis", &[], &chassis).await;
        let member = [("virtual_chassis__name", "stack".into()), ("vc_position", 2.into())];
        world.set("sw2", &member).await;
        if dice.below(2) == 0 {
            world.set("sw1", &[("vc_position", 7.into())]).await;
        }
    }
    let mut pair: Vec<(&str, Value)> = vec![("relationship__key", "near".into())];
    for (side, name) in [("source", "sw1"), ("destination", "sw2")] {
        let id = id_of(&world, "dcim.device", "name", name).await;
        pair.extend([
            (&*format!("{side}_type").leak(), "dcim.device".into()),
            (&*format!("{side}_id").leak(), id.into()),
        ]);
    }
    world.write(Create, "extras.relationshipassociation", &[], &pair).await;
    let mut cable: Vec<(&str, Value)> = vec![("status__name", "Connected".into())];
    for (side, name) in [("a", "sw1"), ("b", "sw3")] {
        let ports = world.read("dcim.interface", &["device__name", "name", "id"]).await;
        let id = ports.iter().find_map(|row| row.strip_prefix(&format!("{name} | eth1 | "))).unwrap();
        let path = |what: &str| -> &str { format!("termination_{side}_{what}").leak() };
        cable.extend([(path("type"), "dcim.interface".into()), (path("id"), id.into())]);
    }
    world.write(Create, "dcim.cable", &[], &cable).await;
    world
}

/// A job whose source has lost some of what the inventory holds.
async fn any_job(world: &World, dice: &mut Dice) -> Made {
    let kinds = JOBS[dice.below(JOBS.len() as u64) as usize];
    let (mut text, mut records) = (String::new(), Vec::new());
    for (kind, content_type, key) in kinds {
        text.push_str(&format!("\n  {kind}:\n    content_type: {content_type}\n    identifiers: [{}]", key.join(", ")));
        let mut keys: Vec<Key> = Vec::new();
        let mut row = |row: trueup_inventory::RowView<'_>| keys.push(row.values().iter().cloned().collect());
        let selection = Selection::all(*content_type, key.iter().copied());
        world.runner.inventory().read(&selection, &mut row).await.unwrap();
        records.extend(keys.into_iter().filter(|_| dice.below(3) == 0).map(|key| Record::new(*kind, key)));
    }
    Made::new(&format!("{text}\n"), records).going_on()
}

#[tokio::test]
async fn whatever_deletes_took_comes_back() {
    let cases = std::env::var("TRUEUP_UNDO_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut dice = Dice(0xc0ffee);
    let (mut along, mut undone) = (0, 0);
    while undone < cases {
        let world = any_inventory(&mut dice).await;
        for _ in 0..4 {
            let before = everything(&world).await;
            let job = any_job(&world, &mut dice).await;
            let approved = RunMode::ApplyApproved("any state will do".to_owned());
            let done = world.try_run(&job, &approved).await.unwrap();
            if done.outcomes.is_none_or(|counts| counts.deleted == 0) {
                continue;
            }
            let told =
                format!("case {undone}: {:?}: {:?}", job.document.kinds.keys().collect::<Vec<_>>(), done.trouble);
            let after = everything(&world).await;
            let undo = world.undo(done.sync).await.unwrap();
            assert!(undo.findings.is_empty(), "{told}: {:?}", undo.findings);
            let report = world.apply(undo.plan).await.unwrap();
            assert_eq!((report.trouble, report.unverified), (vec![], vec![]), "{told}");
            assert_eq!(differing(&everything(&world).await, &before), [""; 0], "{told}");
            along += undo.steps - done.outcomes.unwrap().deleted;

            let redo = world.undo(report.sync).await.unwrap();
            let report = world.runner.apply(redo.plan, Some("a test"), &|_| {}).await.unwrap();
            assert_eq!((report.trouble, report.unverified), (vec![], vec![]), "redo of {told}");
            assert_eq!(differing(&everything(&world).await, &after), [""; 0], "redo of {told}");
            undone += 1;
        }
    }
    assert!(along > 2 * cases, "{along} records went along in {cases} cases; that tells nothing");
}

impl World {
    async fn port(&self, device: &str, name: &str, values: &[(&str, Value)]) {
        let key = [("device__name", device.into()), ("name", name.into())];
        self.write(Update, "dcim.interface", &key, values).await;
    }
}
