use trueup_jobs::store::SyncId;

use super::with_runner;
use crate::app::App;
use crate::arguments::ResumeArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, print_report};

pub async fn run(app: &App, arguments: &ResumeArguments, output: &Output) -> anyhow::Result<Exit> {
    let bars = output.bars();
    let resumed = with_runner(app, &arguments.database, async |runner| {
        let watch = |event| bars.watch(event);
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
    for (sync, report) in resumed {
        let report =
            report.map_err(|error| anyhow::Error::new(error).context(format!("sync {sync} was not resumed")))?;
        output.heading(&format!("{}, rest of sync {sync}", report.job));
        print_report(*output, &report);
        reports.push(report);
    }
    output.json(&reports)?;
    Ok(reports
        .iter()
        .map(|report| Exit::from(report.status))
        .find(|exit| *exit != Exit::Success)
        .unwrap_or(Exit::Success))
}
