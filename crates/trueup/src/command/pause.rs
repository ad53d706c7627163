use trueup_jobs::store::{SyncId, SyncStatus};

use super::with_runner;
use crate::app::App;
use crate::arguments::PauseArguments;
use crate::exit::Exit;
use crate::output::{Output, hint};

pub async fn run(app: &App, arguments: &PauseArguments, output: &Output) -> anyhow::Result<Exit> {
    let sync = SyncId(arguments.sync);
    let status = with_runner(app, &arguments.database, async |runner| {
        runner.store().pause(sync).await?;
        Ok(runner.store().sync(sync).await?.status)
    })
    .await?;
    output.json(&serde_json::json!({"sync": sync, "wanted": "pause"}))?;
    output.say(if status == SyncStatus::Pending {
        format!("sync {sync} is left in the queue, and keeps its place: {}", hint(format!("resume {sync} --queue")))
    } else {
        format!("sync {sync} stops before its next batch, and keeps its place: {}", hint(format!("resume {sync}")))
    });
    Ok(Exit::Success)
}
