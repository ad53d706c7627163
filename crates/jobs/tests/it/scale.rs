//! What a run costs.

use trueup_inventory::Args;
use trueup_jobs::store::SyncStatus;

use crate::support::{MAKERS, Made, World, maker};

async fn statements(records: usize) -> (u64, u64, u64) {
    let world = World::new().await;
    let job = Made::new(MAKERS, (0..records).map(|number| maker(&format!("Maker {number:05}"), "x")).collect());
    let queries = || world.runner.inventory().queries();
    let start = queries();
    let report = world.sync(&job).await;
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, records as u64));
    let first = queries() - start;
    let start = queries();
    assert_eq!(world.sync(&job).await.steps, 0);
    let second = queries() - start;
    let mut changed = job.clone();
    changed.records = changed.records.iter().map(|record| record.clone().with("description", "y")).collect();
    let start = queries();
    let report = world.sync(&changed).await;
    assert_eq!(report.outcomes.unwrap().updated, records as u64, "{:?}", report.findings);
    (first, second, queries() - start)
}

#[tokio::test]
async fn statements_do_not_grow_with_the_records() {
    let (few, many) = (statements(50).await, statements(5_000).await);
    // Signs of life come with time, and a slow machine has more of it.
    assert!(many.1 < few.1 + 20, "comparing costs the same whatever the number of records: {few:?} {many:?}");
    // 100 times the records: three batches instead of one, and each sends its rows in chunks.
    assert!(many.0 <= 6 * few.0, "creates: {few:?} {many:?}");
    assert!(many.2 <= 6 * few.2, "updates: {few:?} {many:?}");
}

#[tokio::test]
async fn of_ten_thousand_steps_exactly_those_are_stale_whose_records_changed() {
    let world = World::new().await;
    let makers = |about: &str| {
        Made::new(MAKERS, (0..10_000).map(|number| maker(&format!("Maker {number:05}"), about)).collect())
    };
    world.have(&makers("old")).await;
    let plan = world.dry(&makers("new")).await.plan;
    for place in 0..37 {
        world.describe_maker(&format!("Maker {:05}", place * 271), "theirs").await;
    }
    let report = world.runner.apply(plan, Some("all of them"), &|_| {}).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.updated, counts.stale, counts.not_applied()), (9_963, 37, 37), "{:?}", report.trouble.first());
    assert_eq!((report.status, report.unverified.len()), (SyncStatus::CompletedWithFailures, 0));
    let count = "SELECT count(*) FROM dcim_manufacturer WHERE description = ?";
    for (about, expected) in [("theirs", 37), ("new", 9_963)] {
        let rows = world.tables().rows(count, Args::default().with(about)).await.unwrap();
        assert_eq!(rows[0].some_int(0).unwrap(), expected, "{about}");
    }
}
