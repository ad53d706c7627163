//! What is kept of every run, as rows beside the inventory's own tables in the same database: syncs, plans, steps with their
//! outcomes, findings, and what could not be read.
//!
//! Unchanged records are counted, never stored. Steps are rows, so that a plan can be listed, filtered and applied later.

mod approvals;
mod asked;
mod costs;
mod diffs;
mod figures;
mod flame_graphs;
mod given;
mod holder;
mod journal;
mod lease;
mod log;
mod losses;
mod plans;
mod progress;
mod queue;
mod rows;
mod schedules;
mod schema;
mod steps;
mod syncs;
mod unchanged;
mod views;
mod wishes;

pub use approvals::ApprovalRow;
pub(crate) use approvals::NewApproval;
pub use asked::{Asked, Unable};
pub use costs::{ByPhase, Costs, Durations, Memory};
pub use diffs::{step_diff, sync_diffs};
pub use figures::Figures;
pub(crate) use given::GivenRow;
pub(crate) use journal::BatchNumber;
pub use lease::Lease;
pub(crate) use lease::Wanted;
pub use log::LogRow;
pub(crate) use losses::LossRow;
pub(crate) use plans::NewPlan;
pub use plans::{PlanId, PlanRow, PlanStatus, StepCount, StoredFinding, WithheldRow};
pub use progress::{PhaseProgress, Progress, StepProgress, SyncProgress};
pub(crate) use schedules::Due;
pub use schedules::{NewSchedule, ScheduleRow};
pub use steps::{StepFilter, StepRow};
pub(crate) use syncs::Ending;
pub use syncs::{KeptCounts, NewSync, RejectedRow, SyncFilter, SyncId, SyncRow, SyncStatus};

use trueup_inventory::{Database, Inventory};

use crate::JobError;

/// The history of all jobs in one database.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
}

impl Store {
    /// # Errors
    /// The tables cannot be made, or were made by a newer program.
    pub async fn open(inventory: &Inventory) -> Result<Self, JobError> {
        let database = inventory.database().clone();
        schema::migrate(&database).await?;
        Ok(Self { database })
    }

    /// The same history, in the database of an inventory that counts apart what is done for one run.
    pub(crate) fn within(inventory: &Inventory) -> Self {
        Self { database: inventory.database().clone() }
    }

    /// Rows that were written since it counts, the inventory's included.
    pub(crate) fn rows_written(&self) -> u64 {
        self.database.rows_written()
    }
}

/// Microseconds since 1970, for people.
fn time(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map(|time| time.to_string()).unwrap_or_default()
}

/// Microseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
