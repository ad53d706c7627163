//! Syncs whose program is gone, was slow, or was told to stop; and those who come after it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use trueup_engine::check::{CheckName, Severity};
use trueup_inventory::{Action, Args};
use trueup_jobs::JobError;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{Event, Phase, RunMode};
use trueup_jobs::store::{PlanId, SyncId, SyncStatus};
use trueup_jobs::variable::Given;

use crate::support::{Made, World, device_type, told};

/// Five makers and the device types of one of them: two batches.
fn two_batches() -> Made {
    let mut job = Made::makers(&[("A", "1"), ("B", "1"), ("C", "1"), ("D", "1"), ("E", "1")]);
    job.records.extend(["X", "Y", "Z"].map(|model| device_type("A", model)));
    job
}

/// A run whose program ends after the first batch: nobody takes leave.
async fn broken_off(world: &World, job: &Made) -> (SyncId, PlanId) {
    world.another_program().run_and_fall_silent(job);
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), world.plan(sync.plan.unwrap()).await.status.as_str()), ("running", "started"));
    (sync.id, sync.plan.unwrap())
}

/// Long after the last sign of life.
async fn time_passes(world: &World) {
    world.sql("UPDATE jobs_sync SET beat_at = 0 WHERE status = 'running'").await;
}

#[tokio::test]
async fn a_sync_whose_program_is_gone_is_taken_over_once_it_gives_no_sign_of_life() {
    let world = World::new().await;
    let job = two_batches();
    let (sync, plan) = broken_off(&world, &job).await;
    let other = world.second_runner().await;
    assert!(other.recover(&|_| {}).await.unwrap().is_empty(), "it may still be alive");
    let refused = other.resume(sync, &|_| {}).await.unwrap_err();
    assert!(told(&refused).contains("it is at work"), "{refused}");
    time_passes(&world).await;
    let mut recovered = other.recover(&|_| {}).await.unwrap();
    let (found, report) = recovered.remove(0);
    let report = report.unwrap();
    assert_eq!((found, report.status, report.outcomes.unwrap().created), (sync, SyncStatus::Completed, 8));
    assert_eq!(world.stored(sync).await.attempts, 2);
    assert_eq!(world.plan(plan).await.status.as_str(), "applied");
    assert!(world.journal(plan).await.iter().all(|step| step.ends_with("sent, applied")));
    assert_eq!(world.dry(&job).await.steps, 0);
    assert!(other.recover(&|_| {}).await.unwrap().is_empty());
    let refused = told(&world.resume(sync).await.unwrap_err());
    assert!(refused.contains("its plan 1 is applied"), "{refused}");
}

/// What a batch that was sent and not answered can have come to, for each of its steps.
#[tokio::test]
async fn what_was_sent_and_not_answered_is_settled_by_reading_it_back() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Old1", "1"), ("Old2", "1"), ("Old3", "1"), ("Gone1", "1"), ("Gone2", "1")])).await;
    let new = [("Old1", "2"), ("Old2", "2"), ("Old3", "2"), ("New1", "1"), ("New2", "1"), ("New3", "1")];
    let plan = world.dry(&Made::makers(&new)).await.plan;
    let report = world.apply(plan).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed);
    // As if the journal had been lost with the program: everything was sent, and nobody knows what came of it.
    world.sql("UPDATE jobs_step SET outcome = NULL, message = NULL, settled_at = NULL, batch = 1 WHERE plan = 2").await;
    world.sql("DELETE FROM jobs_step_object WHERE plan = 2").await;
    world.sql("UPDATE jobs_plan SET status = 'started' WHERE id = 2").await;
    world.sql("UPDATE jobs_sync SET status = 'interrupted' WHERE plan = 2").await;
    // Some of it was not done after all, and some was changed by somebody else.
    world.describe_maker("Old2", "1").await;
    world.describe_maker("Old3", "theirs").await;
    world.write(Action::Delete, "dcim.manufacturer", &[("name", "New2".into())], &[]).await;
    world.describe_maker("New3", "theirs").await;
    let again = [("name", "Gone2".into()), ("description", "1".into())];
    world.write(Action::Create, "dcim.manufacturer", &[], &again).await;

    let report = world.resume(report.sync).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.updated, counts.deleted, counts.stale), (2, 2, 2, 2), "{:?}", report.trouble);
    let journal = world.journal(plan).await;
    let of = |name: &str| journal.iter().find(|step| step.contains(name)).unwrap().split_once("sent, ").unwrap().1;
    let found = "applied: found to be done after an interruption";
    assert_eq!([of("Old1"), of("Old2"), of("New1"), of("New2")], [found, "applied", found, "applied"]);
    assert_eq!([of("Gone1"), of("Gone2")], [found, "applied"]);
    assert_eq!(
        of("Old3"),
        "stale: it was sent before an interruption, and `description` is now theirs; the plan expects 1"
    );
    assert_eq!(of("New3"), "stale: it was sent before an interruption, and the record was made meanwhile");
    assert_eq!(
        world.makers().await,
        ["New1 | 1", "New2 | 1", "New3 | theirs", "Old1 | 2", "Old2 | 2", "Old3 | theirs"]
    );
}

