//! The tables of the history, from every earlier version.

use trueup_engine::check::CheckName;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Action, Args, Inventory, RecordId};
use trueup_jobs::JobError;
use trueup_jobs::run::Runner;
use trueup_jobs::store::{PlanId, SyncFilter, SyncId, SyncStatus, sync_diffs};

use crate::support::{Made, World, told};

async fn with_history(script: &str) -> (TestDatabase, Inventory) {
    let database = TestDatabase::new().await;
    let inventory = Inventory::open(database.url()).await.unwrap();
    let mut transaction = inventory.database().begin().await.unwrap();
    transaction.define(script).await.unwrap();
    transaction.commit().await.unwrap();
    (database, inventory)
}

#[tokio::test]
async fn version_1_is_brought_up_to_date() {
    let (_database, inventory) = with_history(include_str!("../fixtures/history-1.sql")).await;
    let runner = Runner::new(inventory, "tester").await.unwrap();
    let history = runner.store().history(&SyncFilter { limit: 10, ..SyncFilter::default() }).await.unwrap();
    let statuses: Vec<&str> = history.iter().rev().map(|sync| sync.status.as_str()).collect();
    assert_eq!(statuses, ["completed-with-failures", "waiting-for-approval", "completed", "interrupted", "completed"]);
    let first = runner.store().sync(SyncId(1)).await.unwrap();
    assert_eq!((first.attempts, first.outcomes.unwrap().created, first.durations.apply), (1, 1, 0.5));
    assert_eq!(first.user, None, "nobody noted it then");
    let select = "SELECT batch, fault FROM jobs_step ORDER BY position";
    let rows = runner.inventory().database().rows(select, Args::default()).await.unwrap();
    let steps: Vec<(Option<i64>, Option<String>)> =
        rows.iter().map(|row| (row.int(0).unwrap(), row.text(1).unwrap())).collect();
    let error = Some("error".to_owned());
    assert_eq!(steps, [(Some(1_100_000), None), (Some(1_100_000), error), (None, None), (Some(1_300_000), None)]);
}

#[tokio::test]
async fn version_3_is_brought_up_to_date_and_what_it_had_planned_can_be_done() {
    let (database, inventory) = with_history(include_str!("../fixtures/history-3.sql")).await;
    let runner = Runner::new(inventory, "tester").await.unwrap();
    let world = World { runner, database, folder: tempfile::tempdir().unwrap() };
    let history = world.runner.store().history(&SyncFilter { limit: 10, ..SyncFilter::default() }).await.unwrap();
    let statuses: Vec<&str> = history.iter().rev().map(|sync| sync.status.as_str()).collect();
    let ended = ["completed"; 6];
    assert_eq!(statuses, [ended.as_slice(), &["pending"]].concat());
    let second = world.stored(SyncId(2)).await;
    let counts = second.outcomes.unwrap();
    assert_eq!((counts.created, counts.updated, counts.deleted, second.user), (1, 1, 1, None));
    for (name, description) in [("Acme", "routers"), ("Bolt", "switches")] {
        let values = [("name", name.into()), ("description", description.into())];
        world.write(Action::Create, "dcim.manufacturer", &[], &values).await;
    }
    // What waits, what is open, and what took the second one back and is now taken back itself.
    let (waiting, ended) = world.runner.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((waiting, ended.unwrap().status), (SyncId(7), SyncStatus::Completed));
    let report = world.runner.apply(PlanId(4), Some("both are wanted"), &|_| {}).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
    let undo = world.undo(SyncId(4)).await.unwrap();
    let [finding] = undo.findings.as_slice() else { panic!("{:?}", undo.findings) };
    assert_eq!(finding.check, CheckName::NotRestored, "the earlier version did not note what its delete took");
    assert_eq!(world.apply(undo.plan).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.makers().await, ["Acme | rockets", "Cord | cables", "Dove | doors", "Elm | engines"]);
}

#[tokio::test]
async fn the_history_is_filtered_and_paged_by_the_database() {
    let (_database, inventory) = with_history(include_str!("../fixtures/history-1.sql")).await;
    let runner = Runner::new(inventory, "tester").await.unwrap();
    let ids = async |filter: SyncFilter| -> Vec<i64> {
        runner.store().history(&filter).await.unwrap().iter().map(|sync| sync.id.0).collect()
    };
    let all = SyncFilter { limit: 9, ..SyncFilter::default() };
    assert_eq!(ids(all.clone()).await, [5, 4, 3, 2, 1]);
    assert_eq!(ids(SyncFilter { before: Some(SyncId(4)), limit: 2, ..all.clone() }).await, [3, 2]);
    let either = vec!["completed".to_owned(), "interrupted".to_owned()];
    assert_eq!(ids(SyncFilter { statuses: either, ..all.clone() }).await, [5, 4, 3]);
    assert_eq!(ids(SyncFilter { jobs: vec!["no such job".to_owned()], ..all }).await, [0_i64; 0]);
}

#[tokio::test]
async fn a_newer_history_is_left_alone() {
    let newer = "CREATE TABLE jobs_version (version INTEGER NOT NULL); INSERT INTO jobs_version (version) VALUES (999)";
    let (_database, inventory) = with_history(newer).await;
    let error = Runner::new(inventory, "tester").await.unwrap_err();
    assert!(
        matches!(error, JobError::Store { .. }) && told(&error).contains("use the newer program"),
        "{}",
        told(&error)
    );
}

#[tokio::test]
async fn the_differences_of_many_syncs_have_a_limit_together() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for names in [&["A", "B"][..], &["A", "B", "C"], &["A"]] {
        let makers: Vec<(&str, &str)> = names.iter().map(|name| (*name, "1")).collect();
        let sync = world.dry(&Made::makers(&makers)).await.sync;
        ids.push(RecordId(world.stored(sync).await.uuid.parse().unwrap()));
    }
    let mut reader = world.runner.inventory().reader().await.unwrap();
    for (limits, expected) in [((9, 9), 3), ((2, 9), 2), ((9, 2), 1), ((9, 0), 0)] {
        let diffs = sync_diffs(reader.transaction(), &ids, limits).await.unwrap();
        assert_eq!(diffs.len(), expected, "{limits:?}");
    }
    let diffs = sync_diffs(reader.transaction(), &ids[2..], (9, 9)).await.unwrap();
    assert_eq!(diffs[&ids[2]]["manufacturer"]["A"]["+"]["description"], "1");
}
