//! Who works on a sync. A lease is renewed for as long as its holder lives; when it is not, another may take it, and from
//! then on the former holder can write nothing more: whatever it writes is written in one transaction with a renewal, and
//! that finds the lease gone.

use trueup_inventory::{Args, Transaction};
use uuid::Uuid;

use super::{Store, SyncId, now};
use crate::JobError;

/// The hold that one program has on one sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    sync: SyncId,
    owner: String,
}

/// What others want of a sync that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    GoOn,
    Cancel,
}

/// After so long without a sign of life, in microseconds, a lease may be taken over.
const LASTS: i64 = 20_000_000;

impl Lease {
    pub(super) fn new(sync: SyncId, owner: String) -> Self {
        Self { sync, owner }
    }

    pub(super) fn new_owner() -> String {
        Uuid::new_v4().to_string()
    }

    pub fn sync(&self) -> SyncId {
        self.sync
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    /// Renews the lease within a transaction. Until that ends, nobody takes the lease.
    ///
    /// # Errors
    /// The database failed, or the lease is [lost](JobError::LeaseLost).
    pub(crate) async fn renew(&self, transaction: &mut Transaction) -> Result<Wanted, JobError> {
        let update =
            "UPDATE jobs_sync SET beat_at = ? WHERE id = ? AND owner = ? AND status = 'running' RETURNING wanted";
        let args = Args::default().with(now()).with(self.sync.0).with(&self.owner);
        let fault = JobError::store("written");
        let rows = transaction.rows(update, args).await.map_err(&fault)?;
        let row = rows.first().ok_or(JobError::LeaseLost { sync: self.sync.0 })?;
        let cancel = row.text(0).map_err(&fault)?.as_deref() == Some("cancel");
        Ok(if cancel { Wanted::Cancel } else { Wanted::GoOn })
    }
}

impl Lease {
    /// Another sync that is changing the same target.
    pub(super) async fn other_at_work(&self, transaction: &mut Transaction) -> Result<Option<SyncId>, JobError> {
        let select = "SELECT o.id FROM jobs_sync o JOIN jobs_plan p ON p.id = o.plan \
                      WHERE o.status = 'running' AND o.dry_run = 0 AND p.status = 'started' AND o.beat_at >= ? \
                      AND o.id <> ? AND o.target = (SELECT target FROM jobs_sync WHERE id = ?) ORDER BY o.id LIMIT 1";
        let args = Args::default().with(expired_before()).with(self.sync.0).with(self.sync.0);
        let fault = JobError::store("read");
        let rows = transaction.rows(select, args).await.map_err(&fault)?;
        rows.first().map(|row| row.some_int(0).map(SyncId)).transpose().map_err(&fault)
    }
}

/// A condition on `jobs_sync` under which nobody works on a sync that is said to run. Takes [`expired_before`].
const ABANDONED: &str = "(status = 'running' AND (owner IS NULL OR beat_at < ?))";

/// Leases that were renewed last before this time are free.
fn expired_before() -> i64 {
    now() - LASTS
}

impl Store {
    /// A sign of life, between whatever else the holder writes.
    pub(crate) async fn beat(&self, lease: &Lease) -> Result<Wanted, JobError> {
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        let wanted = lease.renew(&mut transaction).await?;
        transaction.commit().await.map_err(&fault)?;
        Ok(wanted)
    }

    /// Takes a sync that ended before its plan did, or whose holder gives no sign of life. Of all who try at once, one
    /// succeeds.
    ///
    /// # Errors
    /// There is no such sync, or somebody works on it, or it has ended well.
    pub(crate) async fn take_over(&self, sync: SyncId) -> Result<Lease, JobError> {
        let lease = Lease::new(sync, Lease::new_owner());
        let update = format!(
            "UPDATE jobs_sync SET status = 'running', owner = ?, beat_at = ?, wanted = NULL, message = NULL, \
             ended_at = NULL, attempts = attempts + 1 \
             WHERE id = ? AND (status IN ('interrupted', 'cancelled', 'failed') OR {ABANDONED})"
        );
        let args = Args::default().with(&lease.owner).with(now()).with(sync.0).with(expired_before());
        if self.database.execute(update, args).await.map_err(JobError::store("written"))? == 1 {
            return Ok(lease);
        }
        let found = self.sync(sync).await?;
        Err(JobError::NotResumable {
            sync: sync.0,
            reason: match found.status.as_str() {
                "running" => "it is at work; `trueup cancel` stops it".to_owned(),
                status => format!("it is {status}"),
            },
        })
    }

    /// Marks the syncs that nobody works on any more as interrupted, and gives all that can be resumed.
    pub async fn interrupted(&self) -> Result<Vec<SyncId>, JobError> {
        let update = format!("UPDATE jobs_sync SET status = 'interrupted', message = ? WHERE {ABANDONED}");
        let message = "the program that ran it gave no more sign of life";
        let args = Args::default().with(message).with(expired_before());
        self.database.execute(update, args).await.map_err(JobError::store("written"))?;
        let fault = JobError::store("read");
        let select = "SELECT s.id FROM jobs_sync s JOIN jobs_plan p ON p.id = s.plan \
                      WHERE s.status = 'interrupted' AND p.status = 'started' ORDER BY s.id";
        let rows = self.database.rows(select, Args::default()).await.map_err(&fault)?;
        rows.iter().map(|row| row.some_int(0).map(SyncId)).collect::<Result<_, _>>().map_err(&fault)
    }

    /// Asks whoever works on a sync to stop. It does so between two batches, and what was done stays done.
    ///
    /// # Errors
    /// There is no such sync, or it does not run.
    pub async fn cancel(&self, sync: SyncId) -> Result<(), JobError> {
        let update = "UPDATE jobs_sync SET wanted = 'cancel' WHERE id = ? AND status = 'running'";
        let done = self.database.execute(update, Args::default().with(sync.0)).await;
        if done.map_err(JobError::store("written"))? == 1 {
            return Ok(());
        }
        Err(JobError::NotRunning { sync: sync.0, status: self.sync(sync).await?.status })
    }
}
