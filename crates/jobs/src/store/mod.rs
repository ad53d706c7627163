//! What is kept of every run, as rows beside the inventory's own tables in the same file: syncs, plans, steps with their
//! outcomes, findings, and what could not be read.
//!
//! Unchanged records are counted, never stored. Steps are rows, so that a plan can be listed, filtered and applied later.

mod plans;
mod schema;
mod steps;
mod syncs;

pub(crate) use plans::not_open;
pub use plans::{PlanId, PlanRow, PlanStatus, StepCount, StoredFinding, WithheldRow};
pub use steps::{StepFilter, StepRow};
pub use syncs::{Durations, NewSync, SyncId, SyncRow, SyncStatus};

use sqlx::SqlitePool;
use trueup_inventory::Inventory;

use crate::JobError;

/// The history of all jobs in one database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// # Errors
    /// The tables cannot be made, or were made by a newer program.
    pub async fn open(inventory: &Inventory) -> Result<Self, JobError> {
        let pool = inventory.pool().clone();
        schema::migrate(&pool).await?;
        Ok(Self { pool })
    }
}

/// Microseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
