//! What deletes took besides comes back with an undo, and what cannot is named before.

use trueup_engine::check::{CheckName, Limits};
use trueup_engine::{Identity, Record};
use trueup_inventory::Action::{Create, Delete, Update};
use trueup_inventory::model::FieldKind;
use trueup_jobs::JobError;
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::SyncStatus;

use crate::office::{devices, office, texts};
use crate::support::{Made, World};

/// Everything that the inventory holds besides its change log and what it shows of runs, ids included and times left out.
pub async fn everything(world: &World) -> Vec<String> {
    let registry = world.runner.inventory().registry();
    let mut all = Vec::new();
    let kept = registry.content_types().filter(|one| one.name() != "extras.objectchange" && !one.is_view());
    for content_type in kept {
        let mut paths = vec!["id".to_owned()];
        for field in content_type.fields().iter().filter(|field| !field.name().contains("last_updated")) {
            match field.kind() {
                FieldKind::Scalar(_) if field.name() != "created" => paths.push(field.name().to_owned()),
                FieldKind::Reference(_) => paths.push(format!("{}__id", field.name())),
                FieldKind::Many(_) => paths.push(field.name().to_owned()),
                _ => {}
            }
        }
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let rows = world.read(content_type.name(), &paths).await;
        all.extend(rows.iter().map(|row| format!("{}: {row}", content_type.name())));
    }
    all.sort_unstable();
    all
}

/// Applies whatever the job says.
pub async fn made_so(world: &World, job: &Made) -> SyncReport {
    let report = world.try_run(job, &RunMode::ApplyApproved("it is a test".to_owned())).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
    report
}

pub fn differing(now: &[String], before: &[String]) -> Vec<String> {
    let lacks = before.iter().filter(|row| !now.contains(row)).map(|row| format!("- {row}"));
    lacks.chain(now.iter().filter(|row| !before.contains(row)).map(|row| format!("+ {row}"))).collect()
}

#[tokio::test]
async fn a_device_comes_back_with_all_that_hung_on_it() {
    let world = office().await;
    world.have(&devices(&["sw1", "sw2"])).await;
    for (device, port) in [("sw1", "eth1"), ("sw1", "eth2"), ("sw1", "lag1"), ("sw2", "eth1")] {
        world.interface(device, port).await;
    }
    world.address("10.0.0.1/24", "sw1", "eth1").await;
    let key = [("device__name", "sw1".into()), ("name", "eth2".into())];
    world
        .write(Update, "dcim.interface", &key, &[("lag__name", "lag1".into()), ("lag__device__name", "sw1".into())])
        .await;
    let ip = [("primary_ip4__host", "10.0.0.1".into())];
    world.set("sw1", &[&ip[..], &[("serial", "S-1".into()), ("tags", texts(&["old"]))]].concat()).await;
    let before = everything(&world).await;

    let done = made_so(&world, &devices(&["sw2"])).await;
    assert_eq!(world.read("dcim.interface", &["name"]).await, ["eth1"]);
    let undo = world.undo(done.sync).await.unwrap();
    assert_eq!(undo.findings.len(), 0, "{:?}", undo.findings);
    let counts: Vec<(String, String, i64)> =
        world.plan(undo.plan).await.counts.into_iter().map(|one| (one.kind, one.action, one.steps)).collect();
    let create = |kind: &str, steps| (kind.to_owned(), "create".to_owned(), steps);
    assert_eq!(counts, [create("device", 1), create("dcim.interface", 3), create("ipam.ipaddresstointerface", 1)]);
    let report = world.apply(undo.plan).await.unwrap();
    assert_eq!((report.status, &report.unverified), (SyncStatus::Completed, &Vec::new()), "{:?}", report.trouble);
    assert_eq!(differing(&everything(&world).await, &before), [""; 0]);

    // And that can be taken back, and that again.
    let redo = world.undo(report.sync).await.unwrap();
    let report = world.runner.apply(redo.plan, Some("a test"), &|_| {}).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
    assert_eq!(world.read("dcim.device", &["name"]).await, ["sw2"]);
    let again = world.undo(report.sync).await.unwrap();
    let report = world.apply(again.plan).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
    assert_eq!(differing(&everything(&world).await, &before), [""; 0]);
}

