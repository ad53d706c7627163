//! Code of a job that panics or fails, in each of its hooks.

use trueup_jobs::JobError;
use trueup_jobs::run::RunMode;
use trueup_jobs::store::{PlanStatus, SyncStatus};
use trueup_jobs::variable::Given;

use crate::elsewhere::maker;
use crate::snag::{Hook, How, Stubborn};
use crate::support::{World, told, with_job};

/// How far a run had come when its code came to grief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is no sync of it yet.
    Ready,
    /// There is no plan yet.
    Planning,
    /// Steps may have been sent, and whoever resumes it does the rest.
    Applying,
    /// Its plan is applied.
    Applied,
}

use Stage::{Applied, Applying, Planning, Ready};

const PANICKED: &str =
    "the code of the job `stubborn` panicked: forty-two; this is a fault of the job, tell whoever wrote it";
const BROKEN_OFF: &str = "what was done stays done: see `show 1`, then `resume 1` does the rest, or run the job again";

/// Each hook, how far its run has come then, and what is said when it panics and when it fails, if it can fail.
const HOOKS: [(Hook, Stage, &str, Option<&str>); 12] = [
    (Hook::Settings, Ready, PANICKED, None),
    (Hook::Prepare, Ready, PANICKED, Some("the job `stubborn` cannot be run:\n  forty-two")),
    (Hook::PrepareTarget, Ready, PANICKED, Some("the job `stubborn` cannot be run:\n  forty-two")),
    (
        Hook::LoadSource,
        Planning,
        "the source could not be loaded; nothing was changed: LoadSource failed while loading its records: its code panicked",
        Some("the source could not be loaded; nothing was changed: elsewhere failed while reading"),
    ),
    (
        Hook::LoadTarget,
        Planning,
        "the target could not be loaded; nothing was changed: LoadTarget failed while loading its records: its code panicked",
        Some("the target could not be loaded; nothing was changed: elsewhere failed while reading"),
    ),
    (Hook::Diff, Planning, PANICKED, None),
    (Hook::Writer, Applying, PANICKED, None),
    (Hook::Before, Applying, PANICKED, Some(BROKEN_OFF)),
    (Hook::Apply, Applying, PANICKED, Some(BROKEN_OFF)),
    (Hook::Written, Applying, PANICKED, Some(BROKEN_OFF)),
    (Hook::Verify, Applying, PANICKED, Some(BROKEN_OFF)),
    (Hook::PostRun, Applied, PANICKED, Some("the job `stubborn` could not be brought to its end: post_run failed")),
];

/// Runs a job that comes to grief at a hook, and then, with nothing in its way, again as it says how.
async fn come_to_grief(at: Hook, how: How, stage: Stage, said: &str) {
    let world = World::new().await;
    let job = Stubborn::new(&[maker("Acme", "a"), maker("Bolt", "b")], at, how);
    let runner = with_job(&world.runner, job.clone());
    let run = async || runner.run(&job.job(), &Given::none(), &RunMode::Apply, &|_| {}).await;
    let error = told(&run().await.unwrap_err());
    let of = format!("{at:?} {how:?}");
    assert!(error.contains(said) && error.contains("forty-two"), "{of}: {error}");
    let written = matches!(at, Hook::Written | Hook::Verify | Hook::PostRun);
    assert_eq!(job.to.writes().len(), if written { 2 } else { 0 }, "{of}");
    job.snag.open();
    if stage == Ready {
        assert_eq!(world.count("jobs_sync").await, 0, "{of}");
        assert_eq!(run().await.unwrap().status, SyncStatus::Completed, "{of}");
    } else {
        let sync = world.last_sync().await;
        assert_eq!((sync.status, sync.message.as_ref()), (SyncStatus::Failed, Some(&error)), "{of}");
        assert!(sync.ended_at.is_some(), "{of}");
        let plan = match sync.plan {
            Some(plan) => Some(world.plan(plan).await.status),
            None => None,
        };
        let resumed = runner.resume(sync.id, &|_| {}).await;
        match stage {
            Ready | Planning => {
                assert_eq!(plan, None, "{of}");
                assert!(told(&resumed.unwrap_err()).contains("run the job again"), "{of}");
                assert_eq!(run().await.unwrap().status, SyncStatus::Completed, "{of}");
            }
            Applying => {
                assert_eq!(plan, Some(PlanStatus::Started), "{of}");
                assert_eq!(resumed.unwrap().status, SyncStatus::Completed, "{of}");
            }
            Applied => {
                assert_eq!(plan, Some(PlanStatus::Applied), "{of}");
                assert!(matches!(resumed.unwrap_err(), JobError::NotResumable { .. }), "{of}");
            }
        }
    }
    assert_eq!(job.to.writes(), ["create Acme", "create Bolt"], "{of}: everything is done, and nothing twice");
}

#[tokio::test]
async fn code_that_panics_fails_its_sync_wherever_it_does_and_nothing_is_done_twice() {
    for (at, stage, said, _) in HOOKS {
        come_to_grief(at, How::Panics, stage, said).await;
    }
}

#[tokio::test]
async fn code_that_fails_fails_its_sync_wherever_it_does_and_nothing_is_done_twice() {
    for (at, stage, _, said) in HOOKS {
        if let Some(said) = said {
            come_to_grief(at, How::Fails, stage, said).await;
        }
    }
}
