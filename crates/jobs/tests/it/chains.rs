//! Records that refer to each other in a circle: made in two steps, taken apart in two.

use trueup_engine::Record;
use trueup_inventory::Action;
use trueup_jobs::JobError;
use trueup_jobs::run::{Event, Phase, SyncReport};
use trueup_jobs::store::{PlanId, SyncStatus};

use crate::support::{Made, World};

/// Addresses, each inside the other for NAT.
const ADDRESSES: &str = "
  ip_address:
    content_type: ipam.ipaddress
    identifiers: [parent__namespace__name, host]
    attributes: [mask_length, status__name, description, nat_inside__parent__namespace__name, nat_inside__host]
";

fn address(host: &str, inside: &str) -> Record {
    Record::new("ip_address", ["Global", host])
        .with("mask_length", 24)
        .with("status__name", "Active")
        .with("description", host)
        .with("nat_inside__parent__namespace__name", "Global")
        .with("nat_inside__host", inside)
}

fn circle() -> Made {
    Made::new(ADDRESSES, vec![address("10.0.0.1", "10.0.0.2"), address("10.0.0.2", "10.0.0.1")]).going_on()
}

async fn world() -> World {
    let world = World::new().await;
    let values =
        [("prefix", "10.0.0.0/24".into()), ("namespace__name", "Global".into()), ("status__name", "Active".into())];
    world.write(Action::Create, "ipam.prefix", &[], &values).await;
    world
}

async fn addresses(world: &World) -> Vec<String> {
    world.read("ipam.ipaddress", &["host", "nat_inside__host", "description"]).await
}

/// A plan that deletes both addresses of a circle.
async fn delete_plan(world: &World) -> PlanId {
    world.have(&circle()).await;
    let dry = world.dry(&Made::new(ADDRESSES, Vec::new()).going_on()).await;
    assert!(dry.steps > 2, "a circle is opened before it is deleted: {dry:?}");
    dry.plan
}

async fn apply(world: &World, plan: PlanId) -> SyncReport {
    world.runner.apply(plan, Some("a test"), &|_| {}).await.unwrap()
}

#[tokio::test]
async fn a_circle_is_made_from_a_stored_plan() {
    let world = world().await;
    let dry = world.dry(&circle()).await;
    assert_eq!(dry.steps, 3, "two creates and the second step of one of them");
    let report = world.apply(dry.plan).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?} {:?}", report.trouble, report.unverified);
    assert_eq!(addresses(&world).await, ["10.0.0.1 | 10.0.0.2 | 10.0.0.1", "10.0.0.2 | 10.0.0.1 | 10.0.0.2"]);
    assert_eq!(world.dry(&circle()).await.steps, 0);
}

#[tokio::test]
async fn a_circle_is_deleted_from_a_stored_plan() {
    let world = world().await;
    let plan = delete_plan(&world).await;
    let report = apply(&world, plan).await;
    assert_eq!(report.status, SyncStatus::Completed, "{:?} {:?}", report.trouble, report.unverified);
    assert!(addresses(&world).await.is_empty());
}

#[tokio::test]
async fn a_create_in_a_circle_that_was_made_meanwhile_is_stale_and_so_is_its_second_step() {
    let world = world().await;
    let plan = world.dry(&circle()).await.plan;
    let values = [
        ("address", "10.0.0.1/24".into()),
        ("namespace__name", "Global".into()),
        ("status__name", "Active".into()),
        ("description", "mine".into()),
    ];
    world.write(Action::Create, "ipam.ipaddress", &[], &values).await;
    let report = apply(&world, plan).await;
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    assert_eq!(report.outcomes.unwrap().stale, 1, "{:?}", world.journal(plan).await);
    let found = addresses(&world).await;
    assert!(found[0].ends_with("mine") && !found[0].contains("10.0.0.2"), "{found:?}");
}

#[tokio::test]
async fn a_record_in_a_circle_that_changed_is_neither_opened_nor_deleted() {
    for changed in ["10.0.0.1", "10.0.0.2"] {
        let world = world().await;
        let plan = delete_plan(&world).await;
        keep(&world, changed).await;
        let report = apply(&world, plan).await;
        assert_is_kept(&world, &report, changed).await;
    }
}

#[tokio::test]
async fn that_holds_for_an_apply_that_is_taken_up_again() {
    for changed in ["10.0.0.1", "10.0.0.2"] {
        let world = world().await;
        let plan = delete_plan(&world).await;
        // Stopped before its first batch; the record changes before somebody does the rest.
        let another = world.another_program();
        let stops = |event| {
            if matches!(event, Event::Began(Phase::Apply)) {
                another.sql("UPDATE jobs_sync SET wanted = 'cancel' WHERE status = 'running'");
            }
        };
        let stopped = world.runner.apply(plan, Some("a test"), &stops).await.unwrap_err();
        assert!(matches!(stopped, JobError::Cancelled { .. }), "{stopped}");
        assert!(world.journal(plan).await.iter().all(|step| step.ends_with("not sent, open")));
        keep(&world, changed).await;
        let report = world.resume(world.last_sync().await.id).await.unwrap();
        assert_is_kept(&world, &report, changed).await;
    }
}

async fn keep(world: &World, host: &str) {
    let key = [("parent__namespace__name", "Global".into()), ("host", host.into())];
    world.write(Action::Update, "ipam.ipaddress", &key, &[("description", "kept".into())]).await;
}

async fn assert_is_kept(world: &World, report: &SyncReport, host: &str) {
    let journal = world.journal(report.plan).await;
    assert_eq!(report.outcomes.unwrap().stale, 1, "{journal:?}");
    let kept = addresses(world).await.into_iter().find(|address| address.starts_with(host)).unwrap();
    assert!(kept.ends_with("kept"), "{kept}: {journal:?}");
    let of_it: Vec<&String> = journal.iter().filter(|step| step.contains(host)).collect();
    assert!(of_it.iter().all(|step| !step.contains("applied")), "{journal:?}");
}
