//! Runs that are asked for by the name of their job.

use std::sync::Arc;
use std::time::Duration;

use trueup_jobs::job::{JobVersion, SourceJob};
use trueup_jobs::run::{Event, Phase, RunMode, Runner};
use trueup_jobs::store::{SyncId, SyncStatus};
use trueup_jobs::variable::{Given, Variable};
use trueup_jobs::worker::{News, work};
use trueup_jobs::{DataSource, Job, JobContext, JobError, JobMeta, Jobs, RunSettings};

use crate::support::{Made, World, told, with_job};

/// A [`Made`] job of another name, in a version, with a variable that it must be given.
#[derive(Clone)]
struct Named {
    made: Made,
    name: &'static str,
    version: &'static str,
}

impl Named {
    fn new(name: &'static str) -> Self {
        Self { made: Made::makers(&[("Cisco", "routers"), ("Arista", "switches")]), name, version: "1" }
    }
}

impl DataSource for Named {
    fn meta(&self) -> JobMeta {
        JobMeta::new(self.name).data_source("a test")
    }

    fn version(&self) -> JobVersion {
        JobVersion::of(self.version.as_bytes())
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::text("site").help("Which site")]
    }

    fn schema(&self, registry: &trueup_inventory::Registry) -> Result<trueup_engine::Schema, JobError> {
        self.made.schema(registry)
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn trueup_connectors::Source>, JobError> {
        match context.get::<String>("site")?.as_str() {
            "nowhere" => {
                Err(JobError::Invalid { job: self.name.to_owned(), problems: vec!["no such site".to_owned()] })
            }
            _ => self.made.load_source_adapter(context),
        }
    }

    fn settings(&self, context: &JobContext) -> RunSettings {
        self.made.settings(context)
    }
}

async fn worker(world: &World, job: Named) -> Runner {
    with_job(&Runner::new(world.runner.inventory().clone(), "worker").await.unwrap(), job)
}

fn at(site: &str) -> Given {
    Given::none().with("site", site)
}

async fn next(runner: &Runner) -> Option<(SyncId, Result<SyncStatus, String>)> {
    let ended = runner.next(&|_| {}).await.unwrap()?;
    Some((ended.0, ended.1.map(|report| report.status).map_err(|error| told(&error))))
}

#[tokio::test]
async fn a_worker_that_has_the_job_does_it_as_it_was_asked_for() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let asker = runner.asked_by("ada");
    let dry = asker.request("makers", &at("ams"), &RunMode::DryRun).await.unwrap();
    let wet = asker.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
    let waiting = world.stored(dry).await;
    assert_eq!((waiting.status, waiting.dry_run, waiting.plan), (SyncStatus::Pending, true, None));
    assert_eq!((waiting.source.as_str(), waiting.target.as_str()), ("a test", "inventory"));

    assert_eq!(
        next(&runner).await,
        Some((dry, Ok(SyncStatus::Completed))),
        "in the order in which they were asked for"
    );
    assert!(world.makers().await.is_empty(), "a dry run changes nothing");
    assert_eq!(next(&runner).await, Some((wet, Ok(SyncStatus::Completed))));
    assert_eq!(world.makers().await, ["Arista | switches", "Cisco | routers"]);
    assert_eq!(world.authors().await, ["ada"], "the change log names who asked");
    let done = world.stored(wet).await;
    assert_eq!((done.source.as_str(), done.user.as_deref()), ("test memory", Some("ada")));
    assert!(done.asked_at <= done.started_at && done.ended_at.is_some());
    assert_eq!(next(&runner).await, None);
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_before_it_waits() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let refused = async |job, given: &Given| told(&runner.request(job, given, &RunMode::DryRun).await.unwrap_err());
    assert_eq!(refused("nope", &at("ams")).await, "there is no job `nope` in this program; it has: makers");
    let missing = refused("makers", &Given::none()).await;
    assert!(missing.contains("`site` must be given"), "{missing}");
    let applied = told(&runner.request("makers", &at("ams").with("dryrun", true), &RunMode::Apply).await.unwrap_err());
    assert!(applied.contains("`dryrun` says otherwise than the mode `apply`"), "{applied}");
    assert_eq!(world.count("jobs_sync").await, 0);
}

