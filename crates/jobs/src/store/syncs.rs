use std::fmt;

use serde::{Deserialize, Serialize};
use trueup_connectors::Rejected;
use trueup_engine::diff::Summary;
use trueup_inventory::{Args, RequestId, ResultRow};

use super::holder::new_owner;
use super::lease::{alone, decide};
use super::queue::insert;
use super::rows::push_any_of;
use super::{Asked, Costs, Durations, Lease, PlanId, Progress, Store, now, rows, time};
use crate::JobError;
use crate::control::Control;
use crate::run::SyncCounts;

/// Number of a sync in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SyncId(pub i64);

impl fmt::Display for SyncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a sync has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncStatus {
    /// Asked for; nobody works on it yet.
    Pending,
    Running,
    /// It came to its end, and all is as it should be. A dry run has a plan, others have applied every step of it.
    Completed,
    /// Some steps were not applied, or are not as they should be.
    CompletedWithFailures,
    /// It ended with an error.
    Failed,
    /// Somebody stopped it. What was done stays done; the rest can be resumed.
    Cancelled,
    /// Whoever ran it gave no more sign of life. What was done stays done; the rest can be resumed.
    Interrupted,
    /// Checks are against its plan; nothing was changed.
    WaitingForApproval,
}

impl SyncStatus {
    pub const ALL: [Self; 8] = [
        SyncStatus::Pending,
        SyncStatus::Running,
        SyncStatus::Completed,
        SyncStatus::CompletedWithFailures,
        SyncStatus::Failed,
        SyncStatus::Cancelled,
        SyncStatus::Interrupted,
        SyncStatus::WaitingForApproval,
    ];

    /// Whether somebody works on it, or will without being asked again.
    pub fn goes_on(self) -> bool {
        matches!(self, SyncStatus::Pending | SyncStatus::Running | SyncStatus::Interrupted)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            SyncStatus::Pending => "pending",
            SyncStatus::Running => "running",
            SyncStatus::Completed => "completed",
            SyncStatus::CompletedWithFailures => "completed-with-failures",
            SyncStatus::Failed => "failed",
            SyncStatus::Cancelled => "cancelled",
            SyncStatus::Interrupted => "interrupted",
            SyncStatus::WaitingForApproval => "waiting-for-approval",
        }
    }
}

impl fmt::Display for SyncStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A sync at its start.
#[derive(Debug, Clone)]
pub struct NewSync {
    pub job: String,
    pub source: String,
    pub target: String,
    pub dry_run: bool,
    /// The stored plan that it applies; a run that makes its own plan has none yet.
    pub plan: Option<PlanId>,
    /// What a worker is asked for that takes it up, when that is not to apply a plan.
    pub asked: Option<Asked>,
    /// Under which the change log of the inventory has what this sync writes.
    pub request: RequestId,
    /// Who asked for it.
    pub user: String,
    /// What it is held to.
    pub control: Control,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending<'e> {
    pub status: SyncStatus,
    pub durations: Durations,
    pub costs: Costs,
    pub progress: &'e Progress,
    /// `None` when nothing was applied.
    pub outcomes: Option<&'e SyncCounts>,
    /// What ended it, when that was an error.
    pub message: Option<&'e str>,
    /// A plan of which every step has an outcome now.
    pub finished: Option<PlanId>,
}

/// A sync as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncRow {
    pub id: SyncId,
    pub uuid: String,
    pub job: String,
    pub source: String,
    pub target: String,
    pub dry_run: bool,
    pub status: SyncStatus,
    /// RFC 3339, as the other times.
    pub asked_at: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub durations: Durations,
    /// Known once it has ended, and for syncs of earlier versions never.
    pub costs: Option<Costs>,
    /// How far it is, or was when it ended; `None` before it begins, and for syncs of earlier versions.
    pub progress: Option<Progress>,
    pub summary: Option<Summary>,
    pub source_records: Option<i64>,
    pub target_records: Option<i64>,
    /// Outcomes; `None` when nothing was applied.
    pub outcomes: Option<SyncCounts>,
    /// What ended it, when that was an error.
    pub message: Option<String>,
    pub plan: Option<PlanId>,
    /// How many times it was begun or resumed.
    pub attempts: i64,
    /// Under which the change log of the inventory has what this sync wrote.
    pub request: Option<String>,
    /// Who asked for it, as the change log names them; `None` for syncs of earlier versions, which did not note it.
    pub user: Option<String>,
    /// What was asked for, when that was a run by the name of its job.
    #[serde(skip)]
    pub asked: Option<Asked>,
    /// What others want of it: `cancel`, `pause` or `resume`. A sync that is paused is `interrupted` and still has `pause` here, one
    /// that waits and is not to be taken up is `pending` with `pause`.
    pub wanted: Option<String>,
    /// What it is held to.
    pub control: Control,
}

