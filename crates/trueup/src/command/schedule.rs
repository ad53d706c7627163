use jiff::Timestamp;
use serde_json::json;
use trueup_jobs::JobError;
use trueup_jobs::run::RunMode;
use trueup_jobs::schedule::{Missed, Timing};
use trueup_jobs::store::NewSchedule;
use trueup_jobs::variable::Given;

use super::with_runner;
use crate::app::App;
use crate::arguments::schedule::{ScheduleAddArguments, ScheduleCommand, ScheduleListArguments, ScheduleNameArguments};
use crate::exit::Exit;
use crate::output::{Output, hint, table};

pub async fn run(app: &App, command: &ScheduleCommand, output: &Output) -> anyhow::Result<Exit> {
    match command {
        ScheduleCommand::Add(arguments) => add(app, arguments, output).await,
        ScheduleCommand::List(arguments) => list(app, arguments, output).await,
        ScheduleCommand::Remove(arguments) => remove(app, arguments, output).await,
        ScheduleCommand::Enable(arguments) => enable(app, arguments, output, true).await,
        ScheduleCommand::Disable(arguments) => enable(app, arguments, output, false).await,
    }
}

async fn add(app: &App, arguments: &ScheduleAddArguments, output: &Output) -> anyhow::Result<Exit> {
    let now = Timestamp::now();
    let timing = match (&arguments.every, &arguments.cron) {
        (Some(every), _) => Timing::every(every, arguments.start.as_deref(), now),
        (None, cron) => Timing::cron(cron.as_deref().unwrap_or_default(), &arguments.zone, now),
    };
    let new = NewSchedule {
        name: arguments.name.clone(),
        job: arguments.job.clone(),
        mode: match (&arguments.approve, arguments.apply) {
            (Some(reason), _) => RunMode::ApplyApproved(reason.clone()),
            (None, true) => RunMode::Apply,
            (None, false) => RunMode::DryRun,
        },
        timing: timing.map_err(JobError::from)?,
        missed: if arguments.catch_up { Missed::CatchUp } else { Missed::Skip },
        enabled: !arguments.disabled,
    };
    let given = Given::texts(arguments.vars.iter().cloned());
    let made = with_runner(app, &arguments.database, async |runner| Ok(runner.add_schedule(new, &given, now).await?));
    let made = made.await?;
    output.json(&made.to_json(now))?;
    let next = made.upcoming(now).into_iter().next();
    let next = next.map_or_else(|| "it is disabled".to_owned(), |next| format!("first at {next}"));
    output.say(format!("{} runs {}: {}; {next}", made.name, made.job, made.timing));
    output.say(format!("a worker does it, or the server: {}", hint("worker")));
    Ok(Exit::Success)
}

async fn list(app: &App, arguments: &ScheduleListArguments, output: &Output) -> anyhow::Result<Exit> {
    let now = Timestamp::now();
    let all = with_runner(app, &arguments.database, async |runner| Ok(runner.store().schedules().await?)).await?;
    output.json(&all.iter().map(|one| one.to_json(now)).collect::<Vec<_>>())?;
    if all.is_empty() {
        output.say(format!("no schedule yet; this makes one: {}", hint("schedule add NAME --job JOB --every 1h")));
        return Ok(Exit::Success);
    }
    let mut rows = Vec::with_capacity(all.len());
    for one in &all {
        let next = one.upcoming(now).into_iter().next().unwrap_or_else(|| "disabled".to_owned());
        let last = one.last_sync.map(|sync| format!("sync {sync}")).unwrap_or_default();
        let said = one.message.clone().unwrap_or_default();
        rows.push(vec![one.name.clone(), one.job.clone(), how(&one.mode), one.timing.to_string(), next, last, said]);
    }
    output.say(table(&["schedule", "job", "runs", "when", "next", "last", "remark"], rows, false));
    Ok(Exit::Success)
}

async fn remove(app: &App, arguments: &ScheduleNameArguments, output: &Output) -> anyhow::Result<Exit> {
    let name = &arguments.name;
    with_runner(app, &arguments.database, async |runner| Ok(runner.store().remove_schedule(name).await?)).await?;
    output.json(&json!({ "removed": name }))?;
    output.say(format!("{name} is forgotten; what it has asked for stays"));
    Ok(Exit::Success)
}

async fn enable(app: &App, arguments: &ScheduleNameArguments, output: &Output, enabled: bool) -> anyhow::Result<Exit> {
    let (name, now) = (&arguments.name, Timestamp::now());
    let found =
        with_runner(app, &arguments.database, async |runner| Ok(runner.enable_schedule(name, enabled, now).await?));
    let found = found.await?;
    output.json(&found.to_json(now))?;
    output.say(match found.upcoming(now).into_iter().next() {
        Some(next) => format!("{name} counts; next at {next}"),
        None => format!("{name} counts no more"),
    });
    Ok(Exit::Success)
}

fn how(mode: &RunMode) -> String {
    mode.reason().map_or_else(|| mode.as_str().to_owned(), |reason| format!("{}: {reason}", mode.as_str()))
}
