//! Jobs between any two sides, and what a run may do to its target.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::Barrier;
use trueup_connectors::models::{BoxError, ModelSource};
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, StepWriter, Target};
use trueup_engine::plan::Step;
use trueup_engine::{Diff, DiffFlags, DiffOptions, FieldType, Identity, Kind, Model, Snapshot, diff};
use trueup_jobs::job::{SourceJob, TargetJob};
use trueup_jobs::run::{RunMode, Runner, SyncReport};
use trueup_jobs::store::{StepFilter, SyncStatus};
use trueup_jobs::variable::{Given, Variable};
use trueup_jobs::{DataSource, DataTarget, Job, JobContext, JobError, JobMeta, Jobs, RunSettings};

use crate::elsewhere::{Elsewhere, Maker, maker};
use crate::support::{Made, World, told, with_job};

/// From the inventory to elsewhere.
#[derive(Clone)]
struct Export(Elsewhere);

impl DataTarget for Export {
    fn meta(&self) -> JobMeta {
        JobMeta::new("export").data_target("elsewhere")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::text("prefix")]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn settings(&self, _context: &JobContext) -> RunSettings {
        let mut settings = RunSettings::default();
        settings.checks.protected.push(Identity::new("manufacturer", "Gone"));
        settings
    }

    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        assert_eq!(context.get::<String>("prefix")?, "p", "the plan's variables are there when it is applied, too");
        assert_eq!(context.get::<bool>("dryrun")?, context.is_dry_run());
        Ok(self.0.target())
    }
}

/// From elsewhere to elsewhere.
#[derive(Clone)]
struct Between {
    from: Elsewhere,
    to: Elsewhere,
}

impl Job for Between {
    fn meta(&self) -> JobMeta {
        JobMeta::new("between")
    }

    /// The inventory has no say in this.
    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![
            Kind::builder("manufacturer").id("name", FieldType::Text).attr("description", FieldType::Text).build()?,
        ])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.from.source()))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        Ok(self.to.target())
    }
}

async fn run(
    runner: &Runner,
    job: &(impl Job + Clone + 'static),
    given: &Given,
    mode: &RunMode,
) -> Result<SyncReport, JobError> {
    runner.run(&(Arc::new(job.clone()) as Arc<dyn Job>), given, mode, &|_| {}).await
}

fn prefix() -> Given {
    Given::texts([("prefix", "p")])
}

#[tokio::test]
async fn a_dry_run_never_asks_its_target_for_a_writer() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "new"), ("Bolt", "")])).await;
    let elsewhere = Elsewhere::holding(&[maker("Acme", "old"), maker("Gone", "")]);
    let job = TargetJob(Export(elsewhere.clone()));
    let report = run(&world.runner, &job, &prefix(), &RunMode::DryRun).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 3));
    assert_eq!((elsewhere.writers(), elsewhere.writes()), (0, Vec::new()));
    let refused = run(&world.runner, &job, &prefix(), &RunMode::Apply).await.unwrap();
    assert_eq!(refused.status, SyncStatus::WaitingForApproval, "a protected record would go");
    assert_eq!((elsewhere.writers(), elsewhere.writes()), (0, Vec::new()), "nor does one that its checks stop");
    let approved = RunMode::ApplyApproved("it is meant".to_owned());
    let report = run(&world.runner, &job, &prefix(), &approved).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{report:?}");
    assert_eq!(elsewhere.writers(), 1);
    let mut writes = elsewhere.writes();
    writes.sort_unstable();
    assert_eq!(writes, ["create Bolt", "delete Gone", "update Acme [\"description\"]"]);
}

#[tokio::test]
async fn the_writer_of_the_inventory_refuses_in_a_dry_run_also_what_asks_for_it_by_itself() {
    /// A job that writes where it should load.
    #[derive(Clone)]
    struct Sly(Made);

    impl DataSource for Sly {
        fn meta(&self) -> JobMeta {
            DataSource::meta(&self.0)
        }

        fn schema(&self, registry: &trueup_inventory::Registry) -> Result<trueup_engine::Schema, JobError> {
            DataSource::schema(&self.0, registry)
        }

        fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError> {
            Ok(Box::new(Writes { inventory: context.inventory_target()?, through: self.0.clone() }))
        }
    }

    struct Writes {
        inventory: Box<dyn Target>,
        through: Made,
    }

    impl Source for Writes {
        fn describe(&self) -> Description {
            Source::describe(&self.through)
        }

        fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
            Source::health(&self.through)
        }

        fn load<'a>(
            &'a self,
            _snapshot: &'a mut Snapshot,
            _progress: &'a dyn Progress,
        ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
            Box::pin(async move {
                let record = maker("Sneaked", "in").to_record();
                let change = trueup_engine::plan::Change::Create { after: record.attributes.clone(), parent: None };
                let step = Step { record: record.identity(), change, depends_on: Vec::new() };
                let _outcomes = self.inventory.writer().apply(&[&step]).await?;
                Ok(LoadReport::default())
            })
        }
    }

    let world = World::new().await;
    let job = SourceJob(Sly(Made::makers(&[])));
    let error = run(&world.runner, &job, &Given::none(), &RunMode::DryRun).await.unwrap_err();
    assert!(told(&error).contains("this is a dry run; nothing may be written"), "{}", told(&error));
    assert!(world.makers().await.is_empty());
}

