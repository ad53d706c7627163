use trueup_jobs::store::SyncId;

use super::with_runner;
use crate::app::App;
use crate::arguments::CancelArguments;
use crate::exit::Exit;
use crate::output::{Output, hint};

pub async fn run(app: &App, arguments: &CancelArguments, output: &Output) -> anyhow::Result<Exit> {
    let sync = SyncId(arguments.sync);
    with_runner(app, &arguments.database, async |runner| Ok(runner.store().cancel(sync).await?)).await?;
    output.json(&serde_json::json!({"sync": sync, "wanted": "cancel"}))?;
    let see = hint(format!("show {sync}"));
    output.say(format!("sync {sync} leaves the queue, or stops before its next batch; see {see}"));
    Ok(Exit::Success)
}
