//! Jobs of which one sync runs at a time.

use trueup_jobs::JobError;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::RunMode;
use trueup_jobs::store::SyncStatus;
use trueup_jobs::variable::Given;

use crate::support::{Made, World, told};

fn one_at_a_time() -> Made {
    let mut job = Made::makers(&[("A", "1")]);
    job.control.is_singleton = true;
    job
}

/// Another program whose sync of the job runs and gives no more sign of life than it has given.
async fn another_runs(world: &World) {
    world.another_program().run_and_fall_silent(&one_at_a_time());
}

#[tokio::test]
async fn a_second_sync_of_the_job_is_refused_while_one_runs() {
    let world = World::new().await;
    another_runs(&world).await;
    let running = world.last_sync().await.id;
    let dry = world.try_run(&one_at_a_time(), &RunMode::DryRun).await.unwrap_err();
    assert!(matches!(&dry, JobError::JobBusy { sync, .. } if *sync == running.0), "{}", told(&dry));
    assert!(told(&dry).contains("one sync of it runs at a time"), "{}", told(&dry));
    assert_eq!(world.count("jobs_sync").await, 1, "there is no sync of what was refused");
    // Jobs that say nothing of the sort are run as ever.
    assert_eq!(world.dry(&Made::makers(&[])).await.status, SyncStatus::Completed);
    world.sql("UPDATE jobs_sync SET beat_at = 0 WHERE status = 'running'").await;
    assert_eq!(world.dry(&one_at_a_time()).await.status, SyncStatus::Completed, "who is gone holds nobody up");
}

#[tokio::test]
async fn a_plan_of_the_job_waits_in_the_queue() {
    let world = World::new().await;
    let (plan, other) = (world.dry(&one_at_a_time()).await.plan, world.dry(&one_at_a_time()).await.plan);
    // On another target, which is free.
    world.sql("UPDATE jobs_sync SET target = 'elsewhere'").await;
    let sync = world.runner.enqueue(plan, None).await.unwrap().sync;
    another_runs(&world).await;
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    let refused = world.apply(other).await.unwrap_err();
    assert!(matches!(refused, JobError::JobBusy { .. }), "{}", told(&refused));
    world.sql("UPDATE jobs_sync SET status = 'failed' WHERE status = 'running'").await;
    let (taken, ended) = world.runner.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((taken, ended.unwrap().status.as_str()), (sync, "completed-with-failures"), "the other one was faster");
}

#[tokio::test]
async fn who_is_resumed_waits_for_the_other_one_too() {
    let world = World::new().await;
    another_runs(&world).await;
    let first = world.last_sync().await.id;
    world.sql("UPDATE jobs_sync SET status = 'failed', owner = NULL WHERE status = 'running'").await;
    let plan = world.dry(&Made::makers(&[("A", "1"), ("B", "1")])).await.plan;
    // A sync of the same target that is at work.
    world.sql("UPDATE jobs_plan SET status = 'started' WHERE status = 'open'").await;
    world
        .sql("UPDATE jobs_sync SET status = 'running', dry_run = 0, owner = 'x', job = 'b' WHERE status = 'completed'")
        .await;
    world.sql("UPDATE jobs_sync SET beat_at = (SELECT max(beat_at) FROM jobs_sync) WHERE status = 'running'").await;
    let refused = world.resume(first).await.unwrap_err();
    assert!(matches!(refused, JobError::TargetBusy { .. }), "{}", told(&refused));
    assert_eq!(world.stored(first).await.status, SyncStatus::Failed, "nothing has happened to it");
    world.sql("UPDATE jobs_sync SET target = 'elsewhere', job = 'made' WHERE status = 'running'").await;
    let refused = world.resume(first).await.unwrap_err();
    assert!(matches!(refused, JobError::JobBusy { .. }), "{plan}: {}", told(&refused));
    world.sql("UPDATE jobs_sync SET status = 'failed' WHERE status = 'running'").await;
    assert_eq!(world.resume(first).await.unwrap().status, SyncStatus::Completed);
}

#[tokio::test]
async fn two_that_begin_at_once_are_one() {
    let world = World::new().await;
    let other = world.second_runner().await;
    let job = one_at_a_time().into_job();
    let (given, mode) = (Given::none(), RunMode::DryRun);
    for _ in 0..10 {
        let (one, two) =
            tokio::join!(world.runner.run(&job, &given, &mode, &|_| {}), other.run(&job, &given, &mode, &|_| {}));
        let refused = [&one, &two].into_iter().filter_map(|ended| ended.as_ref().err());
        for error in refused {
            assert!(matches!(error, JobError::JobBusy { .. }), "{}", told(error));
        }
        assert!(one.is_ok() || two.is_ok());
    }
    let overlaps = "SELECT count(*) FROM jobs_sync a JOIN jobs_sync b ON a.id < b.id AND b.started_at < a.ended_at";
    let rows = world.tables().rows(overlaps, trueup_inventory::Args::default()).await.unwrap();
    assert_eq!(rows[0].some_int(0).unwrap(), 0);
}
