use trueup_connectors::{Source, Target};

use super::meta::INVENTORY;
use super::{Job, JobContext, JobMeta, hooks};
use crate::JobError;

/// A job that brings the inventory into agreement with another system.
pub trait DataSource: Send + Sync {
    hooks::declare!();

    /// The adapter that loads the other system.
    ///
    /// # Errors
    /// The job's configuration of its source is not usable.
    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError>;

    /// The adapter of the inventory.
    ///
    /// # Errors
    /// The inventory cannot hold a kind of the job.
    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        context.inventory_target()
    }
}

/// A [`DataSource`] as a [`Job`].
#[derive(Debug, Clone)]
pub struct SourceJob<T>(pub T);

impl<T: DataSource> Job for SourceJob<T> {
    fn meta(&self) -> JobMeta {
        self.0.meta().target_or(INVENTORY)
    }

    hooks::hand_on!(DataSource);
}
