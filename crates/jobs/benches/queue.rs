#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
//! Taking syncs from a long queue.
//!
//! `cargo bench -p trueup-jobs --bench queue -- [SYNCS]` queues so many syncs of one plan, takes 500 of them one by one, and
//! prints how long each took, in milliseconds, as a JSON line. Only the first has something to apply; the others find that
//! out, so that what is measured is the claim and the least that can follow it. In a file of SQLite, or on PostgreSQL as the
//! tests: `TRUEUP_TEST_DATABASE=postgres`.

use std::time::Instant;

use serde_json::json;
use trueup_connectors::models::ModelSource;
use trueup_connectors::{Source, from_yaml};
use trueup_engine::Schema;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Args, Registry};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, Runner};
use trueup_jobs::variable::Given;
use trueup_jobs::{DataSource, JobContext, JobDocument, JobError, JobMeta, schema};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const JOB: &str = "
name: queue
source: {connector: file, path: nowhere}
target: {connector: inventory}
kinds:
  tag: {content_type: extras.tag, identifiers: [name]}
";
const TAKEN: usize = 500;

struct Nothing;

impl DataSource for Nothing {
    fn meta(&self) -> JobMeta {
        JobMeta::new("queue")
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        let document: JobDocument = from_yaml(JOB).expect("the document above is well-formed");
        schema(&document, registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(ModelSource::new("made", "memory")))
    }
}

fn main() -> Result<(), Failure> {
    let syncs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(syncs))
}

async fn run(syncs: usize) -> Result<(), Failure> {
    let database = TestDatabase::new().await;
    let runner = Runner::open(database.url(), "bench").await?;
    let plan = runner.run(&Nothing.into_job(), &Given::none(), &RunMode::DryRun, &|_| {}).await?.plan;
    runner.enqueue(plan, None).await?;
    // A plan is asked for once; the others are as if it had been asked for before that was so.
    let copies = "INSERT INTO jobs_sync (uuid, job, source, target, dry_run, status, queued, started_at, plan, request) \
                  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                  SELECT 'copy ' || n.i, job, source, target, dry_run, status, queued, started_at, plan, request \
                  FROM n, jobs_sync WHERE status = 'pending'";
    let args = Args::default().with(i64::try_from(syncs.saturating_sub(1))?);
    runner.inventory().database().execute(copies, args).await?;
    let mut took = Vec::with_capacity(TAKEN);
    for _ in 0..TAKEN.min(syncs) {
        let started = Instant::now();
        let taken = runner.next(&|_| {}).await?;
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
        if taken.is_none() {
            return Err("the queue is shorter than it was made".into());
        }
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| (took[((took.len() - 1) as f64 * share) as usize] * 1_000.0).round() / 1_000.0;
    let database = format!("{:?}", TestDatabase::dialect()).to_lowercase();
    let line = json!({
        "database": database, "queued": syncs, "taken": took.len(), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99),
    });
    println!("{line}");
    runner.inventory().close().await;
    Ok(())
}
