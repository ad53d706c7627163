//! Who works on a sync. A lease is renewed for as long as its holder lives; when it is not, another may take it, and from
//! then on the former holder can write nothing more: whatever it writes is written in one transaction with a renewal, and
//! that finds the lease gone.

use trueup_inventory::{Args, Transaction};

use super::holder::{is_gone, new_owner};
use super::{PlanId, Progress, Store, SyncId, SyncStatus, now};
use crate::JobError;
use crate::inventory::CONNECTOR;

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
    Pause,
}

/// After so long without a sign of life, in microseconds, a lease may be taken over.
const LASTS: i64 = 20_000_000;

impl Lease {
    pub(super) fn new(sync: SyncId, owner: String) -> Self {
        Self { sync, owner }
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
        Ok(match row.text(0).map_err(&fault)?.as_deref() {
            Some("cancel") => Wanted::Cancel,
            Some("pause") => Wanted::Pause,
            _ => Wanted::GoOn,
        })
    }

    /// Another sync that is changing the same target by another plan.
    pub(super) async fn other_at_work(
        &self,
        plan: PlanId,
        transaction: &mut Transaction,
    ) -> Result<Option<SyncId>, JobError> {
        let (busy, since) = at_work_on("(SELECT target FROM jobs_sync WHERE id = ?)");
        let args = Args::default().with(since).with(self.sync.0).with(plan.0);
        let fault = JobError::store("read");
        let rows = transaction.rows(format!("{busy} AND p.id <> ? LIMIT 1"), args).await.map_err(&fault)?;
        rows.first().map(|row| row.some_int(0).map(SyncId)).transpose().map_err(&fault)
    }

    /// Another sync that runs on the same target and is no dry run.
    pub(super) async fn other_run(&self, transaction: &mut Transaction) -> Result<Option<SyncId>, JobError> {
        let (running, since) = running_on("(SELECT target FROM jobs_sync WHERE id = ? AND dry_run = 0)");
        let args = Args::default().with(since).with(self.sync.0).with(self.sync.0);
        let fault = JobError::store("read");
        let rows = transaction.rows(format!("{running} AND o.id <> ? LIMIT 1"), args).await.map_err(&fault)?;
        rows.first().map(|row| row.some_int(0).map(SyncId)).transpose().map_err(&fault)
    }
}

/// Makes those who decide who may change a target come one after the other, until their transactions end. On PostgreSQL two
/// could else each begin without seeing the other.
pub(super) async fn decide(transaction: &mut Transaction) -> Result<(), JobError> {
    let hold = transaction.execute("UPDATE jobs_version SET version = version", Args::default()).await;
    hold.map(drop).map_err(JobError::store("written"))
}

/// A query for syncs that are changing a target, and the value that it takes first: the time after which their leases
/// were renewed.
pub(super) fn at_work_on(target: &str) -> (String, i64) {
    let query = format!(
        "SELECT o.id FROM jobs_sync o JOIN jobs_plan p ON p.id = o.plan \
         WHERE o.status = 'running' AND o.dry_run = 0 AND p.status = 'started' AND o.beat_at >= ? AND o.target = {target}"
    );
    (query, expired_before())
}

/// The same for syncs that will change a target, wherever they are.
pub(super) fn running_on(target: &str) -> (String, i64) {
    let query = format!(
        "SELECT o.id FROM jobs_sync o \
         WHERE o.status = 'running' AND o.dry_run = 0 AND o.beat_at >= ? AND o.target = {target}"
    );
    (query, expired_before())
}

/// A query for syncs of a job that run, and the value that it takes: as for [`at_work_on`].
pub(super) fn running_of(job: &str) -> (String, i64) {
    let query = format!("SELECT r.id FROM jobs_sync r WHERE r.status = 'running' AND r.beat_at >= ? AND r.job = {job}");
    (query, expired_before())
}

/// Makes sure that no sync of a job runs but this one; only for those who [decide].
///
/// # Errors
/// One does.
pub(super) async fn alone(transaction: &mut Transaction, job: &str, but: Option<SyncId>) -> Result<(), JobError> {
    let fault = JobError::store("read");
    let (running, alive) = running_of("?");
    let args = Args::default().with(alive).with(job).with(but.map_or(0, |sync| sync.0));
    let rows = transaction.rows(format!("{running} AND r.id <> ? LIMIT 1"), args).await;
    match rows.map_err(&fault)?.first() {
        Some(row) => Err(JobError::JobBusy { job: job.to_owned(), sync: row.some_int(0).map_err(&fault)? }),
        None => Ok(()),
    }
}

/// A condition on the sync `s`: a run was asked for, of one of these jobs in its version.
pub(super) fn has_version(jobs: &[(&str, &str)], args: &mut Args) -> String {
    let one_of_them = jobs.iter().map(|(job, version)| {
        args.push(*job);
        args.push(*version);
        "s.job = ? AND s.version = ?"
    });
    let one_of_them: Vec<&str> = one_of_them.collect();
    if one_of_them.is_empty() { "1 = 0".to_owned() } else { format!("({})", one_of_them.join(" OR ")) }
}

/// A condition on the sync `s`, and its values: its target can be reached by a program that has these jobs. Everyone
/// reaches the inventory; another system is what its job makes of it.
pub(super) fn reachable_by(jobs: &[(&str, &str)]) -> (String, Args) {
    let names = vec!["?"; jobs.len()].join(", ");
    let of_a_job = if jobs.is_empty() { String::new() } else { format!(" OR s.job IN ({names})") };
    let condition = format!(
        "(NOT EXISTS (SELECT 1 FROM jobs_plan q JOIN jobs_given g ON g.sync = q.sync \
         WHERE q.id = s.plan AND g.connector <> ?){of_a_job})"
    );
    (condition, jobs.iter().fold(Args::default().with(CONNECTOR), |args, (job, _)| args.with(*job)))
}

