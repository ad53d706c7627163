use trueup_jobs::run::RunMode;
use trueup_jobs::{DeclarativeJob, JobFile};

use super::with_runner;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::output::{Output, print_report};

pub async fn run(arguments: &RunArguments, output: &Output) -> anyhow::Result<Exit> {
    let job = DeclarativeJob::new(JobFile::read(&arguments.job, &arguments.vars)?)?;
    let mode = match (&arguments.approve, arguments.apply) {
        (Some(reason), _) => RunMode::ApplyApproved(reason.clone()),
        (None, true) => RunMode::Apply,
        (None, false) => RunMode::DryRun,
    };
    let bars = output.bars();
    let report = with_runner(&arguments.database, async |runner| {
        Ok(runner.run(&job, &mode, &|event| bars.watch(event)).await?)
    });
    let report = report.await?;
    output.json(&report)?;
    output.heading(&report.job);
    print_report(*output, &report);
    Ok(report.status.into())
}
