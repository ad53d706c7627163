//! What is told of what a run costs and of how far it is.

use std::sync::Arc;

use serde_json::json;
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source};
use trueup_engine::{Schema, Snapshot};
use trueup_inventory::{Args, Database, Registry};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::{Costs, Memory, SyncFilter, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{DataSource, JobContext, JobError, JobMeta, cpu};

use crate::support::{MAKERS, Made, World, maker, told, with_job};

fn makers(records: usize) -> Made {
    Made::new(MAKERS, (0..records).map(|number| maker(&format!("Maker {number:05}"), "x")).collect())
}

fn given(names: &[&str]) -> Given {
    Given::from(names.iter().map(|name| ((*name).to_owned(), json!(true))).collect::<serde_json::Map<_, _>>())
}

async fn run(world: &World, job: impl DataSource + 'static, asked: &[&str]) -> Result<SyncReport, JobError> {
    world.runner.run(&job.into_job(), &given(asked), &RunMode::Apply, &|_| {}).await
}

#[tokio::test]
async fn what_a_run_cost_is_told_and_kept() {
    let world = World::new().await;
    let report = run(&world, makers(300), &[]).await.unwrap();
    let Costs { cpu, memory, source_bytes, target_bytes, rows_written, flame_graph, .. } = report.costs;
    assert_eq!((memory, flame_graph, target_bytes), (None, false, 0), "nobody asked for it, and nothing was there");
    let of_all: f64 = cpu.named().iter().map(|(_, seconds)| seconds).sum();
    assert!(of_all > 0.0 && cpu.named().iter().all(|(_, seconds)| *seconds >= 0.0), "{cpu:?}");
    assert!(source_bytes > 300 * 10, "{source_bytes}");
    // A record, its line in the change log, its step, the step's document; then sent, settled, what the inventory calls
    // the record, and what there is once.
    assert!((300 * 7..300 * 7 + 60).contains(&rows_written), "{rows_written}");
    let stored = world.stored(report.sync).await;
    assert_eq!((stored.costs, stored.durations), (Some(report.costs), report.durations));

    let second = run(&world, makers(300), &[]).await.unwrap();
    assert_eq!(second.costs.source_bytes, source_bytes);
    assert!(second.costs.target_bytes > 0);
    assert!((1..20).contains(&second.costs.rows_written), "{:?}", second.costs);
}

#[tokio::test]
async fn memory_is_told_by_phase_and_grows_with_the_records() {
    let world = World::new().await;
    let peaks = async |records: usize| {
        let report = run(&world, makers(records), &["memory_profiling", "parallel_loading"]).await.unwrap();
        assert_eq!(world.stored(report.sync).await.costs, Some(report.costs));
        let phases = report.costs.memory.unwrap().named();
        for (phase, memory) in phases {
            let Memory { at_end, peak } = memory.unwrap_or_else(|| panic!("{phase} was not measured"));
            assert!(peak >= at_end, "{phase}: {at_end} of {peak}");
        }
        phases.map(|(_, memory)| memory.unwrap().peak)
    };
    let few = peaks(10).await;
    let many = peaks(20_000).await;
    // A snapshot alone has more than 50 bytes a record.
    assert!(many.iter().all(|peak| *peak > 20_000 * 50), "{many:?}");
    assert!(few[0] < many[0] / 2, "{few:?} {many:?}");
}

#[tokio::test]
async fn the_apply_of_a_plan_is_measured_as_its_run_was() {
    let world = World::new().await;
    let job = makers(20).into_job();
    for (asked, measured) in [(&["memory_profiling"][..], true), (&[], false)] {
        let planned = world.runner.run(&job, &given(asked), &RunMode::DryRun, &|_| {}).await.unwrap();
        let applied = world.apply(planned.plan).await.unwrap();
        let memory = applied.costs.memory.map(|memory| (memory.source_load, memory.apply.is_some()));
        assert_eq!(memory, measured.then_some((None, true)), "what there was no phase of has no figure");
        assert!(applied.costs.rows_written > 0 && applied.costs.cpu.apply > 0.0, "{:?}", applied.costs);
        let undone = world.undo(applied.sync).await.unwrap();
        assert_eq!(
            world.runner.apply(undone.plan, Some("all of them go"), &|_| {}).await.unwrap().outcomes.unwrap().deleted,
            20
        );
    }
}

#[tokio::test]
async fn a_run_that_a_worker_does_is_measured_as_it_was_asked_for() {
    let mut world = World::new().await;
    world.runner = with_job(&world.runner, makers(20));
    let sync = world.runner.request("made", &given(&["memory_profiling"]), &RunMode::Apply).await.unwrap();
    let (done, report) = world.runner.next(&|_| {}).await.unwrap().unwrap();
    let costs = report.unwrap().costs;
    assert_eq!((done, world.stored(sync).await.costs), (sync, Some(costs)));
    assert!(costs.memory.unwrap().source_load.is_some() && costs.rows_written > 20 * 5, "{costs:?}");
}

#[tokio::test]
async fn two_runs_in_one_program_say_that_their_figures_are_of_both() {
    let (one, other) = (World::new().await, World::new().await);
    let (first, second) =
        tokio::join!(run(&one, makers(200), &["memory_profiling"]), run(&other, makers(200), &["memory_profiling"]));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.costs.shared && second.costs.shared, "{:?} {:?}", first.costs, second.costs);
    // What is written is counted apart all the same.
    let difference = first.costs.rows_written.abs_diff(second.costs.rows_written);
    assert!(difference < 20, "{:?} {:?}", first.costs, second.costs);
}

