//! What a run costs.

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
    assert_eq!(few.1, many.1, "comparing costs the same whatever the number of records");
    // 100 times the records: three batches instead of one, and each sends its rows in chunks.
    assert!(many.0 <= 6 * few.0, "creates: {few:?} {many:?}");
    assert!(many.2 <= 6 * few.2, "updates: {few:?} {many:?}");
}
