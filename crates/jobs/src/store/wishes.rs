//! What others want of a sync, whoever works on it.

use trueup_inventory::Args;

use super::{PlanStatus, Store, SyncId, SyncStatus, now};
use crate::JobError;

impl Store {
    /// Asks whoever works on a sync to stop. It does so between two batches, and what was done stays done. A sync that
    /// waits for a worker is cancelled at once; its plan stays as it is.
    ///
    /// # Errors
    /// There is no such sync, or it neither runs nor waits.
    pub async fn cancel(&self, sync: SyncId) -> Result<(), JobError> {
        // One statement, since a worker may take the sync at any moment.
        let update = "UPDATE jobs_sync SET \
                      wanted = CASE status WHEN 'running' THEN 'cancel' END, \
                      ended_at = CASE status WHEN 'pending' THEN ? END, \
                      status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END \
                      WHERE id = ? AND status IN ('pending', 'running')";
        if self.change(update, Args::default().with(now()).with(sync.0)).await? {
            return Ok(());
        }
        Err(JobError::NotRunning { sync: sync.0, status: self.sync(sync).await?.status })
    }

    /// Asks for a sync to stop before its next batch and to keep its place: it is left alone until somebody has it
    /// [go on](Self::go_on). One that still loads stops before its first batch. One that waits for a worker keeps waiting.
    ///
    /// # Errors
    /// There is no such sync, or it has no batches, or has ended, or is to be cancelled.
    pub async fn pause(&self, sync: SyncId) -> Result<(), JobError> {
        let update = "UPDATE jobs_sync SET wanted = 'pause', \
                      status = CASE WHEN status = 'pending' AND wanted = 'resume' THEN 'interrupted' ELSE status END \
                      WHERE id = ? AND coalesce(wanted, '') <> 'cancel' AND dry_run = 0 AND status IN ('running', 'pending', 'interrupted')";
        if self.change(update, Args::default().with(sync.0)).await? {
            return Ok(());
        }
        let found = self.sync(sync).await?;
        let reason = match found.status {
            _ if found.dry_run => "it is a dry run, which has no batches; `cancel` stops it".to_owned(),
            SyncStatus::Running => "it is about to stop, since somebody cancelled it".to_owned(),
            status => format!("it is {status}"),
        };
        Err(JobError::NotPausable { sync: sync.0, reason })
    }

    /// Takes a pause back; and of a sync that has stopped before its plan was done, asks a worker to do the rest.
    ///
    /// # Errors
    /// There is no such sync, or it is not paused and has nothing left to do.
    pub async fn go_on(&self, sync: SyncId) -> Result<(), JobError> {
        let update = "UPDATE jobs_sync SET wanted = NULL \
                      WHERE id = ? AND wanted = 'pause' AND status IN ('running', 'pending')";
        if self.change(update, Args::default().with(sync.0)).await? {
            return Ok(());
        }
        let update = "UPDATE jobs_sync SET status = 'pending', queued = 1, owner = NULL, wanted = 'resume', message = NULL, \
                      ended_at = NULL, beat_at = ? \
                      WHERE id = ? AND status IN ('interrupted', 'cancelled', 'failed') AND EXISTS \
                      (SELECT 1 FROM jobs_plan p WHERE p.id = jobs_sync.plan AND p.status = 'started')";
        if self.change(update, Args::default().with(now()).with(sync.0)).await? {
            return Ok(());
        }
        let found = self.sync(sync).await?;
        let reason = match (found.status, found.plan) {
            (SyncStatus::Running, _) => "it is at work; `cancel` stops it".to_owned(),
            (SyncStatus::Pending, _) => "it waits for a worker already".to_owned(),
            (_, None) => "it ended before it had a plan; run the job again".to_owned(),
            (_, Some(plan)) => match self.plan_status(plan).await? {
                PlanStatus::Started => format!("it is {}", found.status),
                status => format!("its plan {plan} is {status}"),
            },
        };
        Err(JobError::NotResumable { sync: sync.0, reason })
    }

    async fn change(&self, update: &'static str, args: Args) -> Result<bool, JobError> {
        let done = self.database.execute(update, args).await;
        done.map(|rows| rows == 1).map_err(JobError::store("written"))
    }
}
