use trueup_jobs::run::RunMode;
use trueup_jobs::{DeclarativeJob, JobFile};

use super::runner;
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
    let runner = runner(&arguments.database).await?;
    let bars = output.bars();
    let report = runner.run(&job, &mode, &|event| bars.watch(event)).await?;
    output.json(&report)?;
    output.heading(&report.job);
    print_report(*output, &report);
    Ok(report.status.into())
}
