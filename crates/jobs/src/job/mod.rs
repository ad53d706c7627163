//! What a job is, for those who write one and for those who run it.
//!
//! A [`Job`] has two sides. [`DataSource`] is one whose target is the inventory, [`DataTarget`] one whose source is; a job
//! between two other systems implements [`Job`] itself. All three have the same hooks, and all but `meta`, the kinds and
//! the sides have defaults.
//!
//! Those who know Nautobot's SSoT find its names, with one difference: what is applied is a plan that was stored. So
//! `calculate_diff` may be overridden and its result is what is planned, while `execute_sync` and `sync_data` are no
//! hooks: [`Runner::run`](crate::run::Runner::run) is `sync_data`, and a plan is executed step by step through the
//! target's writer, which is where a job says how its system is written.
//!
//! Invariant: a run asks a target for its writer when a plan is applied, and never before. The phases that lead to the
//! plan see the target as a [`Source`], which has no way to write.

mod catalogue;
mod context;
mod data_source;
mod data_target;
mod declarative;
mod folder;
mod hooks;
mod into_job;
mod log;
mod meta;
mod read_only;
mod register;
mod settings;
mod version;

use trueup_connectors::{Source, Target};

pub use catalogue::{Jobs, Known};
pub use context::JobContext;
pub(crate) use context::LeaseSlot;
pub use data_source::{DataSource, SourceJob};
pub use data_target::{DataTarget, TargetJob};
pub use declarative::DeclarativeJob;
pub use folder::Unusable;
pub use into_job::{AsJob, AsSource, AsTarget, IntoJob};
pub(crate) use log::LogLine;
pub use log::{JobLog, LogLevel};
pub use meta::{DataMapping, JobMeta};
pub use register::JOB;
pub(crate) use register::Overrides;
pub use settings::RunSettings;
pub use version::JobVersion;

use crate::JobError;

/// A job between any two systems.
pub trait Job: Send + Sync {
    hooks::declare!();

    /// The adapter that loads what is right.
    ///
    /// # Errors
    /// The job's configuration of its source is not usable.
    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError>;

    /// The adapter of what is brought into agreement. It is made for every run; nothing is written before its writer is
    /// asked for.
    ///
    /// # Errors
    /// The job's configuration of its target is not usable.
    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError>;
}
