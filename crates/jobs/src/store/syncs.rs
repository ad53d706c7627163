use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use trueup_connectors::Rejected;
use trueup_engine::diff::Summary;
use uuid::Uuid;

use super::{PlanId, Store, now};
use crate::JobError;
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
    Running,
    /// A dry run ended with a plan.
    Planned,
    /// Checks stopped it before anything was changed.
    Refused,
    /// Every step was applied and verified; also when there was nothing to do.
    Applied,
    /// Some steps were not applied, or are not as they should be.
    Partial,
    /// It ended with an error.
    Failed,
}

impl SyncStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            SyncStatus::Running => "running",
            SyncStatus::Planned => "planned",
            SyncStatus::Refused => "refused",
            SyncStatus::Applied => "applied",
            SyncStatus::Partial => "partial",
            SyncStatus::Failed => "failed",
        }
    }
}

/// Wall time of each phase, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Durations {
    pub source_load: f64,
    pub target_load: f64,
    pub diff: f64,
    pub plan: f64,
    pub apply: f64,
    pub verify: f64,
}

impl Durations {
    pub(crate) fn seconds(duration: Duration) -> f64 {
        (duration.as_secs_f64() * 1e6).round() / 1e6
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
    pub status: String,
    /// RFC 3339.
    pub started_at: String,
    pub ended_at: Option<String>,
    pub durations: Durations,
    pub summary: Option<Summary>,
    pub source_records: Option<i64>,
    pub target_records: Option<i64>,
    /// Outcomes; `None` when nothing was applied.
    pub outcomes: Option<SyncCounts>,
    /// What ended it, when that was an error.
    pub message: Option<String>,
    pub plan: Option<PlanId>,
}

const COLUMNS: &str = "s.id, s.uuid, s.job, s.source, s.target, s.dry_run, s.status, s.started_at, s.ended_at, \
                       s.durations, s.summary, s.source_records, s.target_records, s.report, s.message, s.plan";

impl Store {
    pub async fn begin_sync(&self, sync: &NewSync) -> Result<SyncId, JobError> {
        let insert = "INSERT INTO jobs_sync (uuid, job, source, target, dry_run, status, started_at, plan) \
                      VALUES (?, ?, ?, ?, ?, 'running', ?, ?)";
        let done = sqlx::query(insert)
            .bind(Uuid::new_v4().to_string())
            .bind(&sync.job)
            .bind(&sync.source)
            .bind(&sync.target)
            .bind(sync.dry_run)
            .bind(now())
            .bind(sync.plan.map(|plan| plan.0))
            .execute(&self.pool)
            .await
            .map_err(JobError::store("written"))?;
        Ok(SyncId(done.last_insert_rowid()))
    }

    /// Notes how a sync ended.
    pub async fn end_sync(
        &self,
        id: SyncId,
        status: SyncStatus,
        durations: Durations,
        outcomes: Option<&SyncCounts>,
        message: Option<&str>,
    ) -> Result<(), JobError> {
        let update =
            "UPDATE jobs_sync SET status = ?, ended_at = ?, durations = ?, report = ?, message = ? WHERE id = ?";
        let json = |value: serde_json::Value| value.to_string();
        sqlx::query(update)
            .bind(status.as_str())
            .bind(now())
            .bind(json(serde_json::json!(durations)))
            .bind(outcomes.map(|counts| json(serde_json::json!(counts))))
            .bind(message)
            .bind(id.0)
            .execute(&self.pool)
            .await
            .map_err(JobError::store("written"))?;
        Ok(())
    }

    pub(crate) async fn note_diff(
        &self,
        id: SyncId,
        summary: Summary,
        records: (usize, usize),
    ) -> Result<(), JobError> {
        sqlx::query("UPDATE jobs_sync SET summary = ?, source_records = ?, target_records = ? WHERE id = ?")
            .bind(serde_json::json!(summary).to_string())
            .bind(records.0 as i64)
            .bind(records.1 as i64)
            .bind(id.0)
            .execute(&self.pool)
            .await
            .map_err(JobError::store("written"))?;
        Ok(())
    }