#[tokio::test]
async fn a_stored_plan_for_another_system_is_applied_through_its_job() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "first")])).await;
    let elsewhere = Elsewhere::default();
    let job = Export(elsewhere.clone());
    let planned = run(&world.runner, &TargetJob(job.clone()), &prefix(), &RunMode::DryRun).await.unwrap();

    let error = world.runner.apply(planned.plan, None, &|_| {}).await.unwrap_err().to_string();
    assert!(error.contains("only its job `export` can reach"), "{error}");
    assert!(world.makers().await == ["Acme | first"] && elsewhere.writers() == 0, "it is not applied to anything else");

    let runner = with_job(&world.second_runner().await, job);
    let report = runner.apply(planned.plan, None, &|_| {}).await.unwrap();
    assert_eq!((report.status, elsewhere.writes()), (SyncStatus::Completed, vec!["create Acme".to_owned()]));
    let undo = runner.undo(report.sync, &|_| {}).await.unwrap();
    let undone = runner.apply(undo.plan, None, &|_| {}).await.unwrap();
    assert_eq!(undone.status, SyncStatus::Completed, "{undone:?}");
    assert_eq!(elsewhere.writes(), ["create Acme", "delete Acme"]);
    let target = runner.store().sync(undone.sync).await.unwrap().target;
    assert_eq!(target, "elsewhere a list");
}

/// An export whose adapter panics once it is asked for a target to write to.
#[derive(Clone)]
struct Faulty(Export);

impl DataTarget for Faulty {
    fn meta(&self) -> JobMeta {
        self.0.meta()
    }

    fn variables(&self) -> Vec<Variable> {
        self.0.variables()
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        self.0.kinds()
    }

    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        assert!(context.is_dry_run(), "forty-two");
        self.0.load_target_adapter(context)
    }
}

#[tokio::test]
async fn an_adapter_that_panics_fails_its_sync_and_not_its_worker() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "a")])).await;
    let faulty = || Faulty(Export(Elsewhere::default()));
    let planned = run(&world.runner, &TargetJob(faulty()), &prefix(), &RunMode::DryRun).await.unwrap();
    let worker = with_job(&world.second_runner().await, faulty());
    let sync = worker.enqueue(planned.plan, None).await.unwrap().sync;
    let (_, ended) = worker.next(&|_| {}).await.unwrap().unwrap();
    let error = ended.unwrap_err();
    assert!(matches!(error, JobError::Panicked { .. }) && error.to_string().contains("forty-two"), "{error}");
    assert_eq!(world.stored(sync).await.status, SyncStatus::Failed);
    let error = run(&worker, &TargetJob(faulty()), &prefix(), &RunMode::Apply).await.unwrap_err();
    assert!(matches!(error, JobError::Panicked { .. }), "{error}");
}

#[tokio::test]
async fn who_lacks_the_job_of_what_is_queued_leaves_it_to_those_who_have_it() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "a")])).await;
    let elsewhere = Elsewhere::default();
    let export = Export(elsewhere.clone());
    let dry = run(&world.runner, &TargetJob(export.clone()), &prefix(), &RunMode::DryRun).await.unwrap();
    let sync = world.runner.enqueue(dry.plan, None).await.unwrap().sync;
    assert!(world.runner.next(&|_| {}).await.unwrap().is_none(), "this program does not have the job");
    assert_eq!(world.stored(sync).await.status.as_str(), "pending");
    let other = with_job(&world.second_runner().await, export);
    let (taken, ended) = other.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((taken, ended.unwrap().status), (sync, SyncStatus::Completed));
    assert!(!elsewhere.writes().is_empty());
}

