use trueup_connectors::{Source, Target};

use super::meta::INVENTORY;
use super::{Job, JobContext, JobMeta, hooks};
use crate::JobError;

/// A job that brings another system into agreement with the inventory.
pub trait DataTarget: Send + Sync {
    hooks::declare!();

    /// The adapter of the inventory.
    ///
    /// # Errors
    /// The inventory has no such records as a kind of the job.
    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        context.inventory_source()
    }

    /// The adapter of the other system. It is made for every run; nothing is written before its writer is asked for.
    ///
    /// # Errors
    /// The job's configuration of its target is not usable.
    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError>;
}

/// A [`DataTarget`] as a [`Job`].
#[derive(Debug, Clone)]
pub struct TargetJob<T>(pub T);

impl<T: DataTarget> Job for TargetJob<T> {
    fn meta(&self) -> JobMeta {
        self.0.meta().source_or(INVENTORY)
    }

    hooks::hand_on!(DataTarget);
}
