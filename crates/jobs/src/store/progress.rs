//! How far a sync has come, for those who watch from elsewhere.

use serde::{Deserialize, Serialize};
use trueup_inventory::Args;

use super::{Store, SyncId, SyncStatus, rows};
use crate::JobError;
use crate::run::SyncCounts;

/// How far a sync has come, as whoever runs it noted last; at most once a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The phases that are under way: one, or two while both sides are loaded at the same time.
    pub phases: Vec<PhaseProgress>,
    /// `None` until the plan is applied.
    pub steps: Option<StepProgress>,
    /// Of the steps that are done.
    pub outcomes: SyncCounts,
}

/// One phase under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseProgress {
    /// As in [`Durations`](super::Durations).
    pub phase: String,
    /// Loaded so far.
    pub records: Option<u64>,
    /// Of the input that was read, 0 to 1, when that is known.
    pub share: Option<f64>,
}

/// Steps of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// With an outcome.
    pub done: u64,
    pub total: u64,
}

/// How far a sync is, with its status.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncProgress {
    pub sync: SyncId,
    pub status: SyncStatus,
    #[serde(flatten)]
    pub progress: Progress,
}

impl Store {
    /// How far a sync is; one row by its key, so that it may be asked often.
    ///
    /// # Errors
    /// There is no such sync.
    pub async fn progress(&self, sync: SyncId) -> Result<SyncProgress, JobError> {
        let fault = JobError::store("read");
        let stored = |source| JobError::StoredJson { what: "the progress of a sync", source };
        let select = "SELECT status, progress, report FROM jobs_sync WHERE id = ?";
        let rows = self.database.rows(select, Args::default().with(sync.0)).await.map_err(&fault)?;
        let row = rows.first().ok_or(JobError::NoSuchSync(sync.0))?;
        let noted = row.text(1).map_err(&fault)?;
        let noted = noted.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?;
        let mut progress: Progress = noted.unwrap_or_default();
        let ended = row.text(2).map_err(&fault)?;
        if let Some(outcomes) = ended.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)? {
            progress.outcomes = outcomes;
        }
        Ok(SyncProgress { sync, status: rows::word(row, 0).map_err(&fault)?, progress })
    }
}
