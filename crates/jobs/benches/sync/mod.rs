//! A whole sync beside the same work done with the bare engine and store.

mod bare;
mod devices;

use std::time::Instant;

use serde_json::{Value as Json, json};
use trueup_inventory::Inventory;
use trueup_jobs::cpu;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, Runner, SyncReport};
use trueup_jobs::variable::Given;

use self::devices::Devices;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the command line says.
struct Options {
    records: usize,
    pairs: usize,
    /// Measure memory as well.
    memory: bool,
    /// Leave out the bare engine and store.
    sync_only: bool,
}

impl Options {
    fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self { records: 100_000, pairs: 5, memory: false, sync_only: false };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo says it to every bench.
                "--bench" => {}
                "--memory" => options.memory = true,
                "--sync-only" => options.sync_only = true,
                "--pairs" => options.pairs = arguments.next().ok_or("--pairs takes a number")?.parse()?,
                number => options.records = number.parse()?,
            }
        }
        Ok(options)
    }
}

/// Wall and CPU time, in seconds.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

/// A sync, beside the bare work where there is any.
type Measured = (SyncReport, Took, Option<Took>);

async fn timed<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<(T, Took), Failure> {
    let (wall, cpu) = (Instant::now(), cpu::process_seconds());
    let done = work.await?;
    Ok((done, Took { wall: wall.elapsed().as_secs_f64(), cpu: cpu::process_seconds() - cpu }))
}

pub fn main() -> Result<(), Failure> {
    let options = Options::read(std::env::args().skip(1))?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(pairs(&options))
}

/// Runs in turn, so that both have the same machine, and prints the medians of each step.
async fn pairs(options: &Options) -> Result<(), Failure> {
    let mut steps: [Vec<Measured>; 2] = Default::default();
    for _ in 0..options.pairs {
        let with = syncs(options).await?;
        let bare = if options.sync_only { None } else { Some(bare::both(Devices(options.records)).await?) };
        for (step, (report, took)) in with.into_iter().enumerate() {
            steps[step].push((report, took, bare.map(|bare| bare[step])));
        }
    }
    for (name, measured) in ["create", "no_change"].into_iter().zip(&steps) {
        say(&step(name, measured, options));
    }
    Ok(())
}

/// As many devices as asked for are created in an empty inventory, then nothing has changed.
async fn syncs(options: &Options) -> Result<[(SyncReport, Took); 2], Failure> {
    let folder = tempfile::tempdir()?;
    let inventory = Inventory::open(&folder.path().join("sync.db").display().to_string()).await?;
    let runner = Runner::new(inventory, "bench").await?;
    let mode = RunMode::ApplyApproved("a bench".to_owned());
    let given = Given::texts([("memory_profiling", if options.memory { "true" } else { "false" })]);
    let job = Devices(options.records).into_job();
    let sync = async || timed(async { Ok(runner.run(&job, &given, &mode, &|_| {}).await?) }).await;
    let both = [sync().await?, sync().await?];
    runner.inventory().close().await;
    Ok(both)
}

fn step(name: &str, measured: &[Measured], options: &Options) -> Json {
    let of = |figure: &dyn Fn(&Measured) -> Option<f64>| {
        let mut figures: Vec<f64> = measured.iter().filter_map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).map(|median| (median * 1_000.0).round() / 1_000.0)
    };
    let phase = |seconds: fn(&SyncReport) -> f64| of(&|(report, ..)| Some(seconds(report)));
    let peak = |report: &SyncReport| {
        let phases = report.costs.memory?.named();
        phases.iter().filter_map(|(_, memory)| memory.map(|memory| memory.peak)).max()
    };
    json!({
        "step": name, "records": options.records, "pairs": options.pairs, "memory_profiling": options.memory,
        "created": measured.last().and_then(|(report, ..)| report.outcomes).map(|counts| counts.created),
        "per_s": of(&|(report, took, _)| Some(report.outcomes?.created as f64 / took.wall)),
        "wall_s": of(&|(_, took, _)| Some(took.wall)),
        "cpu_s": of(&|(_, took, _)| Some(took.cpu)),
        "bare_wall_s": of(&|(.., bare)| Some(bare.as_ref()?.wall)),
        "bare_cpu_s": of(&|(.., bare)| Some(bare.as_ref()?.cpu)),
        "wall_of_bare": of(&|(_, took, bare)| Some(took.wall / bare.as_ref()?.wall)),
        "cpu_of_bare": of(&|(_, took, bare)| Some(took.cpu / bare.as_ref()?.cpu)),
        "load_source_s": phase(|report| report.durations.source_load),
        "load_target_s": phase(|report| report.durations.target_load),
        "diff_s": phase(|report| report.durations.diff),
        "plan_s": phase(|report| report.durations.plan),
        "apply_s": phase(|report| report.durations.apply),
        "verify_s": phase(|report| report.durations.verify),
        "beyond_loads_s": of(&|(report, took, _)| {
            Some(took.wall - report.durations.source_load - report.durations.target_load)
        }),
        "rows_written": measured.last().map(|(report, ..)| report.costs.rows_written),
        "peak_mib": measured.last().and_then(|(report, ..)| peak(report)).map(|bytes| bytes >> 20),
    })
}

#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
fn say(line: &Json) {
    println!("{line}");
}