/// Does something once, between the two batches of [`two_batches`].
fn between_batches(act: impl Fn() + Send + Sync) -> impl Fn(Event) + Send + Sync {
    let acted = AtomicBool::new(false);
    move |event| {
        if matches!(event, Event::Applying { done: 5, .. }) && !acted.swap(true, Ordering::Relaxed) {
            act();
        }
    }
}

#[tokio::test]
async fn who_has_lost_the_lease_writes_nothing_more() {
    let world = World::new().await;
    let job = two_batches();
    let plan = world.dry(&job).await.plan;
    let another = world.another_program();
    // Asleep for a minute, while another program takes over.
    let watch = between_batches(|| {
        assert_eq!(another.sql("UPDATE jobs_sync SET owner = 'another' WHERE status = 'running'"), 1);
    });
    let error = world.runner.apply(plan, None, &watch).await.unwrap_err();
    assert!(matches!(error, JobError::LeaseLost { .. }), "{}", told(&error));
    assert_eq!(world.read("dcim.devicetype", &["model"]).await.len(), 0, "the second batch was not written");
    let sync = world.last_sync().await;
    assert_eq!(sync.status.as_str(), "running", "it is the other's, and so is what becomes of it");
    time_passes(&world).await;
    let report = world.resume(sync.id).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, 8));
}

