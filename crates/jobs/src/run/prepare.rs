//! What a run needs of its job before there is a sync of it.

use std::sync::Arc;

use tokio::time::timeout;
use trueup_connectors::{Source, Target};
use trueup_engine::Schema;
use trueup_inventory::RequestId;

use super::apart::Apart;
use super::{RunMode, Runner, runner};
use crate::control::Control;
use crate::store::{GivenRow, NewSync};
use crate::variable::{Given, check_objects, settle};
use crate::{Job, JobContext, JobError};

/// A job that is ready to be run.
pub(super) struct Prepared {
    pub(super) new: NewSync,
    pub(super) kept: GivenRow,
    pub(super) schema: Arc<Schema>,
    pub(super) context: JobContext,
    pub(super) source: Arc<dyn Source>,
    pub(super) target: Arc<dyn Target>,
}

/// Asks the job for all of it, apart and within the job's time limit.
///
/// # Errors
/// The job cannot be run like this.
pub(super) async fn prepare(
    runner: &Runner,
    job: &Arc<dyn Job>,
    given: &Given,
    mode: &RunMode,
) -> Result<Prepared, JobError> {
    let meta = job.meta();
    let control = runner.control_of(&meta)?;
    let limit = control.time.hard;
    let (runner, of, given, dry_run) = (runner.clone(), Arc::clone(job), given.clone(), *mode == RunMode::DryRun);
    let name = meta.name.clone();
    let asked = async move || ask(&runner, &*of, &given, (control, dry_run)).await;
    let mut work = Apart::start(&name, asked)?;
    let ended = match limit {
        Some(limit) => {
            let late = |_| JobError::NotReady { job: name.clone(), seconds: limit.as_secs_f64() };
            timeout(limit, work.ended()).await.map_err(late)?
        }
        None => work.ended().await,
    };
    let stopped = || JobError::NotReady { job: meta.name.clone(), seconds: 0.0 };
    ended?.ok_or_else(stopped)?
}

async fn ask(
    runner: &Runner,
    job: &dyn Job,
    given: &Given,
    (control, dry_run): (Control, bool),
) -> Result<Prepared, JobError> {
    let meta = job.meta();
    let values = settle(&meta, &job.variables(), given)?;
    let name = meta.name;
    check_objects(&name, &values, &runner.inventory).await?;
    let schema = Arc::new(job.schema(runner.inventory.registry())?);
    let request = RequestId::random();
    let change = runner::change(&runner.user, &name, request);
    let context = runner.context(&name, &schema, values.with_dry_run(dry_run), change);
    let source: Arc<dyn Source> = job.load_source_adapter(&context)?.into();
    let target: Arc<dyn Target> = job.load_target_adapter(&context)?.into();
    let kept = GivenRow { connector: target.describe().connector.to_owned(), values: context.values().to_json() };
    let (from, to) = (place(&*source), place(&*target));
    let user = runner.user.clone();
    let new = NewSync { job: name, source: from, target: to, dry_run, plan: None, request, user, control };
    Ok(Prepared { new, kept, schema, context, source, target })
}

/// What the history calls one side.
fn place(adapter: &dyn Source) -> String {
    format!("{} {}", adapter.describe().connector, adapter.describe().place)
}
