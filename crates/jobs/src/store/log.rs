//! What runs have said.

use serde::Serialize;
use trueup_inventory::Args;

use super::{Lease, Store, SyncId, rows, time};
use crate::JobError;
use crate::job::{JobLog, LogLevel, LogLine};

/// A line of a run's log, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogRow {
    /// RFC 3339.
    pub at: String,
    pub level: LogLevel,
    pub grouping: String,
    pub message: String,
    pub about: String,
}

impl Store {
    /// Stores what a run has said since the last time.
    ///
    /// # Errors
    /// The lease is lost: somebody else works on the sync. Then nothing is stored, and the lines are gone.
    pub(crate) async fn keep_log(&self, lease: &Lease, log: &JobLog) -> Result<(), JobError> {
        let lines = log.take();
        if lines.is_empty() {
            return Ok(());
        }
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let sync = lease.sync();
        let next = "SELECT coalesce(max(position), -1) + 1 FROM jobs_log WHERE sync = ?";
        let found = transaction.rows(next, Args::default().with(sync.0)).await.map_err(&fault)?;
        let first = found.first().map_or(Ok(0), |row| row.some_int(0)).map_err(&fault)?;
        let numbered: Vec<(i64, LogLine)> = (first..).zip(lines).collect();
        let head = "INSERT INTO jobs_log (sync, position, at, level, grouping, message, about)";
        rows::insert(&mut transaction, head, 7, &numbered, |(position, line), args| {
            let args = args.with(sync.0).with(*position).with(line.at).with(line.level.as_str());
            args.with(&*line.grouping).with(&line.message).with(&line.about)
        })
        .await
        .map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// What a run has said, from its beginning.
    pub async fn log(&self, sync: SyncId, limit: u32) -> Result<Vec<LogRow>, JobError> {
        let fault = JobError::store("read");
        let select =
            "SELECT at, level, grouping, message, about FROM jobs_log WHERE sync = ? ORDER BY position LIMIT ?";
        let rows = self.database.rows(select, Args::default().with(sync.0).with(limit)).await.map_err(&fault)?;
        let row = |row: &trueup_inventory::ResultRow| {
            Ok(LogRow {
                at: time(row.some_int(0)?),
                level: rows::word(row, 1)?,
                grouping: row.some_text(2)?,
                message: row.some_text(3)?,
                about: row.some_text(4)?,
            })
        };
        rows.iter().map(row).collect::<Result<_, sqlx::Error>>().map_err(&fault)
    }
}
