//! What fails by what may pass is tried again, and nothing is done twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use trueup_connectors::models::{BatchHooks, BoxError, ModelChange, ModelHooks as _, ModelSource, ModelTarget};
use trueup_connectors::{Passing, Source, Target};
use trueup_engine::apply::{Fault, Outcome};
use trueup_engine::plan::OnFailure;
use trueup_engine::{Kind, Model as _};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{Event, Phase, RunMode, SyncReport};
use trueup_jobs::store::{StepFilter, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{Job, JobContext, JobError, JobMeta, Retry, RunSettings};

use crate::elsewhere::{Elsewhere, Maker, maker};
use crate::support::{World, told, with_job};

/// What a call of the target does.
#[derive(Debug, Clone, Copy)]
enum Call {
    Works,
    /// It cannot be worked with, and nothing was done.
    Away,
    /// It does all of it, and the answer is lost.
    AnswerLost,
    /// It does the first change, and the answer is lost.
    HalfDone,
    /// It says of the first change that it may pass, and does the others.
    Busy,
    /// It refuses the first change, and the rest may pass.
    Refuses,
    /// It fails for good.
    Breaks,
}

/// Brings one system into agreement with another one that has its moods.
#[derive(Clone)]
struct Moody {
    from: Elsewhere,
    to: Elsewhere,
    calls: Arc<Mutex<VecDeque<Call>>>,
    /// Loads of the source that fail before one succeeds.
    silent_loads: Arc<Mutex<u32>>,
    retry: Option<Retry>,
}

impl Moody {
    fn new(calls: &[Call]) -> Self {
        Self {
            from: Elsewhere::holding(&[maker("Acme", "a"), maker("Bolt", "b"), maker("Cord", "c")]),
            to: Elsewhere::default(),
            calls: Arc::new(Mutex::new(calls.iter().copied().collect())),
            silent_loads: Arc::default(),
            retry: Some(quick(3)),
        }
    }
}

fn quick(attempts: u32) -> Retry {
    let pause = Duration::from_millis(1);
    Retry { attempts, pause, factor: 1.0, most: Duration::from_millis(2) }
}

impl Job for Moody {
    fn meta(&self) -> JobMeta {
        let meta = JobMeta::new("moody");
        self.retry.into_iter().fold(meta, JobMeta::retry)
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn settings(&self, _context: &JobContext) -> RunSettings {
        let mut settings = RunSettings::default();
        settings.policy.on_failure = OnFailure::Continue;
        settings
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let (holds, silent) = (Arc::clone(&self.from.holds), Arc::clone(&self.silent_loads));
        let read = move || {
            let mut silent = silent.lock().unwrap();
            match silent.checked_sub(1) {
                Some(left) => {
                    *silent = left;
                    Err(BoxError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset)))
                }
                None => Ok(holds.lock().unwrap().clone()),
            }
        };
        Ok(Box::new(ModelSource::new("elsewhere", "a list").models(read)))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        Ok(Box::new(ModelTarget::new(self.to.source()).batches::<Maker>(self.clone())))
    }
}

impl BatchHooks<Maker> for Moody {
    async fn apply(&self, changes: Vec<ModelChange<Maker>>) -> Result<Vec<Outcome>, BoxError> {
        let call = self.calls.lock().unwrap().pop_front().unwrap_or(Call::Works);
        let away = || BoxError::from(Passing::new("503 Service Unavailable"));
        let busy = || Outcome::Failed { fault: Fault::Passing, message: "429 Too Many Requests".to_owned() };
        let refused = || Outcome::Failed { fault: Fault::Declined, message: "400 Bad Request".to_owned() };
        let mut outcomes = Vec::new();
        for (index, change) in changes.into_iter().enumerate() {
            let first = index == 0;
            outcomes.push(match call {
                Call::Away => return Err(away()),
                Call::Breaks => return Err("500 Internal Server Error".into()),
                Call::HalfDone if !first => return Err(away()),
                Call::Busy if first => busy(),
                Call::Refuses if first => refused(),
                Call::Refuses => busy(),
                Call::Works | Call::AnswerLost | Call::HalfDone | Call::Busy => match change {
                    ModelChange::Create(record) => self.to.create(record).await?,
                    ModelChange::Update { before, after, changed } => self.to.update(before, after, changed).await?,
                    ModelChange::Delete(record) => self.to.delete(record).await?,
                },
            });
        }
        if matches!(call, Call::AnswerLost) { Err(away()) } else { Ok(outcomes) }
    }
}

async fn run(world: &World, job: &Moody) -> Result<SyncReport, JobError> {
    let runner = with_job(&world.runner, job.clone());
    runner.run(&job.clone().into_job(), &Given::none(), &RunMode::Apply, &|_| {}).await
}

/// How many times each step of the last plan was sent, with its outcome.
async fn attempts(world: &World) -> Vec<(i64, String)> {
    let plan = world.last_sync().await.plan.unwrap();
    let steps = world.runner.store().steps(plan, &StepFilter { limit: 10, ..StepFilter::default() }).await.unwrap();
    steps.into_iter().map(|step| (step.attempts, step.outcome.unwrap_or_default())).collect()
}

