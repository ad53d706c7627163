#![expect(clippy::print_stdout, reason = "the result goes to standard output")]
#![expect(clippy::print_stderr, reason = "progress goes to standard error")]
//! Workers that are killed with `kill -9` in the middle of applies.
//!
//! `cargo run --release -p crash -- --kills 200 --steps 10000 --database URL [--workers N] [--json]`
//!
//! Each round plans as many steps as asked for (updates, creates and deletes of manufacturers and their device types),
//! queues the plan, and kills workers at random moments while it is applied; a killed worker is started again, as a
//! service manager would. When the sync has ended, the inventory is compared with what an undisturbed run leaves, and the
//! change log with the plan: each step must be in it once. The last line tells kills, lost, duplicate, hands, seconds.
//!
//! Exit code 0 when nothing was lost, nothing was done twice and no hand was needed.

mod rounds;
mod verdict;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use trueup_inventory::Inventory;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, Runner};
use trueup_jobs::store::{SyncId, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::worker::{News, work};

use rounds::Round;
use verdict::Verdict;
use workers::Workers;

#[derive(Debug, Parser)]
struct Arguments {
    /// How many workers to kill
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Steps of each plan
    #[arg(long, default_value_t = 10_000)]
    steps: u32,
    /// An empty database: the path of a file, or postgres://user:password@host/name [default: a temporary file]
    #[arg(long)]
    database: Option<String>,
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Of the random moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Be one of the workers
    #[arg(long, hide = true)]
    work_on: Option<String>,
}

/// A sync that has not ended after so long needs a hand.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &arguments.work_on {
            Some(database) => be_a_worker(database).await,
            None => kill(&arguments).await,
        }
    })
}

async fn be_a_worker(database: &str) -> anyhow::Result<ExitCode> {
    let runner = Runner::open(database, "worker").await?;
    let tell = |news: News<'_>| match news {
        News::Ended((sync, Err(error))) => eprintln!("sync {sync}: {error}"),
        News::Ended((_, Ok(_))) | News::Due(_, Ok(_)) => {}
        News::Due(schedule, Err(why)) => eprintln!("schedule {schedule}: {why}"),
        News::Unable(unable, why) => eprintln!("sync {}: {why}", unable.sync),
        News::Away(error) => eprintln!("{error}"),
    };
    work(&runner, std::future::pending(), &|_| {}, &tell).await;
    Ok(ExitCode::SUCCESS)
}

async fn kill(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let file = || folder.path().join("crash.db").display().to_string();
    let database = arguments.database.clone().unwrap_or_else(file);
    let started = Instant::now();
    let program: PathBuf = std::env::current_exe()?;
    let runner = Runner::new(Inventory::open(&database).await?, "crash").await?;
    let mut workers = Workers::start(&program, &database, arguments.workers, arguments.seed)?;
    let mut verdict = Verdict::default();
    let mut number = 0;
    while verdict.kills < arguments.kills {
        let round = Round::new(number, arguments.steps);
        number += 1;
        let planned = runner.run(&round.into_job(), &Given::none(), &RunMode::DryRun, &|_| {}).await?;
        let sync = runner.enqueue(planned.plan, Some("to be disturbed")).await?.sync;
        let left = arguments.kills - verdict.kills;
        let (kills, status) = disturb(&runner, &mut workers, sync, (arguments.steps, left)).await?;
        verdict.kills += kills;
        if status == SyncStatus::Completed {
            verdict.compare(&runner, sync, &round, planned.steps).await?;
        } else {
            verdict.hands += 1;
            let why =
                runner.store().sync(sync).await?.message.unwrap_or_else(|| format!("not done after {PATIENCE:?}"));
            eprintln!("round {number}: sync {sync} is {status} with {kills} kills: {why}");
            break;
        }
        if !arguments.json {
            println!("round {number}: {} steps, {kills} kills; {verdict}", planned.steps);
        }
    }
    workers.stop().await;
    runner.inventory().close().await;
    println!("{}", verdict.json(started.elapsed()));
    Ok(if verdict.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Kills workers while a sync is applied, until it has ended. Tells how many, and how it ended.
async fn disturb(
    runner: &Runner,
    workers: &mut Workers,
    sync: SyncId,
    (steps, most): (u32, u32),
) -> anyhow::Result<(u32, SyncStatus)> {
    let begun = Instant::now();
    let mut kills = 0;
    loop {
        tokio::time::sleep(workers.moment(steps)).await;
        let status = runner.store().sync(sync).await.context("the history cannot be read")?.status;
        match status {
            SyncStatus::Running | SyncStatus::Interrupted if kills < most => {
                workers.kill_one().await?;
                kills += 1;
            }
            SyncStatus::Pending | SyncStatus::Running | SyncStatus::Interrupted if begun.elapsed() < PATIENCE => {}
            _ => return Ok((kills, status)),
        }
    }
}
