use std::sync::{Arc, OnceLock};

use trueup_connectors::{Source, Target};
use trueup_engine::{Kind, Schema};
use trueup_inventory::{ChangeContext, Inventory, InventoryError, Registry, RowView, Selection};

use super::JobLog;
use super::read_only::ReadOnly;
use crate::store::Lease;
use crate::variable::{FromVariable, Values};
use crate::{InventoryAdapter, JobError};

/// The lease of a run, once there is one: adapters are made before, and write after.
pub(crate) type LeaseSlot = Arc<OnceLock<Lease>>;

/// What a job is given for one run: its variables, its kinds, and the inventory to read.
#[derive(Debug, Clone)]
pub struct JobContext {
    pub(crate) job: String,
    pub(crate) inventory: Inventory,
    pub(crate) schema: Arc<Schema>,
    pub(crate) values: Values,
    pub(crate) change: ChangeContext,
    pub(crate) lease: LeaseSlot,
    pub(crate) log: JobLog,
}

impl JobContext {
    /// Whether the run ends with its plan.
    pub fn is_dry_run(&self) -> bool {
        self.values.dry_run()
    }

    /// Where the job says what people should read who look at the run.
    pub fn log(&self) -> &JobLog {
        &self.log
    }

    /// The kinds of the job.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The values of all variables.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The value of one variable, as [`Values::get`] gives it.
    ///
    /// # Errors
    /// The job declares no such variable, or one of another type.
    pub fn get<T: FromVariable>(&self, name: &str) -> Result<T, JobError> {
        self.values.get(name)
    }

    /// The content types of the inventory.
    pub fn registry(&self) -> &Registry {
        self.inventory.registry()
    }

    /// Reads records of the inventory; see [`Inventory::read`].
    ///
    /// # Errors
    /// A path leads nowhere, or the database failed.
    pub async fn read(
        &self,
        selection: &Selection,
        row: &mut (dyn FnMut(RowView<'_>) + Send),
    ) -> Result<(), InventoryError> {
        self.inventory.read(selection, row).await.map(drop)
    }

    /// The inventory as a source: the records of the job's kinds.
    ///
    /// # Errors
    /// The inventory has no such records.
    pub fn inventory_source(&self) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.adapter()?))
    }

    /// The inventory as a target. In a dry run its writer refuses everything.
    ///
    /// # Errors
    /// The inventory cannot hold a kind of the job.
    pub fn inventory_target(&self) -> Result<Box<dyn Target>, JobError> {
        let adapter = self.adapter()?;
        Ok(if self.is_dry_run() { Box::new(ReadOnly(adapter)) } else { Box::new(adapter) })
    }

    fn adapter(&self) -> Result<InventoryAdapter, JobError> {
        check_kinds(&self.job, &self.schema, self.registry())?;
        let adapter = InventoryAdapter::new(self.inventory.clone(), Arc::clone(&self.schema), self.change.clone());
        Ok(adapter.held_by(Arc::clone(&self.lease)))
    }
}

/// A kind that the inventory does not have could only be planned, never compared or written.
fn check_kinds(job: &str, schema: &Schema, registry: &Registry) -> Result<(), JobError> {
    let problem = |kind: &Kind| match kind.content_type() {
        None => {
            Some(format!("kinds.{}: it has no content type, so the inventory cannot hold its records", kind.name()))
        }
        Some(name) => registry.content_type(name).err().map(|error| format!("kinds.{}: {error}", kind.name())),
    };
    let problems: Vec<String> = schema.kinds().filter_map(|(_, kind)| problem(kind)).collect();
    if problems.is_empty() { Ok(()) } else { Err(JobError::Invalid { job: job.to_owned(), problems }) }
}