const RACKS: &str = "
  location:
    content_type: dcim.location
    identifiers: [name]
    attributes: [location_type__name, status__name]
  rack:
    content_type: dcim.rack
    identifiers: [name]
    attributes: [location__name, rack_group__name, status__name]
";

#[tokio::test]
async fn what_a_record_names_by_its_key_comes_before_it() {
    let world = office().await;
    let holds = texts(&["dcim.rack", "dcim.rackgroup", "dcim.device"]);
    world.write(Update, "dcim.locationtype", &[("name", "Site".into())], &[("content_types", holds)]).await;
    let place = |name: &str| Record::new("location", [name]).with("location_type__name", "Site");
    let places = ["AMS", "FRA"].map(|name| place(name).with("status__name", "Active"));
    world.have(&Made::new(RACKS, places.to_vec())).await;
    let group = [("name", "Row 1".into()), ("location__name", "FRA".into())];
    world.write(Create, "dcim.rackgroup", &[], &group).await;
    let rack = Record::new("rack", ["R1"]).with("location__name", "FRA").with("rack_group__name", "Row 1");
    world.have(&Made::new(RACKS, [&places[..], &[rack.with("status__name", "Active")]].concat())).await;
    let before = everything(&world).await;
    // The group goes along with its place, and the rack has a step of its own.
    let done = made_so(&world, &Made::new(RACKS, places[..1].to_vec())).await;
    assert_eq!(world.count("dcim_rackgroup").await, 0);
    let undo = world.undo(done.sync).await.unwrap();
    let report = world.apply(undo.plan).await.unwrap();
    assert_eq!((report.trouble, report.unverified), (vec![], vec![]));
    assert_eq!(differing(&everything(&world).await, &before), [""; 0]);
}

const PLATFORMS: &str = "
  platform:
    content_type: dcim.platform
    identifiers: [name]
  vlan:
    content_type: ipam.vlan
    identifiers: [vid]
";

#[tokio::test]
async fn references_and_members_are_set_again_and_keep_what_came_since() {
    let world = office().await;
    world.have(&devices(&["sw1"])).await;
    world.interface("sw1", "eth1").await;
    world.write(Create, "dcim.platform", &[], &[("name", "ios".into())]).await;
    for vid in [10, 20, 30, 40] {
        let vlan = [("vid", vid.into()), ("name", format!("v{vid}").into()), ("status__name", "Active".into())];
        world.write(Create, "ipam.vlan", &[], &vlan).await;
    }
    world.set("sw1", &[("platform__name", "ios".into())]).await;
    let vlan = |vid: i64| trueup_engine::Value::Map([("vid".to_owned(), vid.into())].into_iter().collect());
    let eth1 = [("device__name", "sw1".into()), ("name", "eth1".into())];
    let some = |vids: &[i64]| [("tagged_vlans", vids.iter().map(|vid| vlan(*vid)).collect::<Vec<_>>().into())];
    let mode = [("mode", "tagged".into()), ("untagged_vlan__vid", 10.into())];
    world.write(Update, "dcim.interface", &eth1, &[&some(&[10, 20])[..], &mode].concat()).await;
    let before = everything(&world).await;

    let vlans = vec![Record::new("vlan", [30]), Record::new("vlan", [40])];
    let done = made_so(&world, &Made::new(PLATFORMS, vlans)).await;
    let fields = ["untagged_vlan__vid", "tagged_vlans"];
    assert_eq!(world.read("dcim.interface", &fields).await, ["None | {}"]);
    // Somebody adds a VLAN meanwhile, and another one when the undo is planned. Both stay, also when it is taken back.
    world.write(Update, "dcim.interface", &eth1, &some(&[30])).await;
    let undo = world.undo(done.sync).await.unwrap();
    world.write(Update, "dcim.interface", &eth1, &some(&[30, 40])).await;
    let report = world.apply(undo.plan).await.unwrap();
    assert_eq!((report.status, &report.unverified), (SyncStatus::Completed, &Vec::new()), "{:?}", report.trouble);
    let eth1_has = async |vids: &str| assert_eq!(world.read("dcim.interface", &fields[1..]).await, [vids]);
    eth1_has("{[None, 10], [None, 20], [None, 30], [None, 40]}").await;
    let redo = world.undo(report.sync).await.unwrap();
    let report = world.runner.apply(redo.plan, Some("a test"), &|_| {}).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
    eth1_has("{[None, 30], [None, 40]}").await;
    let again = world.undo(report.sync).await.unwrap();
    world.write(Update, "dcim.interface", &eth1, &some(&[40])).await;
    assert_eq!(world.apply(again.plan).await.unwrap().status, SyncStatus::Completed);
    eth1_has("{[None, 10], [None, 20], [None, 40]}").await;
    world.write(Update, "dcim.interface", &eth1, &some(&[10, 20])).await;
    assert_eq!(differing(&everything(&world).await, &before), [""; 0]);
}

