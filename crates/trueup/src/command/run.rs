use trueup_jobs::run::RunMode;
use trueup_jobs::variable::Given;

use super::with_runner;
use crate::app::App;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::output::{Output, print_report};

pub async fn run(app: &App, arguments: &RunArguments, output: &Output) -> anyhow::Result<Exit> {
    let job = app.find(&arguments.job)?;
    let given = Given::texts(arguments.vars.iter().cloned());
    let mode = match (&arguments.approve, arguments.apply, arguments.dry_run) {
        (Some(reason), _, _) => RunMode::ApplyApproved(reason.clone()),
        (None, true, _) => RunMode::Apply,
        (None, false, true) => RunMode::DryRun,
        (None, false, false) => RunMode::of(&*job, &given)?,
    };
    let progress = output.progress();
    let report = with_runner(app, &arguments.database, async |runner| {
        Ok(runner.run(&*job, &given, &mode, &|event| progress.watch(event)).await?)
    });
    let report = report.await?;
    output.json(&report)?;
    output.heading(&report.job);
    print_report(*output, &report);
    Ok(report.status.into())
}
