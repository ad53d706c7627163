//! What is asked for and not begun: syncs that are `pending`, in the order in which they were asked for.

use trueup_inventory::{Args, Transaction};
use uuid::Uuid;

use super::holder::new_owner;
use super::lease::{Lease, at_work_on, decide, reachable_by, running_of};
use super::{NewSync, Store, SyncId, now};
use crate::JobError;

impl Store {
    /// Asks for a sync. A worker takes it up when it is its turn.
    pub(crate) async fn enqueue(&self, sync: &NewSync) -> Result<SyncId, JobError> {
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        let id = insert(&mut transaction, sync, None).await?;
        transaction.commit().await.map_err(&fault)?;
        Ok(id)
    }

    /// Takes the sync that has waited longest, of those whose target nobody is changing and that a program can do which has
    /// these jobs. Of all who try at once, each takes another one.
    pub(crate) async fn claim(&self, jobs: &[&str]) -> Result<Option<Lease>, JobError> {
        // Whoever only looks does not keep others from writing.
        if !self.any("status = 'pending'").await? {
            return Ok(None);
        }
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        let (busy, since) = at_work_on("s.target");
        let (reachable, args) = reachable_by(jobs);
        let (running, alive) = running_of("s.job");
        let select = format!(
            "SELECT s.id FROM jobs_sync s WHERE s.status = 'pending' AND s.wanted IS NULL AND {reachable} \
             AND NOT EXISTS ({busy}) AND NOT (s.singleton = 1 AND EXISTS ({running})) ORDER BY s.id LIMIT 1"
        );
        let rows = transaction.rows(select, args.with(since).with(alive)).await.map_err(&fault)?;
        let Some(id) = rows.first().map(|row| row.some_int(0)).transpose().map_err(&fault)? else { return Ok(None) };
        let lease = Lease::new(SyncId(id), new_owner());
        let update = "UPDATE jobs_sync SET status = 'running', owner = ?, beat_at = ?, \
                      started_at = CASE WHEN attempts > 1 THEN started_at ELSE ? END WHERE id = ? AND status = 'pending'";
        let args = Args::default().with(lease.owner()).with(now()).with(now()).with(id);
        let taken = transaction.execute(update, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok((taken == 1).then_some(lease))
    }

    /// Puts syncs back that were taken and not begun: their plans are as they were. Those are found by their state and not
    /// by who has marked them, since whoever did may be gone as well.
    pub(super) async fn put_back(&self) -> Result<(), JobError> {
        let not_begun = "status = 'interrupted' AND queued = 1 AND EXISTS \
                         (SELECT 1 FROM jobs_plan p WHERE p.id = jobs_sync.plan AND p.status = 'open')";
        if !self.any(not_begun).await? {
            return Ok(());
        }
        let update = format!("UPDATE jobs_sync SET status = 'pending', owner = NULL, message = NULL WHERE {not_begun}");
        let done = self.database.execute(update, Args::default()).await;
        done.map(drop).map_err(JobError::store("written"))
    }

    async fn any(&self, condition: &str) -> Result<bool, JobError> {
        let select = format!("SELECT 1 FROM jobs_sync WHERE {condition} LIMIT 1");
        let rows = self.database.rows(select, Args::default()).await;
        rows.map(|rows| !rows.is_empty()).map_err(JobError::store("read"))
    }
}

/// A sync as it is asked for, or held by `owner` from the start.
pub(super) async fn insert(
    transaction: &mut Transaction,
    sync: &NewSync,
    owner: Option<&str>,
) -> Result<SyncId, JobError> {
    let insert = "INSERT INTO jobs_sync (uuid, job, source, target, dry_run, status, queued, started_at, plan, request, \
                  owner, beat_at, user_name, control, singleton) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                  RETURNING id";
    let fault = JobError::store("written");
    let NewSync { job, source, target, dry_run, plan, request, user, control } = sync;
    let status = if owner.is_some() { "running" } else { "pending" };
    let args = Args::default().with(Uuid::new_v4().to_string()).with(job).with(source).with(target);
    let args = args.with(*dry_run).with(status).with(owner.is_none()).with(now()).with(plan.map(|plan| plan.0));
    let args = args.with(request.to_string()).with(owner).with(owner.map(|_| now())).with(user);
    let args = args.with(serde_json::json!(control).to_string()).with(control.is_singleton);
    let made = transaction.rows(insert, args).await.map_err(&fault)?;
    made.first().map_or(Ok(0), |row| row.some_int(0)).map(SyncId).map_err(&fault)
}