impl SyncRow {
    /// Whether a worker is asked for the rest of it.
    pub(crate) fn is_resumed(&self) -> bool {
        self.wanted.as_deref() == Some("resume")
    }

    /// Under which what else this sync writes is logged.
    pub(crate) fn request_id(&self) -> RequestId {
        let stored = self.request.as_deref().and_then(|text| text.parse().ok());
        stored.map_or_else(RequestId::random, RequestId)
    }
}

/// Which syncs to list: of any of these jobs and statuses, where some are named.
#[derive(Debug, Clone, Default)]
pub struct SyncFilter {
    pub jobs: Vec<String>,
    pub statuses: Vec<String>,
    /// Those that were asked for before this one.
    pub before: Option<SyncId>,
    pub limit: u32,
}

/// A record of one side that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// `source` or `target`.
    pub side: String,
    pub place: String,
    pub record: String,
    pub cause: String,
}

/// How much is kept of a sync beside its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptCounts {
    pub findings: i64,
    pub withheld: i64,
    pub rejected: i64,
}

pub(super) const COLUMNS: &str = "s.id, s.uuid, s.job, s.source, s.target, s.dry_run, s.status, s.started_at, s.ended_at, \
                       s.durations, s.summary, s.source_records, s.target_records, s.report, s.message, s.plan, \
s.attempts, s.request, s.user_name, s.wanted, s.control, s.asked_at, s.asked, s.costs, \
                       s.progress";

impl Store {
    /// Begins a sync, held by the caller.
    ///
    /// # Errors
    /// Another sync of its job runs, and the job is one of which only one may.
    pub(crate) async fn begin_sync(&self, sync: &NewSync) -> Result<Lease, JobError> {
        let owner = new_owner();
        let fault = JobError::store("written");
        if sync.control.is_singleton {
            // A program that is gone holds nobody up.
            self.mark_interrupted().await?;
        }
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        if sync.control.is_singleton {
            decide(&mut transaction).await?;
            alone(&mut transaction, &sync.job, None).await?;
        }
        let id = insert(&mut transaction, sync, Some(&owner)).await?;
        transaction.commit().await.map_err(&fault)?;
        Ok(Lease::new(id, owner))
    }

    /// Notes how a sync ended, and that the plan of it is done for good, if it is: both or neither.
    ///
    /// # Errors
    /// The lease is lost: somebody else works on the sync.
    pub(crate) async fn end_sync(&self, lease: &Lease, ending: &Ending<'_>) -> Result<(), JobError> {
        let Ending { status, durations, costs, progress, outcomes, message, finished } = ending;
        let update = "UPDATE jobs_sync SET status = ?, ended_at = ?, durations = ?, costs = ?, progress = ?, report = ?, \
                      message = ?, owner = NULL, \
                      wanted = CASE WHEN ? = 'interrupted' AND wanted = 'pause' THEN wanted END \
                      WHERE id = ? AND owner = ? AND status = 'running'";
        let json = |value: serde_json::Value| value.to_string();
        let args = Args::default().with(status.as_str()).with(now()).with(json(serde_json::json!(durations)));
        let args = args.with(json(serde_json::json!(costs))).with(json(serde_json::json!(progress)));
        let args = args.with(outcomes.map(|counts| json(serde_json::json!(counts)))).with(*message);
        let args = args.with(status.as_str()).with(lease.sync().0).with(lease.owner());
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        if transaction.execute(update, args).await.map_err(&fault)? != 1 {
            return Err(JobError::LeaseLost { sync: lease.sync().0 });
        }
        if let Some(plan) = finished {
            let update = "UPDATE jobs_plan SET status = 'applied' WHERE id = ? AND status = 'started'";
            transaction.execute(update, Args::default().with(plan.0)).await.map_err(&fault)?;
        }
        transaction.commit().await.map_err(&fault)
    }

