use std::io::IsTerminal as _;

use anyhow::Context as _;
use trueup_jobs::run::Runner;
use trueup_jobs::worker::{News, work};

use super::serve::{log, signal};
use super::with_runner;
use crate::app::App;
use crate::arguments::{LogFormat, WorkerArguments};
use crate::exit::Exit;
use crate::output::{Output, Progress};

pub async fn run(app: &App, arguments: &WorkerArguments, output: &Output) -> anyhow::Result<Exit> {
    log(arguments.log.log_format);
    with_runner(app, &arguments.database, async |runner| {
        output.say(format!("working on {}", runner.inventory().place()));
        if let Some(address) = &arguments.metrics {
            let bound = trueup_server::bind_metrics(runner.clone(), address, arguments.metrics_access.access()).await;
            let bound = bound.with_context(|| format!("the metrics cannot be told at {address}"))?;
            output.say(format!("metrics at http://{}/metrics", bound.address()?));
            // It ends with the program: nobody is kept waiting by a scrape that is not answered.
            tokio::spawn(async {
                if let Err(error) = bound.run(std::future::pending()).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "the metrics are told no more");
                }
            });
        }
        // A log for programs stays one, whoever looks on.
        let is_for_people = std::io::stderr().is_terminal() && arguments.log.log_format == LogFormat::Text;
        let progress = if is_for_people && !output.is_json() { Progress::drawn() } else { logged() };
        until(runner, signal(), &progress).await
    })
    .await?;
    Ok(Exit::Success)
}

/// Progress as lines of the log.
pub fn logged() -> Progress {
    Progress::told(|line| tracing::info!("{line}"))
}

/// Works until told to stop.
pub async fn until(
    runner: &Runner,
    stop: impl Future<Output = anyhow::Result<()>>,
    progress: &Progress,
) -> anyhow::Result<()> {
    let mut stopped = Ok(());
    let stop = async { stopped = stop.await };
    let tell = |news: News<'_>| {
        if matches!(news, News::Ended(_)) {
            progress.clear();
        }
        tell(news);
    };
    work(runner, stop, &|event| progress.watch(event), &tell).await;
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
