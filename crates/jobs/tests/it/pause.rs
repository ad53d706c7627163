//! Syncs that pause and go on.

use trueup_jobs::JobError;
use trueup_jobs::run::{Event, Phase, SyncReport};
use trueup_jobs::store::{PlanId, SyncId, SyncStatus};

use crate::support::{Made, World, device_type, told};

/// Two batches: the makers and the device types of one of them.
fn two_batches() -> Made {
    let mut job = Made::makers(&[("A", "1"), ("B", "1")]);
    job.records.push(device_type("A", "X"));
    job
}

/// Applies a plan, and pauses its sync when something happens.
async fn paused_when(
    world: &World,
    plan: PlanId,
    when: impl Fn(Event) -> bool + Sync + Send,
) -> Result<SyncReport, JobError> {
    let another = world.another_program();
    let watch = |event| {
        if when(event) {
            assert_eq!(another.pause_what_runs(), 1);
        }
    };
    world.runner.apply(plan, None, &watch).await
}

#[tokio::test]
async fn a_sync_pauses_between_two_batches_and_goes_on_where_it_was() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    let error = paused_when(&world, plan, |event| matches!(event, Event::Applying { done: 2, .. })).await.unwrap_err();
    assert!(matches!(error, JobError::Paused { .. }), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!(
        (sync.status, sync.wanted.as_deref(), sync.outcomes.unwrap().created),
        (SyncStatus::Interrupted, Some("pause"), 2)
    );
    assert!(sync.message.unwrap().contains("paused"));
    assert!(world.runner.recover(&|_| {}).await.unwrap().is_empty(), "no worker takes up what is paused");
    assert_eq!(world.read("dcim.devicetype", &["model"]).await.len(), 0);
    let report = world.resume(sync.id).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, 3));
    assert_eq!(world.stored(sync.id).await.wanted, None);
}

#[tokio::test]
async fn a_sync_that_still_loads_pauses_before_its_first_batch() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    let error = paused_when(&world, plan, |event| event == Event::Began(Phase::LoadTarget)).await.unwrap_err();
    assert!(matches!(error, JobError::Paused { .. }), "{}", told(&error));
    assert!(world.makers().await.is_empty());
    let sync = world.last_sync().await.id;
    assert_eq!(world.resume(sync).await.unwrap().outcomes.unwrap().created, 3);
}

#[tokio::test]
async fn a_worker_is_asked_for_the_rest() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    paused_when(&world, plan, |event| matches!(event, Event::Applying { done: 2, .. })).await.unwrap_err();
    let sync = world.last_sync().await.id;
    world.runner.resume_later(sync).await.unwrap();
    let waiting = world.stored(sync).await;
    assert_eq!((waiting.status, waiting.wanted.as_deref()), (SyncStatus::Pending, Some("resume")));
    assert!(told(&world.runner.resume_later(sync).await.unwrap_err()).contains("it waits for a worker already"));
    // It may be paused again before anybody has taken it up.
    world.runner.store().pause(sync).await.unwrap();
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    world.runner.resume_later(sync).await.unwrap();
    let (taken, ended) = world.second_runner().await.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((taken, ended.unwrap().outcomes.unwrap().created), (sync, 3));
    let done = world.stored(sync).await;
    assert_eq!((done.status, done.wanted, done.attempts), (SyncStatus::Completed, None, 2));
    assert_eq!(world.authors().await, ["tester"]);
}

#[tokio::test]
async fn what_waits_in_the_queue_is_left_there_for_as_long_as_it_is_paused() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    let sync = world.runner.enqueue(plan, None).await.unwrap().sync;
    world.runner.store().pause(sync).await.unwrap();
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    assert_eq!(world.stored(sync).await.status, SyncStatus::Pending);
    let refused = told(&world.resume(sync).await.unwrap_err());
    assert!(
        refused.ends_with("it waits for a worker; where it is paused, `resume 2 --queue` lets it go on"),
        "{refused}"
    );
    world.runner.resume_later(sync).await.unwrap();
    let (_, ended) = world.runner.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!(ended.unwrap().outcomes.unwrap().created, 3);
}

#[tokio::test]
async fn a_pause_is_taken_back_before_it_has_come() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    let another = world.another_program();
    let watch = |event| match event {
        Event::Began(Phase::LoadTarget) => assert_eq!(another.pause_what_runs(), 1),
        Event::Ended(Phase::LoadTarget, _) => assert_eq!(another.go_on_with_what_runs(), 1),
        _ => {}
    };
    assert_eq!(world.runner.apply(plan, None, &watch).await.unwrap().status, SyncStatus::Completed);
}

#[tokio::test]
async fn what_cannot_pause_or_go_on_says_why() {
    let world = World::new().await;
    let dry = world.dry(&two_batches()).await;
    let done = world.apply(dry.plan).await.unwrap();
    let store = world.runner.store();
    let pause = async |sync| told(&store.pause(sync).await.unwrap_err());
    assert!(pause(dry.sync).await.contains("it is a dry run"));
    assert!(pause(done.sync).await.contains("it is completed"));
    assert!(matches!(store.pause(SyncId(99)).await.unwrap_err(), JobError::NoSuchSync(99)));
    let resume = async |sync| told(&world.runner.resume_later(sync).await.unwrap_err());
    assert!(resume(done.sync).await.contains("its plan 1 is applied"));
    let plan = world.dry(&Made::makers(&[("A", "2"), ("B", "1")])).await.plan;
    let waits = world.runner.enqueue(plan, Some("types go")).await.unwrap().sync;
    store.cancel(waits).await.unwrap();
    assert!(resume(waits).await.contains("its plan 2 is open"));
    assert!(pause(waits).await.contains("it is cancelled"));
}
