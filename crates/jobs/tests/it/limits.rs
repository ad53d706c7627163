//! Runs that take too long, and code that does not come back.

use std::time::{Duration, Instant};

use trueup_inventory::Args;
use trueup_jobs::run::{Event, RunMode, SyncReport};
use trueup_jobs::store::{SyncId, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{Budget, Control, DataSource as _, DeclarativeJob, JobError, JobFile, Retry, TimeLimits};

use crate::elsewhere::{Maker, maker};
use crate::snag::{Hook, How, Stubborn};
use crate::support::{Made, World, told, with_job};

/// How long a run may take that hangs at its beginning.
const SHORT: Duration = Duration::from_millis(300);

fn two() -> [Maker; 2] {
    [maker("Acme", "a"), maker("Bolt", "b")]
}

async fn run(world: &World, job: &Stubborn) -> Result<SyncReport, JobError> {
    world.runner.run(&job.job(), &Given::none(), &RunMode::Apply, &|_| {}).await
}

/// How long a run may take that hangs later: ten times as long as here and now one takes that does not hang.
async fn ample(world: &World) -> Duration {
    let began = Instant::now();
    let done = run(world, &Stubborn::new(&two(), Hook::Nowhere, How::Waits)).await.unwrap();
    assert_eq!(done.status, SyncStatus::Completed);
    SHORT.max(Duration::from_millis(began.elapsed().as_millis() as u64 * 10))
}

/// A job that hangs, with a time limit of so many seconds, and how its run ended.
async fn hung(world: &World, at: Hook, how: How) -> (Stubborn, f64, JobError) {
    let limit = match at {
        Hook::Prepare | Hook::LoadSource | Hook::LoadTarget => SHORT,
        _ => ample(world).await,
    };
    let mut job = Stubborn::new(&two(), at, how);
    job.control.time.hard = Some(limit);
    let error = run(world, &job).await.unwrap_err();
    (job, limit.as_secs_f64(), error)
}

#[tokio::test]
async fn code_that_waits_for_ever_is_ended_by_the_time_limit_wherever_it_waits() {
    let world = World::new().await;
    for at in [Hook::LoadSource, Hook::LoadTarget, Hook::Apply, Hook::Verify, Hook::PostRun] {
        let (job, limit, error) = hung(&world, at, How::Waits).await;
        let passed = matches!(error, JobError::TimeLimit { seconds, .. } if seconds == limit);
        assert!(passed, "{at:?}, {limit} s: {}", told(&error));
        let sync = world.last_sync().await;
        assert_eq!((sync.status, sync.message), (SyncStatus::Failed, Some(told(&error))), "{at:?}");
        let written = matches!(at, Hook::Verify | Hook::PostRun);
        assert_eq!(job.to.writes().len(), if written { 2 } else { 0 }, "{at:?}");
        assert_eq!(sync.outcomes.map(|counts| counts.created), written.then_some(2), "{at:?}");
    }
}

#[tokio::test]
async fn code_that_blocks_its_thread_is_left_behind() {
    let world = World::new().await;
    for (at, phase) in [
        (Hook::LoadSource, "load source"),
        (Hook::LoadTarget, "load target"),
        (Hook::Diff, "diff"),
        (Hook::Apply, "apply"),
        (Hook::Verify, "verify"),
        (Hook::PostRun, "verify"),
    ] {
        let (job, limit, error) = hung(&world, at, How::Blocks).await;
        let message = told(&error);
        assert!(
            matches!(error, JobError::LeftBehind { phase: in_phase, .. } if in_phase == phase),
            "{at:?}: {message}"
        );
        let passed = format!("its time limit of {limit} s has passed");
        assert!(message.contains(&passed) && message.contains("goes on"), "{limit} s: {message}");
        let sync = world.last_sync().await;
        assert_eq!((sync.status, sync.message, sync.ended_at.is_some()), (SyncStatus::Failed, Some(message), true));
        // The program goes on.
        assert_eq!(world.dry(&Made::makers(&[("Acme", "a")])).await.status, SyncStatus::Completed);
        job.snag.open();
    }
}

#[tokio::test]
async fn a_job_that_does_not_get_ready_in_its_time_leaves_no_sync() {
    let world = World::new().await;
    let (job, _, error) = hung(&world, Hook::Prepare, How::Blocks).await;
    assert!(matches!(error, JobError::NotReady { .. }), "{}", told(&error));
    assert_eq!(world.count("jobs_sync").await, 0);
    job.snag.open();
}

#[tokio::test]
async fn what_was_sent_when_the_time_was_over_is_done_once() {
    let world = World::new().await;
    let (job, _, error) = hung(&world, Hook::Apply, How::Blocks).await;
    assert!(matches!(error, JobError::LeftBehind { .. }), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!(world.plan(sync.plan.unwrap()).await.status.as_str(), "started");
    // The call that it was in is carried out after all, when its sync has ended.
    job.snag.open();
    while job.to.writes().len() < 2 {
        tokio::task::yield_now().await;
    }
    let report = with_job(&world.runner, job.clone()).resume(sync.id, &|_| {}).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, 2));
    assert_eq!(job.to.writes(), ["create Acme", "create Bolt"], "nothing was done twice");
    let journal = world.journal(sync.plan.unwrap()).await;
    assert!(journal.iter().all(|step| step.contains("found to be done")), "{journal:?}");
}

