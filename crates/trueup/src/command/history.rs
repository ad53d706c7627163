use trueup_jobs::store::SyncFilter;

use super::with_runner;
use crate::app::App;
use crate::arguments::HistoryArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, one_line, table};

pub async fn run(app: &App, arguments: &HistoryArguments, output: &Output) -> anyhow::Result<Exit> {
    let syncs = with_runner(app, &arguments.database, async |runner| {
        let jobs = arguments.job.iter().cloned().collect();
        let filter = SyncFilter { jobs, limit: arguments.limit, ..SyncFilter::default() };
        Ok(runner.store().history(&filter).await?)
    });
    let syncs = syncs.await?;
    output.json(&syncs)?;
    if syncs.is_empty() {
        output.say(format!("no sync yet; this makes the first one: {}", hint("run JOB")));
        return Ok(Exit::Success);
    }
    let rows = syncs.iter().map(|sync| {
        let summary = sync.summary.map(|s| format!("+{} ~{} -{}", s.create, s.update, s.delete)).unwrap_or_default();
        let plan = sync.plan.map(|plan| plan.to_string()).unwrap_or_default();
        let outcome = sync.outcomes.as_ref().map(one_line).or_else(|| sync.message.clone()).unwrap_or_default();
        let kind = if sync.dry_run { "dry run" } else { "sync" };
        let started = sync.started_at.split('.').next().unwrap_or_default().to_owned();
        vec![
            sync.id.to_string(),
            sync.job.clone(),
            started,
            kind.to_owned(),
            sync.status.to_string(),
            summary,
            plan,
            outcome,
        ]
    });
    let header = ["sync", "job", "started", "type", "status", "diff", "plan", "outcome"];
    output.say(table(&header, rows, false));
    Ok(Exit::Success)
}