#[tokio::test]
async fn what_fails_only_where_it_is_run_ends_as_failed_with_the_cause() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let sync = runner.request("makers", &at("nowhere"), &RunMode::Apply).await.unwrap();
    assert!(matches!(next(&runner).await, Some((found, Err(_))) if found == sync));
    let row = world.stored(sync).await;
    assert_eq!(row.status, SyncStatus::Failed);
    assert!(row.message.unwrap().contains("no such site"));
}

#[tokio::test]
async fn a_program_that_lacks_the_job_or_has_another_version_says_so_and_leaves_it() {
    let world = World::new().await;
    let asked = worker(&world, Named::new("makers")).await;
    let sync = asked.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
    let lacking = worker(&world, Named::new("others")).await;
    let older = worker(&world, Named { version: "0", ..Named::new("makers") }).await;
    for (runner, expected) in [(&lacking, "has no such job"), (&older, "in version")] {
        world.sql("UPDATE jobs_sync SET message = NULL").await;
        let heard = std::sync::Mutex::new(Vec::new());
        let tell = |news: News<'_>| match news {
            News::Unable(unable, why) => heard.lock().unwrap().push((unable.sync, why.to_owned())),
            other => panic!("{other:?}"),
        };
        // When another one is told as well, the worker has looked again and has not told of the first one twice.
        let stop = async {
            let told_of = |sync| heard.lock().unwrap().iter().any(|(told_of, _)| *told_of == sync);
            let until = async |sync| {
                while !told_of(sync) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            until(sync).await;
            let other = asked.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
            until(other).await;
            world.runner.store().cancel(other).await.unwrap();
        };
        work(runner, stop, &|_| {}, &tell).await;
        let heard = heard.into_inner().unwrap();
        assert_eq!(heard.len(), 2, "each is told once: {heard:?}");
        assert!(heard[0].0 == sync && heard.iter().all(|(_, why)| why.contains(expected)), "{heard:?}");
        let row = world.stored(sync).await;
        assert_eq!((row.status, row.message.as_deref()), (SyncStatus::Pending, Some(heard[0].1.as_str())));
    }
    assert_eq!(next(&asked).await, Some((sync, Ok(SyncStatus::Completed))));
    assert_eq!(world.stored(sync).await.message, None);
}

#[tokio::test]
async fn a_run_that_was_killed_before_its_apply_is_done_from_the_start_by_the_next_one() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let sync = runner.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
    // Gone when its plan was stored.
    let url = world.database.url().to_owned();
    let gone = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let runner = with_job(&Runner::open(&url, "another").await.unwrap(), Named::new("makers"));
            let (tell, planned) = tokio::sync::oneshot::channel();
            let tell = std::sync::Mutex::new(Some(tell));
            let watch = |event| {
                if matches!(event, Event::Ended(Phase::Plan, _)) {
                    tell.lock().unwrap().take().map(|tell| tell.send(()));
                }
            };
            // Dropped in the middle, as a killed program is.
            tokio::select! {
                biased;
                _ = planned => {}
                _ = runner.next(&watch) => {}
            }
        });
    });
    gone.join().unwrap();
    assert_eq!(world.stored(sync).await.status, SyncStatus::Running);
    world.sql("UPDATE jobs_sync SET beat_at = 0").await;
    assert_eq!(next(&runner).await, None, "it is looked for by `recover`");
    assert!(runner.recover(&|_| {}).await.unwrap().is_empty());
    assert_eq!(next(&runner).await, Some((sync, Ok(SyncStatus::Completed))));
    assert_eq!(world.count("jobs_plan").await, 1, "nothing is left of the plan that was not begun");
    assert_eq!(world.count("jobs_sync WHERE taken_at IS NOT NULL").await, 1, "from then on it is counted");
    assert_eq!(world.stored(sync).await.attempts, 2);
    assert_eq!(world.makers().await.len(), 2);
}