/// Leases that were renewed last before this time are free.
fn expired_before() -> i64 {
    now() - LASTS
}

impl Store {
    /// A transaction of whoever holds a lease, which it renews; with what others want of the sync.
    ///
    /// # Errors
    /// The lease is lost: somebody else works on the sync.
    pub(super) async fn begin_held(&self, lease: &Lease) -> Result<(Transaction, Wanted), JobError> {
        let mut transaction = self.database.begin().await.map_err(JobError::store("written"))?;
        let wanted = lease.renew(&mut transaction).await?;
        Ok((transaction, wanted))
    }

    /// A sign of life, between whatever else the holder writes; with how far it is, when that has changed.
    pub(crate) async fn beat(&self, lease: &Lease, progress: Option<&Progress>) -> Result<Wanted, JobError> {
        let fault = JobError::store("written");
        let (mut transaction, wanted) = self.begin_held(lease).await?;
        if let Some(progress) = progress {
            let update = "UPDATE jobs_sync SET progress = ? WHERE id = ?";
            let args = Args::default().with(serde_json::json!(progress).to_string()).with(lease.sync.0);
            transaction.execute(update, args).await.map_err(&fault)?;
        }
        transaction.commit().await.map_err(&fault)?;
        Ok(wanted)
    }

    /// Takes a sync that ended before its plan did. Of all who try at once, one succeeds.
    ///
    /// # Errors
    /// There is no such sync, or somebody works on it, or it has ended well; or another one changes its target, or is a
    /// sync of the same job, of which there may be one at a time.
    pub(crate) async fn take_over(&self, sync: SyncId) -> Result<Lease, JobError> {
        self.mark_interrupted().await?;
        let fault = JobError::store("written");
        let lease = Lease::new(sync, new_owner());
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        let update = "UPDATE jobs_sync SET status = 'running', owner = ?, beat_at = ?, wanted = NULL, message = NULL, \
                      ended_at = NULL, attempts = attempts + 1 \
                      WHERE id = ? AND status IN ('interrupted', 'cancelled', 'failed') RETURNING plan, job, singleton";
        let args = Args::default().with(&lease.owner).with(now()).with(sync.0);
        let taken = transaction.rows(update, args).await.map_err(&fault)?;
        if let Some(row) = taken.first() {
            if let Some(plan) = row.int(0).map_err(&fault)?.map(PlanId)
                && let Some(other) = lease.other_at_work(plan, &mut transaction).await?
            {
                return Err(JobError::TargetBusy { plan: plan.0, sync: other.0 });
            }
            if row.some_int(2).map_err(&fault)? == 1 {
                alone(&mut transaction, &row.some_text(1).map_err(&fault)?, Some(sync)).await?;
            }
            transaction.commit().await.map_err(&fault)?;
            return Ok(lease);
        }
        drop(transaction);
        let reason = match self.sync(sync).await?.status {
            SyncStatus::Running => "it is at work; `cancel` stops it".to_owned(),
            status => format!("it is {status}"),
        };
        Err(JobError::NotResumable { sync: sync.0, reason })
    }

    /// Marks the syncs that nobody works on any more as interrupted, and puts those back into the queue that were not begun.
    /// A sign of life from a time that is yet to come says nothing: the clock that it was taken from was ahead.
    pub async fn mark_interrupted(&self) -> Result<(), JobError> {
        let (read, written) = (JobError::store("read"), JobError::store("written"));
        let select = "SELECT id, owner, coalesce(beat_at, 0) FROM jobs_sync WHERE status = 'running'";
        for row in self.database.rows(select, Args::default()).await.map_err(&read)? {
            let (sync, owner) = (row.some_int(0).map_err(&read)?, row.text(1).map_err(&read)?);
            let silent = !(expired_before()..=now() + LASTS).contains(&row.some_int(2).map_err(&read)?);
            if !silent && !owner.as_deref().is_some_and(is_gone) {
                continue;
            }
            let update = "UPDATE jobs_sync SET status = 'interrupted', message = ? \
                          WHERE id = ? AND status = 'running' AND coalesce(owner, '') = ?";
            let message = "the program that ran it gave no more sign of life";
            let args = Args::default().with(message).with(sync).with(owner.unwrap_or_default());
            self.database.execute(update, args).await.map_err(&written)?;
        }
        self.put_back().await
    }

    /// The syncs that were interrupted in their apply and that a program can finish which has these jobs.
    pub(crate) async fn resumable(&self, jobs: &[(&str, &str)]) -> Result<Vec<SyncId>, JobError> {
        let fault = JobError::store("read");
        let (reachable, args) = reachable_by(jobs);
        let select = format!(
            "SELECT s.id FROM jobs_sync s JOIN jobs_plan p ON p.id = s.plan \
             WHERE s.status = 'interrupted' AND coalesce(s.wanted, '') <> 'pause' AND p.status = 'started' AND {reachable} ORDER BY s.id"
        );
        let rows = self.database.rows(select, args).await.map_err(&fault)?;
        rows.iter().map(|row| row.some_int(0).map(SyncId)).collect::<Result<_, _>>().map_err(&fault)
    }
}
