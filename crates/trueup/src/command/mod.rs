//! One file for each command.

pub mod apply;
pub mod demo;
pub mod diff;
pub mod history;
pub mod plan;
pub mod run;
pub mod serve;
pub mod show;

use trueup_jobs::run::Runner;

use crate::arguments::DatabaseArguments;

/// Who the change log says did it.
const USER: &str = "cli";

/// Opens the database of a command, and closes it after the work, however that ended: then all is in the one file.
async fn with_runner<T>(
    arguments: &DatabaseArguments,
    work: impl AsyncFnOnce(&Runner) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runner = Runner::open(&arguments.database, USER).await?;
    let ended = work(&runner).await;
    runner.inventory().close().await;
    ended
}
