use std::sync::Arc;

use serde_json::Map;
use trueup_connectors::Target;
use trueup_engine::Schema;
use trueup_inventory::ChangeContext;

use super::Runner;
use super::profile::Profiling;
use crate::inventory::CONNECTOR;
use crate::job::{JobLog, Known};
use crate::store::{GivenRow, Lease, PlanRow};
use crate::variable::{Values, restore};
use crate::{Job, JobContext, JobError, JobMeta};

/// Where the target of a stored plan comes from. The inventory needs no job; another system is what the job makes of the
/// variables that the plan was made with.
pub(super) struct StoredTarget {
    job: String,
    kept: Option<GivenRow>,
    values: Values,
    opener: Option<Arc<dyn Job>>,
}

impl StoredTarget {
    /// # Errors
    /// The target can only be reached through a job that this program does not have.
    pub(super) async fn of(runner: &Runner, row: &PlanRow) -> Result<Self, JobError> {
        let kept = runner.store.given(row.sync).await?;
        let elsewhere = kept.as_ref().filter(|kept| kept.connector != CONNECTOR);
        let Some(GivenRow { connector, values }) = elsewhere else {
            let values = restore(&JobMeta::new(&row.job), &[], &Map::new())?;
            return Ok(Self { job: row.job.clone(), kept, values, opener: None });
        };
        let missing = || JobError::NoSuchJob { plan: row.id.0, job: row.job.clone(), connector: connector.clone() };
        let Known { job, .. } = runner.jobs.get(&row.job).ok_or_else(missing)?;
        let values = restore(&job.meta(), &job.variables(), values)?;
        Ok(Self { job: row.job.clone(), kept, values, opener: Some(job) })
    }

    /// # Errors
    /// The job cannot make its target.
    pub(super) fn open(
        &self,
        runner: &Runner,
        schema: &Arc<Schema>,
        change: ChangeContext,
        (lease, log): (&Lease, &JobLog),
    ) -> Result<Arc<dyn Target>, JobError> {
        let values = self.values.clone().with_dry_run(false);
        let context = runner.context(&self.job, schema, values, (change, log));
        let budget = self.opener.as_ref().and_then(|job| job.meta().control.budget);
        let budget = runner.systems.allowance(budget.as_ref());
        let context = JobContext { lease: Arc::new(lease.clone().into()), budget, ..context };
        match &self.opener {
            Some(job) => job.load_target_adapter(&context).map(Arc::from),
            None => context.inventory_target().map(Arc::from),
        }
    }

    pub(super) fn is_inventory(&self) -> bool {
        self.opener.is_none()
    }

    /// What the run was asked to measure that made the plan.
    pub(super) fn profiling(&self) -> Profiling {
        self.kept.as_ref().map_or_else(Profiling::default, |kept| Profiling::kept(&kept.values))
    }

    /// What an undo of the plan is to keep.
    pub(super) fn kept(&self) -> Option<&GivenRow> {
        self.kept.as_ref()
    }
}
