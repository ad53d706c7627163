use trueup_jobs::run::Runner;
use trueup_jobs::worker::{News, work};

use super::serve::{log, signal};
use super::with_runner;
use crate::app::App;
use crate::arguments::WorkerArguments;
use crate::exit::Exit;
use crate::output::Output;

pub async fn run(app: &App, arguments: &WorkerArguments, output: &Output) -> anyhow::Result<Exit> {
    log(arguments.log.log_format);
    with_runner(app, &arguments.database, async |runner| {
        output.say(format!("working on {}", runner.inventory().place()));
        until(runner, signal()).await
    })
    .await?;
    Ok(Exit::Success)
}

/// Works until told to stop.
pub async fn until(runner: &Runner, stop: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut stopped = Ok(());
    let stop = async { stopped = stop.await };
    work(runner, stop, &|_| {}, &tell).await;
    stopped
}

fn tell(news: News<'_>) {
    match news {
        News::Ended((sync, Ok(report))) => {
            tracing::info!(sync = sync.0, job = report.job, status = report.status.as_str(), "a sync ended");
        }
        News::Ended((sync, Err(error))) => {
            tracing::error!(sync = sync.0, error = error as &dyn std::error::Error, "a sync was broken off");
        }
        News::Unable(unable, why) => {
            tracing::warn!(
                sync = unable.sync.0,
                job = unable.job,
                version = unable.version,
                "a sync is not done here: {why}"
            );
        }
        News::Due(schedule, Ok(sync)) => tracing::info!(schedule, sync = sync.0, "a run was due"),
        News::Due(schedule, Err(why)) => tracing::warn!(schedule, "no run of a schedule: {why}"),
        News::Away(error) => {
            tracing::error!(error = error as &dyn std::error::Error, "no work can be fetched; it is tried again");
        }
    }
}