#[tokio::test]
async fn a_job_between_two_systems_leaves_the_inventory_alone() {
    let world = World::new().await;
    let (from, to) = (Elsewhere::holding(&[maker("Acme", "a"), maker("Bolt", "b")]), Elsewhere::default());
    let job = Between { from, to: to.clone() };
    let report = run(&world.runner, &job, &Given::none(), &RunMode::Apply).await.unwrap();
    assert_eq!(report.outcomes.unwrap().created, 2, "{report:?}");
    assert_eq!(to.holds.lock().unwrap().len(), 2);
    let filter = StepFilter { limit: 9, ..StepFilter::default() };
    let steps = world.runner.store().steps(report.plan, &filter).await.unwrap();
    let objects: Vec<_> = steps.iter().map(|step| (step.content_type.as_deref(), step.object.as_deref())).collect();
    assert_eq!(objects, [(None, Some("request 1")), (None, Some("request 2"))], "as the other system calls them");
    assert!(world.makers().await.is_empty());
    let second = run(&world.runner, &job, &Given::none(), &RunMode::Apply).await.unwrap();
    assert_eq!(second.steps, 0);
}

/// Loads only when another side loads at the same time.
#[derive(Clone)]
struct Together(Arc<Barrier>, Made);

impl Source for Together {
    fn describe(&self) -> Description {
        Source::describe(&self.1)
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        Source::health(&self.1)
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move {
            self.0.wait().await;
            Source::load(&self.1, snapshot, progress).await
        })
    }
}

impl Target for Together {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        panic!("a dry run asks for no writer")
    }

    fn batch_size(&self) -> usize {
        1
    }
}

impl Job for Together {
    fn meta(&self) -> JobMeta {
        JobMeta::new("together")
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.clone()))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        Ok(Box::new(self.clone()))
    }
}

#[tokio::test]
async fn parallel_loading_loads_both_sides_at_the_same_time() {
    let world = World::new().await;
    let job = Together(Arc::new(Barrier::new(2)), Made::makers(&[("Acme", "")]));
    let given = Given::none().with("parallel_loading", true);
    let report = run(&world.runner, &job, &given, &RunMode::DryRun).await.unwrap();
    assert_eq!((report.source.records, report.target.records, report.steps), (1, 1, 0));
}

/// Overrides what can be overridden.
#[derive(Clone)]
struct Hooked {
    made: Made,
    post_run: Result<(), &'static str>,
    panics: bool,
    /// What `post_run` was told: whether the run was dry, how much it created, its file.
    told: Arc<Mutex<Vec<String>>>,
}

impl Hooked {
    fn new(makers: &[(&str, &str)]) -> Self {
        Self { made: Made::makers(makers), post_run: Ok(()), panics: false, told: Arc::default() }
    }
}

impl DataSource for Hooked {
    fn meta(&self) -> JobMeta {
        JobMeta::new("hooked")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::file("list").optional()]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    /// Never deletes, whatever the settings say.
    fn calculate_diff<'s>(&self, source: &'s Snapshot, target: &'s Snapshot, options: &DiffOptions) -> Diff<'s> {
        let options = DiffOptions { flags: options.flags | DiffFlags::SKIP_UNMATCHED_DST, ..options.clone() };
        diff(source, target, &options, &mut |_| {})
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        assert!(!self.made.records.is_empty() || !self.panics, "nothing to load");
        if self.panics {
            let source = ModelSource::new("broken", "code");
            return Ok(Box::new(source.models(|| -> Result<Vec<Maker>, BoxError> { panic!("row 7 is odd") })));
        }
        Ok(Box::new(self.made.clone()))
    }

    fn post_run<'a>(&'a self, context: &'a JobContext, report: &'a SyncReport) -> BoxFuture<'a, Result<(), BoxError>> {
        assert_eq!(context.get::<bool>("dryrun").unwrap(), report.dry_run, "the variable says what the run does");
        let list: Option<PathBuf> = context.get("list").unwrap();
        let created = report.outcomes.map(|counts| counts.created);
        self.told.lock().unwrap().push(format!("{} {created:?} {}", report.dry_run, list.is_some()));
        Box::pin(async move { self.post_run.map_err(BoxError::from) })
    }
}

#[tokio::test]
async fn what_calculate_diff_finds_is_what_is_planned() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", ""), ("Kept", "")])).await;
    let job = Hooked::new(&[("Acme", "new")]);
    let report = run(&world.runner, &SourceJob(job), &Given::none(), &RunMode::Apply).await.unwrap();
    assert_eq!((report.summary.update, report.summary.delete), (1, 0));
    assert_eq!(world.makers().await, ["Acme | new", "Kept | "]);
}

#[test]
fn a_run_that_is_told_nothing_does_what_the_job_does_by_itself() {
    struct Eager(Elsewhere);

    impl DataSource for Eager {
        fn meta(&self) -> JobMeta {
            JobMeta::new("eager").applies_by_default()
        }

        fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
            Ok(Box::new(self.0.source()))
        }
    }

    let eager = SourceJob(Eager(Elsewhere::default()));
    let mode = |dryrun: &[(&str, &str)]| RunMode::of(&eager, &Given::texts(dryrun.iter().copied())).unwrap();
    assert_eq!(mode(&[]), RunMode::Apply);
    assert_eq!(mode(&[("dryrun", "yes")]), RunMode::DryRun);
    let null = Given::none().with("dryrun", serde_json::Value::Null);
    assert_eq!(RunMode::of(&eager, &null).unwrap(), RunMode::Apply, "null is as good as nothing");
}