/// The clock of another machine jumped, and this one's last sign of life seems to be from long ago.
#[tokio::test]
async fn a_holder_that_lives_and_seems_to_be_long_gone_is_fenced_and_nothing_is_done_twice() {
    let world = World::new().await;
    let job = two_batches();
    let plan = world.dry(&job).await.plan;
    let another = world.another_program();
    let watch = between_batches(|| {
        assert_eq!(another.sql("UPDATE jobs_sync SET beat_at = 1 WHERE status = 'running'"), 1);
        assert_eq!(another.recover(), [SyncStatus::Completed], "the other one does the rest");
    });
    let error = world.runner.apply(plan, None, &watch).await.unwrap_err();
    assert!(matches!(error, JobError::LeaseLost { .. }), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!((sync.status, sync.attempts, sync.outcomes.unwrap().created), (SyncStatus::Completed, 2, 8));
    assert_eq!(world.count("extras_objectchange").await, 8, "each record was written once");
    assert_eq!(world.dry(&job).await.steps, 0);
}

/// A machine whose clock was ahead has ended.
#[tokio::test]
async fn a_sync_whose_last_sign_of_life_is_yet_to_come_is_taken_over_at_once() {
    let world = World::new().await;
    let (sync, _) = broken_off(&world, &two_batches()).await;
    let other = world.second_runner().await;
    // As far ahead as clocks may be apart.
    world.sql("UPDATE jobs_sync SET beat_at = beat_at + 10000000 WHERE status = 'running'").await;
    assert!(other.recover(&|_| {}).await.unwrap().is_empty(), "it may still be alive");
    world.sql("UPDATE jobs_sync SET beat_at = beat_at + 3600000000 WHERE status = 'running'").await;
    let (found, report) = other.recover(&|_| {}).await.unwrap().remove(0);
    let report = report.unwrap();
    assert_eq!((found, report.status, report.outcomes.unwrap().created), (sync, SyncStatus::Completed, 8));
    assert_eq!(world.count("extras_objectchange").await, 8, "each record was written once");
}

#[tokio::test]
async fn who_has_lost_the_lease_leaves_nothing_of_its_plan() {
    for phase in [Phase::LoadSource, Phase::LoadTarget, Phase::Diff] {
        let world = World::new().await;
        let another = world.another_program();
        let watch = |event| {
            if matches!(event, Event::Ended(ended, _) if ended == phase) {
                assert_eq!(another.sql("UPDATE jobs_sync SET owner = 'another' WHERE owner IS NOT NULL"), 1);
            }
        };
        let job = two_batches().into_job();
        let error = world.runner.run(&job, &Given::none(), &RunMode::Apply, &watch).await.unwrap_err();
        assert!(matches!(error, JobError::LeaseLost { .. }), "{phase:?}: {}", told(&error));
        for table in ["jobs_plan", "jobs_step", "jobs_log WHERE level = 'critical'"] {
            let left = world.count(table).await;
            assert_eq!(left, 0, "{phase:?}: {table}");
        }
        let sync = world.last_sync().await;
        assert_eq!((sync.status, sync.message, sync.plan), (SyncStatus::Running, None, None), "{phase:?}");
    }
}

#[tokio::test]
async fn a_sync_is_stopped_between_batches_and_goes_on_later() {
    let world = World::new().await;
    let job = two_batches();
    let plan = world.dry(&job).await.plan;
    let another = world.another_program();
    let watch = |event| {
        if matches!(event, Event::Applying { done: 5, .. }) {
            assert_eq!(another.sql("UPDATE jobs_sync SET wanted = 'cancel' WHERE status = 'running'"), 1);
        }
    };
    let error = world.runner.apply(plan, None, &watch).await.unwrap_err();
    assert!(matches!(error, JobError::Cancelled { .. }), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), sync.outcomes.unwrap().created), ("cancelled", 5));
    assert_eq!(world.read("dcim.devicetype", &["model"]).await.len(), 0);
    let not_running = told(&world.runner.store().cancel(sync.id).await.unwrap_err());
    assert!(not_running.contains("it is cancelled"), "{not_running}");
    let report = world.runner.resume(sync.id, &|_| {}).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, 8));
}

#[tokio::test]
async fn one_sync_at_a_time_changes_a_target() {
    let world = World::new().await;
    let (first, _) = broken_off(&world, &two_batches()).await;
    let other = Made::makers(&[("Other", "1")]);
    let plan = world.dry(&other).await.plan;
    let refused = world.apply(plan).await.unwrap_err();
    assert!(matches!(refused, JobError::TargetBusy { sync: 1, .. }), "{}", told(&refused));
    assert_eq!(world.plan(plan).await.status.as_str(), "open", "it can be applied later");
    time_passes(&world).await;
    assert_eq!(world.resume(first).await.unwrap().status, SyncStatus::Completed);
    let report = world.runner.apply(plan, Some("five makers go"), &|_| {}).await.unwrap();
    assert_ne!(report.status, SyncStatus::Running);
}

