use trueup_jobs::store::SyncId;

use super::with_runner;
use crate::app::App;
use crate::arguments::PauseArguments;
use crate::exit::Exit;
use crate::output::{Output, hint};

pub async fn run(app: &App, arguments: &PauseArguments, output: &Output) -> anyhow::Result<Exit> {
    let sync = SyncId(arguments.sync);
    with_runner(app, &arguments.database, async |runner| Ok(runner.store().pause(sync).await?)).await?;
    output.json(&serde_json::json!({"sync": sync, "wanted": "pause"}))?;
    let resume = hint(format!("resume {sync}"));
    output.say(format!(
        "sync {sync} stops before its next batch, or is left in the queue, and keeps its place: {resume}"
    ));
    Ok(Exit::Success)
}