#[tokio::test]
async fn a_run_that_ends_whoever_takes_it_up_is_given_up_in_the_end() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let sync = runner.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
    let taken_and_gone = async || {
        assert_eq!(world.stored(sync).await.status, SyncStatus::Pending);
        world.sql("UPDATE jobs_sync SET status = 'running', owner = 'gone', beat_at = 0").await;
        runner.recover(&|_| {}).await.unwrap();
    };
    // Many programs killed within moments say nothing about the run.
    world.sql("UPDATE jobs_sync SET taken_at = 9000000000000000").await;
    for _ in 0..20 {
        taken_and_gone().await;
    }
    world.sql("UPDATE jobs_sync SET taken_at = 1, attempts = 1").await;
    for _ in 0..5 {
        taken_and_gone().await;
    }
    let row = world.stored(sync).await;
    assert_eq!(row.status, SyncStatus::Failed);
    assert!(row.message.unwrap().contains("5 times"));
}

#[tokio::test]
async fn a_run_waits_while_another_changes_its_target() {
    let world = World::new().await;
    let runner = worker(&world, Named::new("makers")).await;
    let wet = runner.request("makers", &at("ams"), &RunMode::Apply).await.unwrap();
    let dry = runner.request("makers", &at("ams"), &RunMode::DryRun).await.unwrap();
    // Another sync that runs on the inventory.
    let other = world.sync(&Made::makers(&[("Cisco", "routers")])).await.sync;
    world
        .sql("UPDATE jobs_sync SET status = 'running', owner = 'another', beat_at = 9000000000000000 WHERE id = 3")
        .await;
    assert_eq!(other, SyncId(3));
    assert_eq!(next(&runner).await, None, "its target was found to be the busy one");
    let row = world.stored(wet).await;
    assert_eq!((row.status, row.target == world.stored(other).await.target), (SyncStatus::Pending, true));
    assert_eq!(next(&runner).await, Some((dry, Ok(SyncStatus::Completed))), "a dry run need not wait");
    assert_eq!(next(&runner).await, None);
    world.sql("UPDATE jobs_sync SET status = 'completed', owner = NULL WHERE id = 3").await;
    assert_eq!(next(&runner).await, Some((wet, Ok(SyncStatus::Completed))));
}

#[tokio::test]
async fn job_files_in_a_folder_are_jobs_and_follow_their_files() {
    let world = World::new().await;
    let folder = world.folder.path();
    let file = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let job = |name: &str| {
        format!(
            "name: {name}\nsource: {{connector: file, path: data}}\ntarget: {{connector: inventory}}\n\
             kinds: {{maker: {{content_type: dcim.manufacturer, identifiers: [name]}}}}\n"
        )
    };
    let jobs = Jobs::default().with_folder(folder);
    assert!(jobs.all().is_empty() && jobs.unusable().is_empty());
    file("a.yaml", &job("first"));
    file("b.yml", &job("first"));
    file("c.yaml", "name: [");
    file("notes.txt", "no job");
    std::fs::create_dir(folder.join("deep")).unwrap();
    file("deep/job.yaml", &job("second"));
    let names = |jobs: &Jobs| jobs.all().into_iter().map(|known| known.name).collect::<Vec<_>>();
    let reasons: Vec<String> = jobs.unusable().into_iter().map(|unusable| unusable.reason).collect();
    assert_eq!(names(&jobs), ["first", "second"], "{reasons:?}");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].contains("another job is called `first`"), "{reasons:?}");
    assert!(reasons[1].contains("not well-formed"), "{reasons:?}");
    let before = jobs.get("second").unwrap().version;
    file("deep/job.yaml", &format!("{}description: changed\n", job("second")));
    assert_ne!(jobs.get("second").unwrap().version, before);
    std::fs::remove_file(folder.join("a.yaml")).unwrap();
    assert_eq!(jobs.unusable().len(), 1, "the name is free again");
    let missing = Jobs::default().with_folder(&folder.join("missing"));
    assert!(missing.all().is_empty() && missing.unusable().is_empty());
}

#[test]
fn another_build_of_a_program_is_another_version_of_its_jobs() {
    let job: Arc<dyn Job> = Arc::new(SourceJob(Made::makers(&[])));
    assert_eq!(job.version(), JobVersion::of_program());
    assert_ne!(JobVersion::of_program(), JobVersion::of(b""));
}