#[tokio::test]
async fn a_program_that_is_seen_to_be_gone_holds_nobody_up() {
    let world = World::new().await;
    let plan = world.dry(&Made::makers(&[("Other", "1")]).going_on()).await.plan;
    let (first, _) = broken_off(&world, &two_batches()).await;
    let owner = world.tables().rows("SELECT owner FROM jobs_sync WHERE status = 'running'", Args::default()).await;
    let owner = owner.unwrap()[0].some_text(0).unwrap();
    // The same name, but of a process that has ended.
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let gone = owner.replace(&format!(" {} ", std::process::id()), &format!(" {} ", child.id()));
    assert!(gone != owner || !cfg!(target_os = "linux"), "{owner} does not name its process");
    if gone == owner {
        // Here processes cannot be seen, and the time of the lease decides.
        return;
    }
    let update = "UPDATE jobs_sync SET owner = ? WHERE status = 'running'";
    world.tables().execute(update, Args::default().with(gone)).await.unwrap();
    let report = world.runner.apply(plan, Some("the older one is wanted"), &|_| {}).await.unwrap();
    assert_eq!(report.outcomes.unwrap().created, 1, "{:?}", report.trouble);
    assert_eq!(world.stored(first).await.status.as_str(), "interrupted");
}

#[tokio::test]
async fn what_cannot_be_resumed_or_undone_says_why() {
    let world = World::new().await;
    let dry = world.dry(&Made::makers(&[("A", "1")])).await;
    let resumed = told(&world.resume(dry.sync).await.unwrap_err());
    assert!(resumed.contains("its plan 1 is open"), "{resumed}");
    let undone = told(&world.undo(dry.sync).await.unwrap_err());
    assert!(undone.contains("its plan 1 was not applied"), "{undone}");
    let empty = world.sync(&Made::makers(&[])).await;
    let undone = told(&world.undo(empty.sync).await.unwrap_err());
    assert!(undone.contains("no step of its plan 2 was applied"), "{undone}");
    assert!(matches!(world.resume(SyncId(99)).await.unwrap_err(), JobError::NoSuchSync(99)));
    let (sync, _) = broken_off(&world, &two_batches()).await;
    let undone = told(&world.undo(sync).await.unwrap_err());
    assert!(undone.contains("it is at work"), "{undone}");
    time_passes(&world).await;
    world.runner.store().mark_interrupted().await.unwrap();
    let undone = told(&world.undo(sync).await.unwrap_err());
    assert!(undone.contains("do the rest first: `resume"), "{undone}");
}

#[tokio::test]
async fn an_undo_tells_what_has_changed_since_and_leaves_it_alone() {
    let world = World::new().await;
    world.have(&Made::makers(&[("A", "1"), ("B", "1")])).await;
    let done = world.sync(&Made::makers(&[("A", "2"), ("B", "2"), ("C", "1")])).await;
    world.describe_maker("B", "theirs").await;
    let undo = world.undo(done.sync).await.unwrap();
    assert_eq!(undo.steps, 3);
    let finding = &undo.findings[0];
    assert_eq!((finding.severity, finding.check), (Severity::Warning, CheckName::ChangedSince));
    assert!(finding.message.contains("1 of 3") && finding.message.contains("theirs"), "{}", finding.message);
    let report = world.apply(undo.plan).await.unwrap();
    assert_eq!(report.outcomes.unwrap().stale, 1);
    assert_eq!(world.makers().await, ["A | 1", "B | theirs"]);
}

#[tokio::test]
async fn what_is_queued_is_applied_by_whoever_comes_next() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    let sync = world.runner.enqueue(plan, None).await.unwrap().sync;
    assert_eq!(world.stored(sync).await.status.as_str(), "pending");
    // One worker takes it, and is killed before it has begun.
    world.sql("UPDATE jobs_sync SET status = 'running', owner = 'w', beat_at = 0 WHERE status = 'pending'").await;
    assert!(world.runner.recover(&|_| {}).await.unwrap().is_empty());
    assert_eq!(world.stored(sync).await.status.as_str(), "pending", "nothing was done, so it waits again");
    let (taken, ended) = world.second_runner().await.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((taken, ended.unwrap().status), (sync, SyncStatus::Completed));
    assert_eq!(world.authors().await, ["tester"], "who asked for it, not who did it");
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    // It is in the queue once, whoever asks again.
    let report = world.dry(&Made::makers(&[("A", "2")])).await;
    let refused = told(&world.runner.enqueue(report.plan, None).await.unwrap_err());
    assert!(refused.contains("checks are against it"), "{refused}");
    let asked = world.runner.enqueue(report.plan, Some("others go")).await.unwrap().sync;
    for again in
        [world.runner.enqueue(report.plan, None).await.unwrap_err(), world.apply(report.plan).await.unwrap_err()]
    {
        let known = |sync| matches!(again, JobError::AskedAlready { sync: there, .. } if there == sync);
        assert!(known(asked.0) && told(&again).contains("is pending"), "{again}");
    }
    let (_, first) = world.runner.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!(first.unwrap().status, SyncStatus::Completed);
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    assert_eq!(world.plan(report.plan).await.approval.as_deref(), Some("others go"));
}