#[tokio::test]
async fn at_the_soft_limit_a_run_ends_between_two_batches_and_can_be_resumed() {
    let world = World::new().await;
    let limit = ample(&world).await;
    let mut job = Stubborn::new(&two(), Hook::Nowhere, How::Waits);
    job.batch = 1;
    job.control.time.soft = Some(limit);
    let began = Instant::now();
    let watch = |event| {
        // The first batch takes as long as the whole run may take.
        while matches!(event, Event::Applying { done: 1, .. }) && began.elapsed() < limit * 2 {
            std::thread::park_timeout(SHORT);
        }
    };
    let error = world.runner.run(&job.job(), &Given::none(), &RunMode::Apply, &watch).await.unwrap_err();
    let passed = matches!(error, JobError::SoftTimeLimit { seconds, .. } if seconds == limit.as_secs_f64());
    assert!(passed, "{limit:?}: {}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!(
        (sync.status, sync.message, sync.outcomes.unwrap().created),
        (SyncStatus::Cancelled, Some(told(&error)), 1)
    );
    // Whoever resumes it begins a new span of time, or says how long it may take.
    let runner = with_job(&world.runner, job.clone()).within(TimeLimits { soft: Some(limit * 100), hard: None });
    let report = runner.resume(sync.id, &|_| {}).await.unwrap();
    assert_eq!((report.status, job.to.writes().len()), (SyncStatus::Completed, 2));
}

#[tokio::test]
async fn a_soft_limit_that_passes_while_it_loads_ends_the_run_there() {
    let world = World::new().await;
    let mut job = Stubborn::new(&two(), Hook::LoadSource, How::Waits);
    job.control.time.soft = Some(SHORT);
    let error = run(&world, &job).await.unwrap_err();
    assert!(matches!(error, JobError::SoftTimeLimit { .. }), "{}", told(&error));
    assert_eq!(world.last_sync().await.status, SyncStatus::Cancelled);
}

#[tokio::test]
async fn a_run_is_told_its_limits_and_they_go_with_its_plan() {
    let world = World::new().await;
    let job = Stubborn::new(&two(), Hook::Apply, How::Waits);
    let limit = ample(&world).await;
    let limited = world.runner.clone().within(TimeLimits { soft: None, hard: Some(limit) });
    let plan = limited.run(&job.job(), &Given::none(), &RunMode::DryRun, &|_| {}).await.unwrap().plan;
    let error = with_job(&world.runner, job.clone()).apply(plan, None, &|_| {}).await.unwrap_err();
    let passed = matches!(error, JobError::TimeLimit { seconds, .. } if seconds == limit.as_secs_f64());
    assert!(passed, "{limit:?}: {}", told(&error));
    assert_eq!(world.last_sync().await.control.time.hard, Some(limit));
}

#[tokio::test]
async fn limits_that_make_no_sense_are_told_before_anything_runs() {
    let world = World::new().await;
    let mut job = Stubborn::new(&two(), Hook::Nowhere, How::Waits);
    job.control.time = TimeLimits { soft: Some(SHORT), hard: Some(Duration::ZERO) };
    let error = told(&run(&world, &job).await.unwrap_err());
    assert!(
        error.contains("time_limit: 0 s are too short") && error.contains("soft_time_limit: 0.3 s never pass"),
        "{error}"
    );
    assert_eq!(world.count("jobs_sync").await, 0);
}

/// A job file with these settings.
fn file(world: &World, settings: &str) -> Result<DeclarativeJob, JobError> {
    let path = world.folder.path().join("job.yaml");
    let text = format!(
        "name: made\nsource: {{connector: file, path: .}}\ntarget: {{connector: inventory}}\n{settings}kinds: {{}}\n"
    );
    std::fs::write(&path, text).unwrap();
    DeclarativeJob::new(JobFile::read(&path)?)
}

