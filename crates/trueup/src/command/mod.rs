//! One file for each command.

pub mod apply;
pub mod cancel;
pub mod demo;
pub mod diff;
pub mod history;
pub mod jobs;
pub mod new;
pub mod pause;
pub mod plan;
pub mod resume;
pub mod run;
pub mod schedule;
pub mod serve;
pub mod show;
pub mod undo;
pub mod worker;

use anyhow::Context as _;
use trueup_inventory::{Inventory, Registry};
use trueup_jobs::run::Runner;

use crate::app::App;
use crate::arguments::DatabaseArguments;

/// Who the change log says did it, when it is done by a command.
const USER: &str = "cli";

/// Opens the inventory of a command, with the content types of the user beside the program's own.
async fn inventory(arguments: &DatabaseArguments) -> anyhow::Result<Inventory> {
    let registry = Registry::with_folder(&arguments.models)
        .with_context(|| format!("the content types in {} cannot be used", arguments.models.display()))?;
    Ok(Inventory::open_with(&arguments.database, registry).await?)
}

/// Opens the database of a command, and closes it after the work, however that ended: then all is in the one file.
async fn with_runner<T>(
    app: &App,
    arguments: &DatabaseArguments,
    work: impl AsyncFnOnce(&Runner) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runner = Runner::new(inventory(arguments).await?, USER).await?.with_jobs(app.jobs().clone());
    let ended = work(&runner).await;
    runner.inventory().close().await;
    ended
}
