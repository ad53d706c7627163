//! A run of a job from its variables to its end.

use std::sync::Arc;

use tokio::time::timeout;
use trueup_connectors::{Source, Target};
use trueup_inventory::RequestId;

use super::apart::Apart;
use super::phases::{JobRun, Run, Seat};
use super::profile::{Instruments, Profiling};
use super::runner::{change, post_run};
use super::{RunMode, Runner, SyncReport};
use crate::control::Control;
use crate::inventory::CONNECTOR;
use crate::job::JobLog;
use crate::store::GivenRow;
use crate::variable::{Values, check_objects};
use crate::{Job, JobContext, JobError, RunSettings};

/// A job's two sides, ready to be loaded.
pub(super) struct Prepared {
    context: JobContext,
    settings: RunSettings,
    source: Arc<dyn Source>,
    target: Arc<dyn Target>,
    instruments: Instruments,
    /// Whether it waits, instead of failing, when somebody else is changing its target.
    waits: bool,
}

impl Prepared {
    pub(super) fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// What the history calls the source and the target.
    pub(super) fn places(&self) -> (String, String) {
        (place(&*self.source), place(&*self.target))
    }

    /// Takes what is prepared through the phases.
    pub(super) async fn go_through(self, seat: Seat, job: &dyn Job, mode: &RunMode) -> Result<SyncReport, JobError> {
        let Self { context, settings, source, target, instruments, waits } = self;
        // The adapters were made before there was a lease, and write under it.
        let _held = context.lease.set(seat.lease.clone());
        let mut run = Run::new(seat, Arc::clone(&context.schema));
        run.measure_with(instruments);
        let kept = GivenRow { connector: target.describe().connector.to_owned(), values: context.values().to_json() };
        match run.phases(&JobRun { job, context: &context, settings }, &kept, source, target, mode).await {
            Err(JobError::TargetBusy { sync, .. }) if waits => {
                run.store.wait_again(&run.lease).await?;
                Err(JobError::Waits { sync })
            }
            ended => post_run(job, &context, ended?).await,
        }
    }
}

impl Runner {
    /// What a run needs of its job. The job's code is called: only apart.
    pub(super) async fn prepare(
        &self,
        job: &dyn Job,
        values: Values,
        mode: &RunMode,
        (request, log): (RequestId, &JobLog),
    ) -> Result<Prepared, JobError> {
        let name = job.meta().name;
        check_objects(&name, &values, self.inventory()).await?;
        let schema = Arc::new(job.schema(self.inventory().registry())?);
        let change = change(self.user(), &name, request);
        let values = values.with_dry_run(*mode == RunMode::DryRun);
        let context = self.context(&name, &schema, values, (change, log));
        let budget = job.meta().control.budget;
        let context = JobContext { budget: self.systems.allowance(budget.as_ref()), ..context };
        // Before there are adapters, since what they hold is of the run.
        let instruments = Profiling::of(context.values()).begin(&name)?;
        let (source, target) = (job.load_source_adapter(&context)?, job.load_target_adapter(&context)?);
        if budget.is_some() && target.describe().connector == CONNECTOR {
            let problems = vec!["budget: the inventory has none; leave it out".to_owned()];
            return Err(JobError::Invalid { job: name, problems });
        }
        let settings = job.settings(&context);
        settings.diff.scope.check(&schema).map_err(|error| JobError::scope(&name, &error))?;
        Ok(Prepared { context, settings, source: source.into(), target: target.into(), instruments, waits: false })
    }
}

/// What is prepared apart, before there is a sync, within the job's time limit.
pub(super) async fn ready<T: Send + 'static>(
    job: &str,
    control: &Control,
    prepare: impl AsyncFnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, JobError> {
    let mut work = Apart::start(job, prepare)?;
    let late = |seconds| JobError::NotReady { job: job.to_owned(), seconds };
    let ended = match control.time.hard {
        Some(limit) => timeout(limit, work.ended()).await.map_err(|_| late(limit.as_secs_f64()))?,
        None => work.ended().await,
    };
    ended?.ok_or_else(|| late(0.0))?
}

/// What the history calls one side.
fn place(adapter: &dyn Source) -> String {
    format!("{} {}", adapter.describe().connector, adapter.describe().place)
}
