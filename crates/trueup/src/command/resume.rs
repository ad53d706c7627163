use trueup_jobs::store::SyncId;

use super::with_runner;
use crate::app::App;
use crate::arguments::ResumeArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, print_report};

pub async fn run(app: &App, arguments: &ResumeArguments, output: &Output) -> anyhow::Result<Exit> {
    if let Some(sync) = arguments.sync.map(SyncId).filter(|_| arguments.queue) {
        with_runner(app, &arguments.database, async |runner| Ok(runner.resume_later(sync).await?)).await?;
        output.json(&serde_json::json!({"sync": sync, "wanted": "resume"}))?;
        output.say(format!("sync {sync} waits for a worker that does the rest; see {}", hint(format!("show {sync}"))));
        return Ok(Exit::Success);
    }
    let progress = output.progress();
    let resumed = with_runner(app, &arguments.database, async |runner| {
        let runner = runner.clone().within(arguments.limits.limits());
        let watch = |event| progress.watch(event);
        Ok(match arguments.sync.map(SyncId) {
            Some(sync) => vec![(sync, runner.resume(sync, &watch).await)],
            None => runner.recover(&watch).await?,
        })
    });
    let resumed = resumed.await?;
    if resumed.is_empty() {
        let named = hint("resume SYNC");
        output.say(format!("no sync was broken off by the end of its program; others are named: {named}"));
    }
    let mut reports = Vec::with_capacity(resumed.len());
    let mut exit = Exit::Success;
    for (sync, report) in resumed {
        // One that cannot be resumed says nothing about the others.
        let ended = match report {
            Ok(report) => {
                output.heading(&format!("{}, rest of sync {sync}", report.job));
                print_report(*output, &report);
                let ended = Exit::from(report.status);
                reports.push(report);
                ended
            }
            Err(error) => output.error(&anyhow::Error::new(error).context(format!("sync {sync} was not resumed"))),
        };
        if exit == Exit::Success {
            exit = ended;
        }
    }
    output.json(&reports)?;
    Ok(exit)
}