#[tokio::test]
async fn a_post_run_that_fails_makes_a_failed_sync_and_takes_nothing_back() {
    let world = World::new().await;
    let job = Hooked { post_run: Err("no mail today"), ..Hooked::new(&[("Acme", "")]) };
    let error = run(&world.runner, &SourceJob(job), &Given::none(), &RunMode::Apply).await.unwrap_err();
    assert!(told(&error).contains("post_run failed: no mail today"), "{}", told(&error));
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), sync.outcomes.unwrap().created), ("failed", 1));
    assert_eq!(world.makers().await, ["Acme | "]);
    assert_eq!(world.plan(sync.plan.unwrap()).await.status.as_str(), "applied", "nothing of it is left to resume");
    let undo = world.undo(sync.id).await.unwrap();
    assert_eq!((undo.status, undo.steps), (SyncStatus::Completed, 1));
}

#[tokio::test]
async fn post_run_is_called_as_well_when_a_stored_plan_is_applied_or_resumed() {
    let world = World::new().await;
    let job = Hooked::new(&[("Acme", "")]);
    let runner = with_job(&world.second_runner().await, job.clone());
    let list = world.folder.path().join("list");
    std::fs::write(&list, "Acme").unwrap();
    let given = Given::none().with("list", list.display().to_string());
    let planned = run(&runner, &SourceJob(job.clone()), &given, &RunMode::DryRun).await.unwrap();
    std::fs::remove_file(list).unwrap();
    let applied = runner.apply(planned.plan, None, &|_| {}).await.unwrap();
    let undo = runner.undo(applied.sync, &|_| {}).await.unwrap();
    let undone = runner.apply(undo.plan, None, &|_| {}).await.unwrap();
    // As if the program had been killed before it came to the hook.
    world.sql("UPDATE jobs_plan SET status = 'started'").await;
    world.sql("UPDATE jobs_sync SET status = 'interrupted'").await;
    let resumed = runner.resume(undone.sync, &|_| {}).await.unwrap();
    assert_eq!(resumed.status, SyncStatus::Completed);
    let told = job.told.lock().unwrap().clone();
    assert_eq!(told, ["true None true", "false Some(1) true", "false Some(0) true", "false Some(0) true"]);
}

#[tokio::test]
async fn a_source_that_panics_is_a_load_that_failed() {
    let world = World::new().await;
    for parallel in [false, true] {
        let job = Hooked { panics: true, ..Hooked::new(&[("Acme", "")]) };
        let given = Given::none().with("parallel_loading", parallel);
        let error = run(&world.runner, &SourceJob(job), &given, &RunMode::Apply).await.unwrap_err();
        assert!(matches!(error, JobError::Load(_)) && told(&error).contains("panicked: row 7 is odd"), "{error:?}");
        assert_eq!(world.last_sync().await.status.as_str(), "failed");
    }
}

#[tokio::test]
async fn objects_among_the_variables_must_be_in_the_inventory() {
    #[derive(Clone)]
    struct Asks(Made);

    impl DataSource for Asks {
        fn meta(&self) -> JobMeta {
            JobMeta::new("asks")
        }

        fn variables(&self) -> Vec<Variable> {
            vec![Variable::objects("makers", "dcim.manufacturer")]
        }

        fn kinds(&self) -> Result<Vec<Kind>, JobError> {
            Ok(vec![Maker::kind()?])
        }

        fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
            Ok(Box::new(self.0.clone()))
        }
    }

    let world = World::new().await;
    let made = Made::makers(&[("Acme", "")]);
    world.have(&made).await;
    let job = SourceJob(Asks(made));
    let given = Given::texts([("makers", "Acme"), ("makers", "Nobody")]);
    let error = run(&world.runner, &job, &given, &RunMode::DryRun).await.unwrap_err().to_string();
    assert!(error.contains("`makers`: the inventory has no dcim.manufacturer name=Nobody"), "{error}");
    let report = run(&world.runner, &job, &Given::texts([("makers", "Acme")]), &RunMode::DryRun).await.unwrap();
    assert_eq!(report.steps, 0);
}

#[test]
fn two_jobs_of_one_name_are_refused() {
    let mut jobs = Jobs::default();
    jobs.add(Export(Elsewhere::default())).unwrap();
    let error = jobs.add(Export(Elsewhere::default())).unwrap_err().to_string();
    assert!(error.contains("`export`") && error.contains("same name"), "{error}");
    assert_eq!(jobs.get("export").unwrap().job.meta().data_source, "inventory");
}
