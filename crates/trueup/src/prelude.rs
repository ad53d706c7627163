//! What the code of a job names, for `use trueup::prelude::*`.

pub use trueup_connectors::models::{
    BadRecord, BatchHooks, BoxError, ModelChange, ModelHooks, ModelSource, ModelTarget,
};
pub use trueup_connectors::{BoxFuture, Passing, Place, Source, Target};
pub use trueup_derive::Model;
pub use trueup_engine::apply::{Fault, Outcome};
pub use trueup_engine::{Identity, Kind, Model, Record, Value};
pub use trueup_jobs::run::{Allowance, SyncReport};
pub use trueup_jobs::variable::{ObjectReference, SecretReference, Variable};
pub use trueup_jobs::{
    Budget, DataMapping, DataSource, DataTarget, Job, JobContext, JobError, JobMeta, Retry, RunSettings,
};

pub use crate::kinds;
