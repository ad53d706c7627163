use serde_json::json;
use trueup_jobs::run::RunMode;
use trueup_jobs::variable::Given;
use trueup_jobs::{Job, JobError};

use super::with_runner;
use crate::app::App;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, print_report};

pub async fn run(app: &App, arguments: &RunArguments, output: &Output) -> anyhow::Result<Exit> {
    if arguments.queue {
        return queue(app, arguments, output).await;
    }
    let job = app.find(&arguments.job)?;
    let given = Given::texts(arguments.vars.iter().cloned());
    let mode = mode(arguments, &*job, &given)?;
    let progress = output.progress();
    let report = with_runner(app, &arguments.database, async |runner| {
        let runner = runner.clone().within(arguments.limits.limits());
        Ok(runner.run(&job, &given, &mode, &|event| progress.watch(event)).await?)
    });
    let report = report.await?;
    output.json(&report)?;
    output.heading(&report.job);
    print_report(*output, &report);
    Ok(report.status.into())
}

/// Asks for a run. Whoever does it must have the job too, so a file that only this command was given will not do.
async fn queue(app: &App, arguments: &RunArguments, output: &Output) -> anyhow::Result<Exit> {
    let name = &arguments.job;
    let known = app.jobs().find(name)?;
    let given = Given::texts(arguments.vars.iter().cloned());
    let mode = mode(arguments, &*known.job, &given)?;
    let request = with_runner(app, &arguments.database, async |runner| {
        Ok(runner.clone().within(arguments.limits.limits()).request(name, &given, &mode).await?)
    });
    let sync = request.await?;
    output.json(&json!({"sync": sync, "job": name, "status": "pending"}))?;
    output.say(format!("a run of {name} waits for a worker as sync {sync}; see {}", hint(format!("show {sync}"))));
    Ok(Exit::Success)
}

fn mode(arguments: &RunArguments, job: &dyn Job, given: &Given) -> Result<RunMode, JobError> {
    Ok(match (&arguments.approve, arguments.apply, arguments.dry_run) {
        (Some(reason), _, _) => RunMode::ApplyApproved(reason.clone()),
        (None, true, _) => RunMode::Apply,
        (None, false, true) => RunMode::DryRun,
        (None, false, false) => RunMode::of(job, given)?,
    })
}