#[tokio::test]
async fn whatever_may_pass_each_change_is_made_once() {
    use Call::{AnswerLost, Away, Busy, HalfDone, Works};
    for (calls, sent) in [
        (&[Works][..], [1, 1, 1]),
        (&[Away], [2, 2, 2]),
        (&[Away, Away], [3, 3, 3]),
        (&[AnswerLost], [1, 1, 1]),
        (&[HalfDone], [1, 2, 2]),
        (&[HalfDone, HalfDone], [1, 2, 3]),
        (&[Busy], [2, 1, 1]),
        (&[Busy, Away], [3, 1, 1]),
        (&[Away, AnswerLost], [2, 2, 2]),
    ] {
        let world = World::new().await;
        let job = Moody::new(calls);
        let report = run(&world, &job).await.unwrap();
        assert_eq!(report.status, SyncStatus::Completed, "{calls:?}: {:?}", report.trouble);
        let mut writes = job.to.writes();
        writes.sort();
        assert_eq!(writes, ["create Acme", "create Bolt", "create Cord"], "{calls:?}");
        let expected: Vec<(i64, String)> = sent.iter().map(|sent| (*sent, "applied".to_owned())).collect();
        assert_eq!(attempts(&world).await, expected, "{calls:?}");
    }
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    let world = World::new().await;
    let job = Moody::new(&[Call::Refuses]);
    let report = run(&world, &job).await.unwrap();
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    let outcomes: Vec<(i64, String)> =
        [(1, "failed"), (2, "applied"), (2, "applied")].map(|(n, o)| (n, o.to_owned())).into();
    assert_eq!(attempts(&world).await, outcomes);
    assert!(report.trouble[0].contains("400 Bad Request"), "{:?}", report.trouble);
    let broken = Moody::new(&[Call::Breaks]);
    let error = told(&run(&world, &broken).await.unwrap_err());
    assert!(error.contains("500 Internal Server Error"), "{error}");
    assert!(broken.calls.lock().unwrap().is_empty() && broken.to.writes().is_empty());
}

#[tokio::test]
async fn patience_ends() {
    let world = World::new().await;
    let job = Moody::new(&[Call::Away, Call::HalfDone, Call::Away]);
    let error = told(&run(&world, &job).await.unwrap_err());
    assert!(error.contains("broken off") && error.contains("503 Service Unavailable"), "{error}");
    let sync = world.last_sync().await;
    assert_eq!((sync.status, sync.outcomes.unwrap().created), (SyncStatus::Failed, 1));
    // Whoever resumes it begins with all patience again, and reads back first.
    let report = with_job(&world.runner, job.clone()).resume(sync.id, &|_| {}).await.unwrap();
    assert_eq!((report.status, job.to.writes().len()), (SyncStatus::Completed, 3));
    // Steps that fail one by one do not break an apply off.
    let busy = Moody::new(&[Call::Busy, Call::Busy, Call::Busy]);
    let report = run(&world, &busy).await.unwrap();
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    assert!(report.trouble[0].contains("429 Too Many Requests"), "{:?}", report.trouble);
    assert_eq!(attempts(&world).await[0], (3, "failed".to_owned()));
}

#[tokio::test]
async fn a_job_that_says_nothing_tries_once() {
    let world = World::new().await;
    let job = Moody { retry: None, ..Moody::new(&[Call::Away]) };
    assert!(told(&run(&world, &job).await.unwrap_err()).contains("503"));
    *job.silent_loads.lock().unwrap() = 1;
    assert!(matches!(run(&world, &job).await.unwrap_err(), JobError::Load(_)));
    assert!(job.to.writes().is_empty());
}

#[tokio::test]
async fn a_side_that_is_away_is_loaded_again() {
    let world = World::new().await;
    let job = Moody::new(&[]);
    *job.silent_loads.lock().unwrap() = 2;
    let waits = Mutex::new(Vec::new());
    let watch = |event| {
        if let Event::Waiting { phase, attempt, .. } = event {
            waits.lock().unwrap().push((phase, attempt));
        }
    };
    let job_of = job.clone().into_job();
    let report = world.runner.run(&job_of, &Given::none(), &RunMode::DryRun, &watch).await.unwrap();
    assert_eq!((report.steps, report.source.records), (3, 3));
    assert_eq!(waits.into_inner().unwrap(), [(Phase::LoadSource, 1), (Phase::LoadSource, 2)]);
    *job.silent_loads.lock().unwrap() = 3;
    let error = run(&world, &job).await.unwrap_err();
    assert!(matches!(error, JobError::Load(_)) && told(&error).contains("connection reset"), "{}", told(&error));
}

#[tokio::test]
async fn who_waits_for_another_attempt_can_be_stopped() {
    let world = World::new().await;
    let pause = Duration::from_secs(600);
    let retry = Some(Retry { attempts: 2, pause, factor: 1.0, most: pause });
    let job = Moody { retry, ..Moody::new(&[Call::HalfDone]) };
    let another = world.another_program();
    let watch = |event| {
        if matches!(event, Event::Waiting { .. }) {
            assert_eq!(another.sql("UPDATE jobs_sync SET wanted = 'cancel' WHERE status = 'running'"), 1);
        }
    };
    let error = world.runner.run(&job.clone().into_job(), &Given::none(), &RunMode::Apply, &watch).await.unwrap_err();
    assert!(matches!(error, JobError::Cancelled { .. }), "{}", told(&error));
    let report = with_job(&world.runner, job.clone()).resume(world.last_sync().await.id, &|_| {}).await.unwrap();
    assert_eq!((report.status, job.to.writes().len()), (SyncStatus::Completed, 3));
}

#[tokio::test]
async fn a_policy_that_makes_no_sense_is_told_before_anything_runs() {
    let world = World::new().await;
    let retry = Retry { attempts: 0, pause: Duration::from_secs(9), factor: 0.5, most: Duration::from_secs(3) };
    let error = told(&run(&world, &Moody { retry: Some(retry), ..Moody::new(&[]) }).await.unwrap_err());
    for problem in ["retry.attempts: 0 are", "retry.factor: 0.5 is", "retry.pause: 9 s are longer"] {
        assert!(error.contains(problem), "{error}");
    }
}
