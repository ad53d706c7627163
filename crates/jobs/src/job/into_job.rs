use std::sync::Arc;

use super::{DataSource, DataTarget, Job, SourceJob, TargetJob};

/// What can be added to an app: a [`DataSource`], a [`DataTarget`] or a [`Job`]. `As` is never written; it is what keeps
/// the three apart for the compiler.
pub trait IntoJob<As> {
    fn into_job(self) -> Arc<dyn Job>;
}

/// Marks a type that is a [`DataSource`].
#[derive(Debug)]
pub enum AsSource {}

/// Marks a type that is a [`DataTarget`].
#[derive(Debug)]
pub enum AsTarget {}

/// Marks a type that is a [`Job`].
#[derive(Debug)]
pub enum AsJob {}

impl<T: DataSource + 'static> IntoJob<AsSource> for T {
    fn into_job(self) -> Arc<dyn Job> {
        Arc::new(SourceJob(self))
    }
}

impl<T: DataTarget + 'static> IntoJob<AsTarget> for T {
    fn into_job(self) -> Arc<dyn Job> {
        Arc::new(TargetJob(self))
    }
}

impl<T: Job + 'static> IntoJob<AsJob> for T {
    fn into_job(self) -> Arc<dyn Job> {
        Arc::new(self)
    }
}
