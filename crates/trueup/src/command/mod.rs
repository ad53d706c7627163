//! One file for each command.

pub mod apply;
pub mod demo;
pub mod diff;
pub mod history;
pub mod plan;
pub mod run;
pub mod show;

use trueup_jobs::JobError;
use trueup_jobs::run::Runner;

use crate::arguments::DatabaseArguments;

/// Who the change log says did it.
const USER: &str = "cli";

/// Opens the database of a command.
async fn runner(arguments: &DatabaseArguments) -> Result<Runner, JobError> {
    Runner::open(&arguments.database, USER).await
}
