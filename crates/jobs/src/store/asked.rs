//! Runs that are asked for by the name of their job.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use trueup_inventory::{Args, Transaction};

use super::lease::decide;
use super::{Lease, Store, SyncId};
use crate::JobError;
use crate::run::RunMode;

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// That of the job, when it was asked for.
    pub version: String,
    pub mode: RunMode,
    /// The values of the job's variables, as they are given again. No secret is among them.
    pub variables: Map<String, Json>,
}

/// A sync that waits and that a program cannot do, though it looks for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unable {
    pub sync: SyncId,
    pub job: String,
    /// The version that was asked for.
    pub version: String,
}

impl Store {
    /// Begins a run that was asked for: nothing is left of an attempt that did not come to its apply, and it is noted what
    /// it reads and changes. When somebody else is changing the same target the run goes back to where it waited, and the
    /// lease is gone.
    pub(crate) async fn begin_asked(
        &self,
        lease: &Lease,
        (source, target): (&str, &str),
    ) -> Result<Option<SyncId>, JobError> {
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        lease.renew(&mut transaction).await?;
        let sync = lease.sync().0;
        for forget in
            ["DELETE FROM jobs_plan WHERE sync = ? AND status = 'open'", "DELETE FROM jobs_rejected WHERE sync = ?"]
        {
            transaction.execute(forget, Args::default().with(sync)).await.map_err(&fault)?;
        }
        let update = "UPDATE jobs_sync SET source = ?, target = ?, plan = NULL WHERE id = ?";
        let args = Args::default().with(source).with(target).with(sync);
        transaction.execute(update, args).await.map_err(&fault)?;
        let other = lease.other_run(&mut transaction).await?;
        if other.is_some() {
            put_back(lease, &mut transaction).await.map_err(&fault)?;
        }
        transaction.commit().await.map_err(&fault)?;
        Ok(other)
    }

    /// Puts a run back that was taken and could not begin its apply, since somebody else is changing the same target.
    pub(crate) async fn wait_again(&self, lease: &Lease) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        put_back(lease, &mut transaction).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// The syncs behind one that wait for a program that has their job, as they were asked for, when it is none of these.
    pub(crate) async fn unable(&self, jobs: &[(&str, &str)], after: SyncId) -> Result<Vec<Unable>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT id, job, version FROM jobs_sync WHERE status = 'pending' AND version IS NOT NULL AND id > ? \
                      ORDER BY id LIMIT 100";
        let rows = self.database.rows(select, Args::default().with(after.0)).await.map_err(&fault)?;
        let mut found = Vec::new();
        for row in rows {
            let (job, version) = (row.some_text(1).map_err(&fault)?, row.some_text(2).map_err(&fault)?);
            if !jobs.contains(&(job.as_str(), version.as_str())) {
                found.push(Unable { sync: SyncId(row.some_int(0).map_err(&fault)?), job, version });
            }
        }
        Ok(found)
    }

    /// Notes with a sync that waits why somebody who looked for work did not take it.
    pub(crate) async fn note_unable(&self, sync: SyncId, why: &str) -> Result<(), JobError> {
        let update = "UPDATE jobs_sync SET message = ? WHERE id = ? AND status = 'pending' AND message IS NULL";
        let args = Args::default().with(why).with(sync.0);
        self.database.execute(update, args).await.map(drop).map_err(JobError::store("written"))
    }
}

/// Gives a sync back to the queue, as if nobody had taken it.
async fn put_back(lease: &Lease, transaction: &mut Transaction) -> Result<(), sqlx::Error> {
    let update = "UPDATE jobs_sync SET status = 'pending', owner = NULL, taken_at = NULL WHERE id = ?";
    transaction.execute(update, Args::default().with(lease.sync().0)).await.map(drop)
}
