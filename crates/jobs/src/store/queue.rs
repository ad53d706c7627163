//! What is asked for and not begun: syncs that are `pending`, in the order in which they were asked for.

use trueup_inventory::{Args, Transaction};
use uuid::Uuid;

use super::holder::new_owner;
use super::lease::{Lease, at_work_on, decide, has_version, reachable_by, running_of, running_on};
use super::{NewSync, Store, SyncId, now};
use crate::JobError;

/// So often a sync is taken up whose program is gone before its apply begins. It may well be what ends them.
const MOST_ATTEMPTS: i64 = 5;

/// For so long after it was first taken up, in microseconds, programs may be gone for reasons of their own, however many:
/// a machine that is shut down, a service manager that starts them over and over.
const BENEFIT_OF_DOUBT: i64 = 300_000_000;

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
    /// these jobs, each with its version. Of all who try at once, each takes another one.
    pub(crate) async fn claim(&self, jobs: &[(&str, &str)]) -> Result<Option<Lease>, JobError> {
        // Whoever only looks does not keep others from writing.
        if !self.any("status = 'pending'").await? {
            return Ok(None);
        }
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        let (applies, mut args) = reachable_by(jobs);
        let (busy, since) = at_work_on("s.target");
        args.push(since);
        let asked = has_version(jobs, &mut args);
        let (running, since) = running_on("s.target");
        args.push(since);
        let (same_job, since) = running_of("s.job");
        args.push(since);
        let select = format!(
            "SELECT s.id FROM jobs_sync s WHERE s.status = 'pending' AND coalesce(s.wanted, '') <> 'pause' \
             AND ((s.version IS NULL OR s.wanted = 'resume') AND {applies} AND NOT EXISTS ({busy}) \
             OR s.wanted IS NULL AND {asked} AND (s.dry_run = 1 OR NOT EXISTS ({running}))) \
             AND NOT (s.singleton = 1 AND EXISTS ({same_job})) ORDER BY s.id LIMIT 1"
        );
        let rows = transaction.rows(select, args).await.map_err(&fault)?;
        let Some(id) = rows.first().map(|row| row.some_int(0)).transpose().map_err(&fault)? else { return Ok(None) };
        let lease = Lease::new(SyncId(id), new_owner());
        let update = "UPDATE jobs_sync SET status = 'running', owner = ?, beat_at = ?, message = NULL, \
                      taken_at = coalesce(taken_at, ?), attempts = attempts + CASE wanted WHEN 'resume' THEN 1 ELSE 0 END, \
                      started_at = CASE wanted WHEN 'resume' THEN started_at ELSE ? END WHERE id = ? AND status = 'pending'";
        let args = Args::default().with(lease.owner()).with(now()).with(now()).with(now()).with(id);
        let taken = transaction.execute(update, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok((taken == 1).then_some(lease))
    }

    /// Puts syncs back that were taken and not begun: their plans are as they were. Those are found by their state and not
    /// by who has marked them, since whoever did may be gone as well.
    pub(super) async fn put_back(&self) -> Result<(), JobError> {
        let not_begun = "status = 'interrupted' AND queued = 1 AND (asked IS NOT NULL AND plan IS NULL OR EXISTS \
                         (SELECT 1 FROM jobs_plan p WHERE p.id = jobs_sync.plan AND p.status = 'open'))";
        if !self.any(not_begun).await? {
            return Ok(());
        }
        let fault = JobError::store("written");
        let given_up = format!(
            "UPDATE jobs_sync SET status = 'failed', ended_at = ?, message = ? \
             WHERE attempts >= ? AND coalesce(taken_at, 0) <= ? AND {not_begun}"
        );
        let message =
            format!("at least {MOST_ATTEMPTS} times a program took it up and was gone before its apply began");
        let args = Args::default().with(now()).with(message).with(MOST_ATTEMPTS).with(now() - BENEFIT_OF_DOUBT);
        self.database.execute(given_up, args).await.map_err(&fault)?;
        let update = format!(
            "UPDATE jobs_sync SET status = 'pending', owner = NULL, message = NULL, attempts = attempts + 1 WHERE {not_begun}"
        );
        self.database.execute(update, Args::default()).await.map(drop).map_err(&fault)
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
                  owner, beat_at, user_name, asked_at, asked, version, control, singleton) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id";
    let fault = JobError::store("written");
    let NewSync { job, source, target, dry_run, plan, asked, request, user, control } = sync;
    let status = if owner.is_some() { "running" } else { "pending" };
    let args = Args::default().with(Uuid::new_v4().to_string()).with(job).with(source).with(target);
    let args = args.with(*dry_run).with(status).with(owner.is_none()).with(now()).with(plan.map(|plan| plan.0));
    let args = args.with(request.to_string()).with(owner).with(owner.map(|_| now())).with(user);
    let asked_for = asked.as_ref().map(|asked| serde_json::json!(asked).to_string());
    let args = args.with(now()).with(asked_for).with(asked.as_ref().map(|asked| asked.version.as_str()));
    let args = args.with(serde_json::json!(control).to_string()).with(control.is_singleton);
    let made = transaction.rows(insert, args).await.map_err(&fault)?;
    made.first().map_or(Ok(0), |row| row.some_int(0)).map(SyncId).map_err(&fault)
}