    pub(crate) async fn note_rejected(&self, id: SyncId, side: &str, rejected: &[Rejected]) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let first: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs_rejected WHERE sync = ?")
            .bind(id.0)
            .fetch_one(&self.pool)
            .await
            .map_err(&fault)?;
        let rows: Vec<(i64, &Rejected)> = (first..).zip(rejected).collect();
        for chunk in rows.chunks(500) {
            let mut insert =
                sqlx::QueryBuilder::new("INSERT INTO jobs_rejected (sync, position, side, place, record, cause) ");
            insert.push_values(chunk, |mut row, (position, rejected)| {
                let kinds: Vec<&str> = rejected.kinds.iter().map(|kind| kind.as_str()).collect();
                let key = rejected.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
                row.push_bind(id.0)
                    .push_bind(*position)
                    .push_bind(side.to_owned())
                    .push_bind(rejected.place.to_string())
                    .push_bind(format!("{}{key}", kinds.join(", ")))
                    .push_bind(rejected.cause.clone());
            });
            insert.build().execute(&self.pool).await.map_err(&fault)?;
        }
        Ok(())
    }

    /// The syncs, newest first; those of one job when it is named.
    pub async fn history(&self, job: Option<&str>, limit: u32) -> Result<Vec<SyncRow>, JobError> {
        let sql =
            format!("SELECT {COLUMNS} FROM jobs_sync s WHERE ?1 IS NULL OR s.job = ?1 ORDER BY s.id DESC LIMIT ?2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(job).bind(limit).fetch_all(&self.pool).await;
        rows.map_err(JobError::store("read"))?.iter().map(sync_row).collect()
    }

    /// # Errors
    /// There is no such sync.
    pub async fn sync(&self, id: SyncId) -> Result<SyncRow, JobError> {
        let sql = format!("SELECT {COLUMNS} FROM jobs_sync s WHERE s.id = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(&self.pool).await;
        let row = row.map_err(JobError::store("read"))?;
        sync_row(&row.ok_or(JobError::NoSuchSync(id.0))?)
    }

    /// What could not be read: side, place, record, cause.
    pub async fn rejected(&self, id: SyncId) -> Result<Vec<(String, String, String, String)>, JobError> {
        sqlx::query_as("SELECT side, place, record, cause FROM jobs_rejected WHERE sync = ? ORDER BY position")
            .bind(id.0)
            .fetch_all(&self.pool)
            .await
            .map_err(JobError::store("read"))
    }
}

fn sync_row(row: &SqliteRow) -> Result<SyncRow, JobError> {
    let fault = JobError::store("read");
    let text = |name: &str| row.try_get::<String, _>(name).map_err(&fault);
    let optional = |name: &str| row.try_get::<Option<String>, _>(name).map_err(&fault);
    let int = |name: &str| row.try_get::<Option<i64>, _>(name).map_err(&fault);
    let stored = |source| JobError::StoredJson { what: "a sync", source };
    let time = |micros: i64| jiff::Timestamp::from_microsecond(micros).map(|time| time.to_string()).unwrap_or_default();
    let parse = |json: Option<String>| json.map(|json| serde_json::from_str(&json)).transpose().map_err(stored);
    Ok(SyncRow {
        id: SyncId(row.try_get("id").map_err(&fault)?),
        uuid: text("uuid")?,
        job: text("job")?,
        source: text("source")?,
        target: text("target")?,
        dry_run: row.try_get("dry_run").map_err(&fault)?,
        status: text("status")?,
        started_at: time(row.try_get("started_at").map_err(&fault)?),
        ended_at: int("ended_at")?.map(time),
        durations: serde_json::from_str(&text("durations")?).map_err(stored)?,
        summary: parse(optional("summary")?)?,
        source_records: int("source_records")?,
        target_records: int("target_records")?,
        outcomes: optional("report")?.map(|json| serde_json::from_str(&json)).transpose().map_err(stored)?,
        message: optional("message")?,
        plan: int("plan")?.map(PlanId),
    })
}
