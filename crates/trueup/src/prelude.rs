//! What the code of a job names, for `use trueup::prelude::*`.

pub use trueup_connectors::models::{
    BadRecord, BatchHooks, BoxError, ModelChange, ModelHooks, ModelSource, ModelTarget,
};
pub use trueup_connectors::{BoxFuture, Place, Source, Target};
pub use trueup_derive::Model;
pub use trueup_engine::apply::Outcome;
pub use trueup_engine::{Identity, Kind, Model, Record, Value};
pub use trueup_jobs::run::SyncReport;
pub use trueup_jobs::variable::{ObjectReference, SecretReference, Variable};
pub use trueup_jobs::{DataMapping, DataSource, DataTarget, Job, JobContext, JobError, JobMeta, RunSettings};

pub use crate::kinds;