/// A source that does something of its own before it loads what a made job has.
#[derive(Clone)]
struct Before<F>(Made, F);

impl<F: Fn() -> BoxFuture<'static, ()> + Clone + Send + Sync + 'static> DataSource for Before<F> {
    fn meta(&self) -> JobMeta {
        JobMeta::new("before")
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        self.0.schema(registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.clone()))
    }
}

impl<F: Fn() -> BoxFuture<'static, ()> + Send + Sync> Source for Before<F> {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        self.0.health()
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move {
            progress.loaded(500, Some(0.25));
            (self.1)().await;
            self.0.load(snapshot, progress).await
        })
    }
}

#[tokio::test]
async fn memory_that_a_job_does_not_give_back_shows_and_is_not_told_of_the_next_run() {
    const KEPT: u64 = 16 << 20;
    let world = World::new().await;
    let leaks = Before(makers(3), || {
        std::mem::forget(std::hint::black_box(vec![1_u8; KEPT as usize]));
        Box::pin(async {}) as BoxFuture<'static, ()>
    });
    for _ in 0..2 {
        let report = run(&world, leaks.clone(), &["memory_profiling"]).await.unwrap();
        assert_eq!(report.status, SyncStatus::Completed);
        let at_end = report.costs.memory.unwrap().named().map(|(_, memory)| memory.map(|memory| memory.at_end));
        // What was kept before the run began is not the run's; the second has no apply.
        assert!(
            at_end[0].is_some() && at_end.iter().flatten().all(|held| (KEPT..2 * KEPT).contains(held)),
            "{at_end:?}"
        );
    }
    let report = run(&world, makers(3), &["memory_profiling"]).await.unwrap();
    let peaks = report.costs.memory.unwrap().named().map(|(_, memory)| memory.map(|memory| memory.peak));
    assert!(peaks[0].is_some() && peaks.iter().flatten().all(|peak| *peak < KEPT), "{peaks:?}");
}

#[inline(never)]
fn burns_the_cpu() {
    let from = cpu::process_seconds();
    while cpu::process_seconds() - from < 0.5 {
        std::hint::black_box((0..1_000_u64).fold(0, |sum, number| std::hint::black_box(sum ^ number)));
    }
}

#[tokio::test]
async fn a_flame_graph_is_kept_with_its_run() {
    let world = World::new().await;
    let busy = Before(makers(3), || Box::pin(async { burns_the_cpu() }) as BoxFuture<'static, ()>);
    let report = run(&world, busy, &["cpu_profiling"]).await.unwrap();
    assert!(report.costs.flame_graph && world.stored(report.sync).await.costs.unwrap().flame_graph);
    let svg = world.runner.store().flame_graph(report.sync).await.unwrap();
    assert!(svg.contains("<svg") && svg.contains("burns_the_cpu"), "{}", &svg[..svg.len().min(2_000)]);

    let plain = run(&world, makers(3), &[]).await.unwrap();
    let error = world.runner.store().flame_graph(plain.sync).await.unwrap_err();
    assert!(matches!(error, JobError::NoFlameGraph(_)) && told(&error).contains("--var cpu_profiling=true"), "{error}");
    world.sql("DELETE FROM jobs_sync").await;
    assert_eq!(world.count("jobs_flame_graph").await, 0, "it goes with its sync");
}

#[tokio::test]
async fn one_profile_is_taken_at_a_time_and_others_are_refused_before_they_begin() {
    let (one, other) = (World::new().await, World::new().await);
    let (first, second) =
        tokio::join!(run(&one, makers(50), &["cpu_profiling"]), run(&other, makers(50), &["cpu_profiling"]));
    let refused = [first, second].into_iter().filter_map(Result::err).map(|error| told(&error)).collect::<Vec<_>>();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains("`cpu_profiling`: this program takes the profile of another run"), "{refused:?}");
    let all = SyncFilter { limit: 9, ..SyncFilter::default() };
    let (one, other) =
        (one.runner.store().history(&all).await.unwrap(), other.runner.store().history(&all).await.unwrap());
    assert_eq!(one.len() + other.len(), 1, "the refused one is no sync");
}

#[tokio::test]
async fn others_see_how_far_a_run_is() {
    let world = World::new().await;
    let database: Arc<Database> = Arc::new(world.tables().clone());
    let seen = Arc::new(std::sync::Mutex::new(None));
    let watching = {
        let (database, seen) = (Arc::clone(&database), Arc::clone(&seen));
        move || {
            let (database, seen) = (Arc::clone(&database), Arc::clone(&seen));
            Box::pin(async move {
                // It goes on only when another program can see it.
                loop {
                    let select = "SELECT progress FROM jobs_sync WHERE status = 'running'";
                    let rows = database.rows(select, Args::default()).await.unwrap();
                    if let Some(progress) = rows[0].text(0).unwrap() {
                        *seen.lock().unwrap() = Some(progress);
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }) as BoxFuture<'static, ()>
        }
    };
    let report = run(&world, Before(makers(3), watching), &[]).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed);
    let seen: serde_json::Value = serde_json::from_str(&seen.lock().unwrap().take().unwrap()).unwrap();
    assert_eq!(seen["phases"], json!([{"phase": "source_load", "records": 500, "share": 0.25}]), "{seen}");
    assert_eq!(seen["steps"], json!(null));

    let ended = world.stored(report.sync).await.progress.unwrap();
    assert!(ended.phases.is_empty());
    assert_eq!(json!(ended.steps), json!({"done": 3, "total": 3}));
    assert_eq!(ended.outcomes.created, 3);
}