    pub(crate) async fn note_diff(
        &self,
        lease: &Lease,
        summary: Summary,
        records: (usize, usize),
    ) -> Result<(), JobError> {
        let update = "UPDATE jobs_sync SET summary = ?, source_records = ?, target_records = ? WHERE id = ?";
        let args = Args::default().with(serde_json::json!(summary).to_string());
        let args = args.with(records.0 as i64).with(records.1 as i64).with(lease.sync().0);
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        transaction.execute(update, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    pub(crate) async fn note_rejected(&self, lease: &Lease, side: &str, rejected: &[Rejected]) -> Result<(), JobError> {
        if rejected.is_empty() {
            return Ok(());
        }
        let id = lease.sync();
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let count = "SELECT count(*) FROM jobs_rejected WHERE sync = ?";
        let found = transaction.rows(count, Args::default().with(id.0)).await.map_err(&fault)?;
        let first = found.first().map_or(Ok(0), |row| row.some_int(0)).map_err(&fault)?;
        let numbered: Vec<(i64, &Rejected)> = (first..).zip(rejected).collect();
        let head = "INSERT INTO jobs_rejected (sync, position, side, place, record, cause)";
        rows::insert(&mut transaction, head, 6, &numbered, |(position, rejected), args| {
            let kinds: Vec<&str> = rejected.kinds.iter().map(|kind| kind.as_str()).collect();
            let key = rejected.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
            let args = args.with(id.0).with(*position).with(side).with(rejected.place.to_string());
            args.with(format!("{}{key}", kinds.join(", "))).with(rejected.cause.to_string())
        })
        .await
        .map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// The syncs, newest first, filtered and paged by the database.
    pub async fn history(&self, filter: &SyncFilter) -> Result<Vec<SyncRow>, JobError> {
        let mut sql = format!("SELECT {COLUMNS} FROM jobs_sync s WHERE s.id < ?");
        let mut args = Args::default().with(filter.before.map_or(i64::MAX, |before| before.0));
        for (column, wanted) in [("s.job", &filter.jobs), ("s.status", &filter.statuses)] {
            push_any_of(column, wanted, &mut sql, &mut args);
        }
        sql.push_str(" ORDER BY s.id DESC LIMIT ?");
        let rows = self.database.rows(sql, args.with(filter.limit)).await;
        rows.map_err(JobError::store("read"))?.iter().map(sync_row).collect()
    }

    /// # Errors
    /// There is no such sync.
    pub async fn sync(&self, id: SyncId) -> Result<SyncRow, JobError> {
        let sql = format!("SELECT {COLUMNS} FROM jobs_sync s WHERE s.id = ?");
        let rows = self.database.rows(sql, Args::default().with(id.0)).await.map_err(JobError::store("read"))?;
        sync_row(rows.first().ok_or(JobError::NoSuchSync(id.0))?)
    }

    /// What could not be read, the first so many.
    pub async fn rejected(&self, id: SyncId, limit: u32) -> Result<Vec<RejectedRow>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT side, place, record, cause FROM jobs_rejected WHERE sync = ? ORDER BY position LIMIT ?";
        let rows = self.database.rows(select, Args::default().with(id.0).with(limit)).await.map_err(&fault)?;
        let rows = rows.iter().map(|row| {
            let (side, place) = (row.some_text(0)?, row.some_text(1)?);
            Ok(RejectedRow { side, place, record: row.some_text(2)?, cause: row.some_text(3)? })
        });
        rows.collect::<Result<_, sqlx::Error>>().map_err(&fault)
    }

    /// How much there is beside the steps of a plan and of the sync, without reading it.
    pub async fn kept_counts(&self, sync: SyncId, plan: Option<PlanId>) -> Result<KeptCounts, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT (SELECT count(*) FROM jobs_finding WHERE plan = ?), \
                      (SELECT CAST(coalesce(sum(records), 0) AS BIGINT) FROM jobs_withheld WHERE plan = ?), \
                      (SELECT count(*) FROM jobs_rejected WHERE sync = ?)";
        let plan = plan.map(|plan| plan.0);
        let rows = self.database.rows(select, Args::default().with(plan).with(plan).with(sync.0)).await;
        let rows = rows.map_err(&fault)?;
        let count = |place| rows.first().map_or(Ok(0), |row| row.some_int(place)).map_err(&fault);
        Ok(KeptCounts { findings: count(0)?, withheld: count(1)?, rejected: count(2)? })
    }
}

/// From a row of [`COLUMNS`].
pub(super) fn sync_row(row: &ResultRow) -> Result<SyncRow, JobError> {
    let fault = JobError::store("read");
    let text = |place| row.some_text(place).map_err(&fault);
    let optional = |place| row.text(place).map_err(&fault);
    let int = |place| row.int(place).map_err(&fault);
    let some_int = |place| row.some_int(place).map_err(&fault);
    let stored = |source| JobError::StoredJson { what: "a sync", source };
    Ok(SyncRow {
        id: SyncId(some_int(0)?),
        uuid: text(1)?,
        job: text(2)?,
        source: text(3)?,
        target: text(4)?,
        dry_run: some_int(5)? != 0,
        status: rows::word(row, 6).map_err(&fault)?,
        started_at: time(some_int(7)?),
        ended_at: int(8)?.map(time),
        durations: serde_json::from_str(&text(9)?).map_err(stored)?,
        summary: optional(10)?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
        source_records: int(11)?,
        target_records: int(12)?,
        outcomes: optional(13)?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
        message: optional(14)?,
        plan: int(15)?.map(PlanId),
        attempts: some_int(16)?,
        request: optional(17)?,
        user: optional(18)?,
        asked_at: time(some_int(21)?),
        asked: optional(22)?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
        wanted: optional(19)?,
        control: serde_json::from_str(&text(20)?).map_err(stored)?,
        costs: optional(23)?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
        progress: optional(24)?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
    })
}