#[tokio::test]
async fn what_waits_is_cancelled_at_once_and_its_plan_stays_open() {
    let world = World::new().await;
    let plan = world.dry(&two_batches()).await.plan;
    let sync = world.runner.enqueue(plan, None).await.unwrap().sync;
    world.runner.store().cancel(sync).await.unwrap();
    let cancelled = world.stored(sync).await;
    assert_eq!((cancelled.status.as_str(), cancelled.ended_at.is_some()), ("cancelled", true));
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none(), "nobody takes it up");
    let refused = told(&world.runner.store().cancel(sync).await.unwrap_err());
    assert!(refused.contains("it is cancelled"), "{refused}");
    assert_eq!(world.apply(plan).await.unwrap().status, SyncStatus::Completed);
}

#[tokio::test]
async fn what_waits_for_a_busy_target_is_left_waiting() {
    let world = World::new().await;
    let plan = world.dry(&Made::makers(&[("Other", "1")])).await.plan;
    let (first, _) = broken_off(&world, &two_batches()).await;
    let sync = world.runner.enqueue(plan, Some("the older one is wanted")).await.unwrap().sync;
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none());
    assert_eq!(world.stored(sync).await.status.as_str(), "pending");
    time_passes(&world).await;
    assert_eq!(world.resume(first).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.authors().await, ["another"], "who asked for it, not who does the rest");
    assert!(world.runner.next(&|_| {}).await.unwrap().is_some());
}

#[tokio::test]
async fn who_watches_a_run_and_panics_fails_its_sync_and_nothing_else() {
    let world = World::new().await;
    let job = two_batches().into_job();
    let panics = |event| assert!(!matches!(event, Event::Applying { done: 1.., .. }), "forty-two");
    let error = world.runner.run(&job, &Given::none(), &RunMode::Apply, &panics).await.unwrap_err();
    assert!(matches!(error, JobError::Panicked { .. }) && told(&error).contains("forty-two"), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), sync.message), ("failed", Some(told(&error))));
    assert_eq!(world.resume(sync.id).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.dry(&two_batches()).await.steps, 0);
}

#[tokio::test]
async fn two_syncs_that_begin_at_once_come_one_after_the_other() {
    let world = World::new().await;
    let other = world.second_runner().await;
    let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let watch = |event| match event {
        Event::Began(Phase::Apply) => {
            most.fetch_max(at_work.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        Event::Ended(Phase::Apply, _) => {
            at_work.fetch_sub(1, Ordering::Relaxed);
        }
        _ => {}
    };
    let mut done = 0;
    for round in 0..20 {
        let mut plans = Vec::new();
        for part in ["one", "two"] {
            let about = format!("{round} {part}");
            plans.push(world.dry(&Made::makers(&[("A", &about), ("B", &about)])).await.plan);
        }
        let why = Some("both are wanted");
        let (one, two) = tokio::join!(world.runner.apply(plans[0], why, &watch), other.apply(plans[1], why, &watch));
        for ended in [one, two] {
            match ended {
                Ok(_) => done += 1,
                Err(error) => assert!(matches!(error, JobError::TargetBusy { .. }), "{}", told(&error)),
            }
        }
    }
    assert_eq!(most.into_inner(), 1);
    assert!(done >= 20, "each round, one at least comes to its end: {done}");
}
