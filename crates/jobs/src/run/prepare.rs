//! A run of a job from its variables to its end.

use std::sync::Arc;

use trueup_connectors::{Source, Target};
use trueup_inventory::RequestId;

use super::caught::caught;
use super::heart::Heart;
use super::phases::Run;
use super::profile::{Instruments, Profiling};
use super::runner::{change, post_run};
use super::{RunMode, Runner, SyncReport, Watch};
use crate::job::JobLog;
use crate::store::GivenRow;
use crate::variable::{Values, check_objects};
use crate::{Job, JobContext, JobError};

/// A job's two sides, ready to be loaded.
pub(super) struct Prepared {
    context: JobContext,
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
}

impl Runner {
    /// What a run needs before there is a sync of it.
    pub(super) async fn prepare(
        &self,
        job: &dyn Job,
        values: Values,
        mode: &RunMode,
        (request, log): (RequestId, &JobLog),
    ) -> Result<Prepared, JobError> {
        let name = job.meta().name;
        check_objects(&name, &values, self.inventory()).await?;
        let schema = Arc::new(caught(&name, async { job.schema(self.inventory().registry()) }).await?);
        let change = change(self.user(), &name, request);
        let values = values.with_dry_run(*mode == RunMode::DryRun);
        let context = self.context(&name, &schema, values, (change, log));
        // Before there are adapters, since what they hold is of the run.
        let instruments = Profiling::of(context.values()).begin(&name)?;
        let adapters = async { Ok((job.load_source_adapter(&context)?, job.load_target_adapter(&context)?)) };
        let (source, target) = caught(&name, adapters).await?;
        Ok(Prepared { context, source: source.into(), target: target.into(), instruments, waits: false })
    }

    /// Takes what is prepared through the phases.
    pub(super) async fn go_through(
        &self,
        job: &dyn Job,
        prepared: Prepared,
        mode: &RunMode,
        (heart, watch): (Heart, &Watch<'_>),
    ) -> Result<SyncReport, JobError> {
        let Prepared { context, source, target, instruments, waits } = prepared;
        // The adapters were made before there was a lease, and write under it.
        let _held = context.lease.set(heart.lease().clone());
        let mut run = Run::new(self.store(), heart, Arc::clone(&context.schema), watch);
        run.measure_with(instruments);
        let kept = GivenRow { connector: target.describe().connector.to_owned(), values: context.values().to_json() };
        let work = async {
            let report = run.phases((job, &context), &kept, source, target, mode).await?;
            post_run(job, &context, report).await
        };
        match caught(&context.job, work).await {
            Err(JobError::TargetBusy { sync, .. }) if waits => {
                self.store().wait_again(&run.lease).await?;
                Err(JobError::Waits { sync })
            }
            ended => run.end(ended).await,
        }
    }
}

/// What the history calls one side.
fn place(adapter: &dyn Source) -> String {
    format!("{} {}", adapter.describe().connector, adapter.describe().place)
}
