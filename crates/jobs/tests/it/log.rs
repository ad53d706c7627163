//! What runs say.

use trueup_jobs::job::{IntoJob as _, JobLog, LogLevel};
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::{LogRow, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{DataSource, JobContext, JobError, JobMeta};

use crate::support::{Made, World, told};

/// A job that says something in its hooks.
struct Talkative(fn(&JobLog));

impl DataSource for Talkative {
    fn meta(&self) -> JobMeta {
        JobMeta::new("talkative").data_source("a test")
    }

    fn schema(&self, registry: &trueup_inventory::Registry) -> Result<trueup_engine::Schema, JobError> {
        Made::makers(&[]).schema(registry)
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn trueup_connectors::Source>, JobError> {
        (self.0)(context.log());
        Made::makers(&[("Cisco", "routers")]).load_source_adapter(context)
    }

    fn post_run<'a>(
        &'a self,
        context: &'a JobContext,
        report: &'a SyncReport,
    ) -> trueup_connectors::BoxFuture<'a, Result<(), trueup_connectors::models::BoxError>> {
        Box::pin(async move {
            context.log().grouped("after").success(format!("{} steps", report.steps));
            Ok(())
        })
    }
}

async fn said(world: &World, job: Talkative) -> Vec<LogRow> {
    let report = world.runner.run(&job.into_job(), &Given::none(), &RunMode::Apply, &|_| {}).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed);
    world.runner.store().log(report.sync, u32::MAX).await.unwrap()
}

#[tokio::test]
async fn a_run_keeps_what_it_and_its_job_say_in_their_order() {
    let world = World::new().await;
    let job = Talkative(|log| {
        log.grouped("sites").warning("no token; going on without");
        log.say(LogLevel::Failure, "not \0 there", "AMS");
    });
    let log = said(&world, job).await;
    let line = |row: &LogRow| format!("{} {}: {} [{}]", row.level.as_str(), row.grouping, row.message, row.about);
    let lines: Vec<String> = log.iter().map(line).collect();
    let place = |wanted: &str| lines.iter().position(|line| line == wanted).unwrap_or_else(|| panic!("{lines:#?}"));
    let order = [
        "warning sites: no token; going on without []",
        "failure main: not \u{fffd} there [AMS]",
        "info diff: create 1, update 0, delete 0, no-change 0, skip 0 []",
        "success after: 1 steps []",
        "success main: completed []",
    ];
    assert!(order.map(place).is_sorted(), "{lines:#?}");
    let time = |row: &LogRow| row.at.parse::<trueup_engine::value::Timestamp>().unwrap();
    assert!(log.iter().map(time).is_sorted());
}

#[tokio::test]
async fn a_job_that_never_ends_talking_fills_no_disk() {
    let world = World::new().await;
    let log =
        said(&world, Talkative(|log| (0..20_000).for_each(|line| log.debug(format!("{line} {}", "é".repeat(9_000))))))
            .await;
    assert_eq!(log.len(), 10_001);
    assert!(log.iter().all(|row| row.message.len() < 10_100));
    let last = log.last().unwrap();
    assert_eq!(last.message, "the run says more than 10000 lines; the rest is not kept");
}

#[tokio::test]
async fn a_run_that_fails_says_why() {
    let world = World::new().await;
    let job = Made::makers(&[]).ending(crate::support::Ending::Fails);
    let error = world.try_run(&job, &RunMode::Apply).await.unwrap_err();
    let log = world.runner.store().log(world.last_sync().await.id, u32::MAX).await.unwrap();
    let last = log.last().unwrap();
    assert_eq!((last.level, &last.message), (LogLevel::Critical, &told(&error)));
}