#[tokio::test]
async fn what_has_changed_since_is_left_alone() {
    let world = office().await;
    world.have(&devices(&["sw1", "sw2"])).await;
    for name in ["ios", "eos"] {
        world.write(Create, "dcim.platform", &[], &[("name", name.into())]).await;
    }
    for name in ["sw1", "sw2"] {
        world.set(name, &[("platform__name", "ios".into())]).await;
    }
    let eos = vec![trueup_engine::Record::new("platform", ["eos"])];
    let done = made_so(&world, &Made::new(PLATFORMS, eos)).await;
    world.set("sw1", &[("platform__name", "eos".into())]).await;
    let undo = world.undo(done.sync).await.unwrap();
    let told: Vec<String> = undo.findings.iter().map(|one| one.check.to_string()).collect();
    assert_eq!(told, ["changed-since"], "{:?}", undo.findings);
    world.write(Delete, "dcim.device", &[("name", "sw2".into())], &[]).await;
    let report = world.apply(undo.plan).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((report.status, counts.created, counts.stale), (SyncStatus::CompletedWithFailures, 1, 2));
    assert_eq!(world.read("dcim.device", &["name", "platform__name"]).await, ["sw1 | eos"]);
}

#[tokio::test]
async fn what_cannot_come_back_is_named_before_anyone_applies() {
    let world = office().await;
    world.write(Create, "users.user", &[], &[("username", "kim".into())]).await;
    let user = &world.read("users.user", &["id"]).await[0];
    // No job can make one. It has the id of its user, which does not confuse anybody.
    let token = "INSERT INTO users_token (id, created, last_updated, user_id, key_hash, write_enabled, description) \
                 SELECT u.id, 0, 0, u.id, 'x', 1, 'of kim' FROM users_user u";
    world.sql(token).await;
    let users = Made::new("\n  user:\n    content_type: users.user\n    identifiers: [username]\n", vec![]);
    let done = made_so(&world, &users).await;
    assert_eq!(world.count("users_token").await, 0);
    let undo = world.undo(done.sync).await.unwrap();
    let told: Vec<&str> = undo.findings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "1 of users.token will not come back: `user` of it is never told to anybody: of kim",
            "1 of users.user come back without `password`, which nobody is ever told",
        ]
    );
    assert_eq!(world.apply(undo.plan).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(&world.read("users.user", &["id"]).await[0], user);
}

#[tokio::test]
async fn an_undo_is_checked_as_the_plan_that_it_takes_back() {
    let world = office().await;
    world.have(&devices(&["sw1"])).await;
    let mut job = devices(&["sw1", "sw2", "sw3", "sw4"]).protecting(Identity::new("device", "sw3"));
    job.settings.checks.limits = Limits { delete_count: 2, ..Limits::default() };
    let done = made_so(&world, &job).await;
    world.interface("sw2", "eth1").await;
    let undo = world.undo(done.sync).await.unwrap();
    let told: Vec<String> = undo.findings.iter().map(|one| format!("{} {}", one.severity, one.check)).collect();
    assert_eq!(told, ["error delete-count", "error protected-record", "warning cascade"], "{:?}", undo.findings);
    assert!(matches!(world.apply(undo.plan).await, Err(JobError::ChecksAgainst { checks: 2, .. })));
    let report = world.runner.apply(undo.plan, Some("they were never there"), &|_| {}).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().deleted), (SyncStatus::Completed, 3));
    // The checks stay with the plan, however often it is taken back and forth.
    let redo = world.undo(report.sync).await.unwrap();
    let report = world.apply(redo.plan).await.unwrap();
    let again = world.undo(report.sync).await.unwrap();
    assert!(again.findings.iter().any(|one| one.check == CheckName::ProtectedRecord), "{:?}", again.findings);
}