#[tokio::test]
async fn a_job_file_says_what_its_runs_are_held_to() {
    let world = World::new().await;
    let settings = "settings: {soft_time_limit: 900, time_limit: 1200.5, is_singleton: true, retry: {attempts: 5}}\n";
    let control = file(&world, settings).unwrap().meta().control;
    let time = TimeLimits { soft: Some(Duration::from_secs(900)), hard: Some(Duration::from_millis(1_200_500)) };
    let retry = Some(Retry { attempts: 5, ..Retry::default() });
    assert_eq!(control, Control { time, is_singleton: true, retry, budget: None });
    assert_eq!(file(&world, "").unwrap().meta().control, Control::default());
    let wrong = file(&world, "settings: {time_limit: 0, retry: {attempts: 0}}\n").unwrap_err().to_string();
    assert!(wrong.contains("settings.time_limit: 0 s") && wrong.contains("settings.retry.attempts: 0"), "{wrong}");
    for unreadable in ["{time_limit: -1}", "{retry: {attemps: 3}}", "{time_limit: soon}"] {
        let error = told(&file(&world, &format!("settings: {unreadable}\n")).unwrap_err());
        assert!(error.contains("is not well-formed"), "{error}");
    }
}

#[tokio::test]
async fn the_inventory_has_no_budget() {
    let world = World::new().await;
    let mut job = Made::makers(&[("A", "1")]);
    job.control.budget = Some(Budget::of("inventory").batches_per_second(1.0));
    let error = told(&world.try_run(&job, &RunMode::DryRun).await.unwrap_err());
    assert!(error.contains("budget: the inventory has none"), "{error}");
    job.control.budget = Some(Budget::of(" ").requests_per_second(0.0).concurrency(0));
    let error = told(&world.try_run(&job, &RunMode::DryRun).await.unwrap_err());
    for problem in ["budget.system: say", "budget.requests_per_second: 0 is no", "budget.concurrency: with 0"] {
        assert!(error.contains(problem), "{error}");
    }
}

#[tokio::test]
async fn who_is_cancelled_while_its_code_blocks_is_cancelled() {
    let world = World::new().await;
    let job = Stubborn::new(&two(), Hook::Diff, How::Blocks);
    let (runner, blocked) = (world.runner.clone(), job.job());
    let run = tokio::spawn(async move { runner.run(&blocked, &Given::none(), &RunMode::DryRun, &|_| {}).await });
    let sync = running(&world).await;
    world.runner.store().cancel(sync).await.unwrap();
    let error = run.await.unwrap().unwrap_err();
    assert!(matches!(error, JobError::LeftBehind { .. }), "{}", told(&error));
    assert_eq!(world.stored(sync).await.status, SyncStatus::Cancelled);
    job.snag.open();
}

/// The sync that runs, once there is one.
async fn running(world: &World) -> SyncId {
    loop {
        let rows = world.tables().rows("SELECT id FROM jobs_sync WHERE status = 'running'", Args::default()).await;
        if let Some(row) = rows.unwrap().first() {
            return SyncId(row.some_int(0).unwrap());
        }
        tokio::task::yield_now().await;
    }
}

/// With one thread for all tasks of the program, as on a machine with one core.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn code_that_blocks_keeps_no_other_sync_from_its_signs_of_life() {
    let world = World::new().await;
    let stuck = Stubborn::new(&two(), Hook::LoadSource, How::Blocks);
    let (runner, job) = (world.runner.clone(), stuck.job());
    let blocked = tokio::spawn(async move { runner.run(&job, &Given::none(), &RunMode::DryRun, &|_| {}).await });
    let sync = running(&world).await;
    // Another one takes so long that it has to give signs of life, and its program, which is the same one, does.
    let patient = Stubborn::new(&two(), Hook::LoadTarget, How::Waits);
    let (runner, job) = (world.runner.clone(), patient.job());
    let other = tokio::spawn(async move { runner.run(&job, &Given::none(), &RunMode::DryRun, &|_| {}).await });
    let beats = async || {
        let select = "SELECT id, beat_at FROM jobs_sync WHERE status = 'running' ORDER BY id";
        let rows = world.tables().rows(select, Args::default()).await.unwrap();
        rows.iter().map(|row| (row.some_int(0).unwrap(), row.some_int(1).unwrap())).collect::<Vec<_>>()
    };
    let mut first = beats().await;
    while first.len() < 2 {
        tokio::task::yield_now().await;
        first = beats().await;
    }
    let mut later = beats().await;
    while !first.iter().zip(&later).all(|((_, first), (_, later))| later > first) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        later = beats().await;
        assert_eq!(later.len(), 2, "both are alive");
    }
    assert_eq!(later[0].0, sync.0);
    stuck.snag.open();
    patient.snag.open();
    assert_eq!(blocked.await.unwrap().unwrap().status, SyncStatus::Completed);
    for waiting in &later[1..] {
        world.runner.store().cancel(SyncId(waiting.0)).await.unwrap();
    }
    assert!(matches!(other.await.unwrap().unwrap_err(), JobError::Cancelled { .. }));
}
