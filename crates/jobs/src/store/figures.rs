//! Figures over all syncs, for those who watch a system over time. A fixed number of queries, each by an index.

use trueup_inventory::Args;

use super::syncs::{COLUMNS, sync_row};
use super::{Store, SyncRow, SyncStatus, now, rows};
use crate::JobError;

/// What there is of syncs.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// How many syncs have each status that any has.
    pub by_status: Vec<(SyncStatus, u64)>,
    /// For how long the sync that has waited longest waits for a worker, in seconds; `None` when none waits.
    pub longest_wait: Option<f64>,
    /// Of each job the sync that ended last.
    pub last: Vec<SyncRow>,
}

impl Figures {
    /// How many syncs have a status.
    pub fn with(&self, status: SyncStatus) -> u64 {
        self.by_status.iter().find(|(of, _)| *of == status).map_or(0, |(_, count)| *count)
    }
}

impl Store {
    /// What there is of syncs now.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn figures(&self) -> Result<Figures, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT status, count(*) FROM jobs_sync GROUP BY status ORDER BY status";
        let counts = self.database.rows(select, Args::default()).await.map_err(&fault)?;
        let counts = counts.iter().map(|row| Ok((rows::word(row, 0)?, row.some_int(1)?.unsigned_abs())));
        let by_status = counts.collect::<Result<_, sqlx::Error>>().map_err(&fault)?;
        let select = "SELECT min(CASE wanted WHEN 'resume' THEN coalesce(beat_at, asked_at) ELSE asked_at END) FROM jobs_sync \
                      WHERE status = 'pending' AND coalesce(wanted, '') <> 'pause'";
        let first = self.database.rows(select, Args::default()).await.map_err(&fault)?;
        let since = first.first().map_or(Ok(None), |row| row.int(0)).map_err(&fault)?;
        let longest_wait = since.map(|since| (now() - since).max(0) as f64 / 1e6);
        let select = format!(
            "SELECT {COLUMNS} FROM jobs_sync s JOIN \
             (SELECT max(id) AS id FROM jobs_sync WHERE ended_at IS NOT NULL GROUP BY job) l ON l.id = s.id \
             ORDER BY s.job"
        );
        let last = self.database.rows(select, Args::default()).await.map_err(&fault)?;
        Ok(Figures { by_status, longest_wait, last: last.iter().map(sync_row).collect::<Result<_, _>>()? })
    }
}
