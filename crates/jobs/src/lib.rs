//! Jobs: what is compared with what, how a run goes, and what is kept of it.
//!
//! A [`DataSource`] knows its kinds, its source and its settings; a [`Runner`](run::Runner) takes it through the phases
//! load, diff, plan, check, apply and verify against the inventory, and keeps the sync, its plan and every step with its
//! outcome as rows ([`store`]). A [`JobFile`] is a data source without code.
//!
//! Invariants: what is applied is the plan that was stored; outcomes are stored before the next batch is tried; a dry
//! run writes nothing but its own history.

pub mod document;
mod error;
pub mod inventory;
mod job;
pub mod run;
mod schema;
pub mod store;
pub mod worker;

pub use document::{JobDocument, JobFile};
pub use error::JobError;
pub use inventory::InventoryAdapter;
pub use job::{DataSource, DeclarativeJob, JobMeta, RunSettings};
pub use schema::schema;
