//! Jobs: what is compared with what, how a run goes, and what is kept of it.
//!
//! A [`Job`] knows its kinds, its two sides, its variables and its settings; a [`Runner`](run::Runner) takes it through the
//! phases load, diff, plan, check, apply and verify, and keeps the sync, its plan and every step with its outcome as rows
//! ([`store`]). A [`DataSource`] is a job whose target is the inventory, a [`DataTarget`] one whose source is, and a
//! [`JobFile`] a data source without code.
//!
//! Invariants: what is applied is the plan that was stored; outcomes are stored before the next batch is tried; a dry
//! run writes nothing but its own history.

pub mod control;
pub mod cpu;
pub mod document;
mod error;
pub mod inventory;
pub mod job;
pub mod run;
pub mod schedule;
mod schema;
pub mod store;
pub mod variable;
pub mod worker;

pub use control::{Budget, Control, Retry, TimeLimits};
pub use document::{JobDocument, JobFile};
pub use error::JobError;
pub use inventory::InventoryAdapter;
pub use job::{DataMapping, DataSource, DataTarget, DeclarativeJob, Job, JobContext, JobMeta, Jobs, RunSettings};
pub use schema::{schema, schema_of_kinds};
