//! Schedules as rows. Who makes a due time its own moves the schedule on and asks for the run in one transaction.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::{Args, ResultRow};

use super::queue::insert;
use super::{NewSync, Store, SyncId, SyncStatus, rows};
use crate::JobError;
use crate::run::RunMode;
use crate::schedule::{Missed, Timing};

/// Times that are shown of a schedule.
const UPCOMING: usize = 3;

/// A schedule at its start.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    pub name: String,
    pub job: String,
    pub mode: RunMode,
    pub timing: Timing,
    pub missed: Missed,
    pub enabled: bool,
}

/// A schedule as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRow {
    pub id: i64,
    pub name: String,
    pub job: String,
    pub mode: RunMode,
    /// The values of the job's variables, as they are given again. No secret is among them.
    pub variables: Map<String, Json>,
    pub timing: Timing,
    pub missed: Missed,
    pub enabled: bool,
    /// Who made it; runs are asked for in this name.
    pub user: String,
    pub made_at: Timestamp,
    /// The next time that counts; `None` for one that is disabled.
    pub next_at: Option<Timestamp>,
    /// The last time that counted.
    pub last_at: Option<Timestamp>,
    /// The run that was asked for last.
    pub last_sync: Option<SyncId>,
    /// What became of the last time that counted, when no run came of it.
    pub message: Option<String>,
}

impl ScheduleRow {
    /// The next times that count, by the clocks of whoever wrote it; none when it is disabled.
    pub fn upcoming(&self, now: Timestamp) -> Vec<String> {
        let Some(next) = self.next_at else { return Vec::new() };
        let later = self.timing.upcoming(next.max(now)).take(UPCOMING - 1);
        std::iter::once(next).chain(later).map(|time| self.timing.shown(time)).collect()
    }

    /// As people and programs are shown it.
    pub fn to_json(&self, now: Timestamp) -> Json {
        let Self { id, name, job, mode, variables, timing, missed, enabled, user, .. } = self;
        let Self { made_at, next_at, last_at, last_sync, message, .. } = self;
        json!({
            "id": id,
            "name": name,
            "job": job,
            "mode": mode.as_str(),
            "reason": mode.reason(),
            "variables": variables,
            "timing": timing,
            "missed": missed,
            "enabled": enabled,
            "user": user,
            "made_at": made_at,
            "next_at": next_at,
            "last_at": last_at,
            "last_sync": last_sync,
            "message": message,
            "upcoming": self.upcoming(now),
        })
    }
}

/// What becomes of a due time.
#[derive(Debug)]
pub(crate) struct Due<'d> {
    pub schedule: &'d ScheduleRow,
    /// The next time that counts.
    pub next: Timestamp,
    /// The run, or why there is none.
    pub run: Result<&'d NewSync, &'d str>,
}

const COLUMNS: &str = "id, name, job, mode, variables, timing, missed, enabled, user_name, made_at, next_at, last_at, \
                       last_sync, message";

impl Store {
    /// With the values of the job's variables.
    ///
    /// # Errors
    /// There is one of this name already.
    pub(crate) async fn add_schedule(
        &self,
        (new, variables): (&NewSchedule, &Map<String, Json>),
        user: &str,
        (now, next): (Timestamp, Timestamp),
    ) -> Result<ScheduleRow, JobError> {
        let insert = "INSERT INTO jobs_schedule (name, job, mode, variables, timing, missed, enabled, user_name, made_at, \
                      next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING";
        let NewSchedule { name, job, mode, timing, missed, enabled } = new;
        let args = Args::default().with(name).with(job).with(serde_json::json!(mode).to_string());
        let args = args.with(Json::from(variables.clone()).to_string()).with(serde_json::json!(timing).to_string());
        let args = args.with(missed.as_str()).with(*enabled).with(user).with(now.as_microsecond());
        let args = args.with(enabled.then(|| next.as_microsecond()));
        match self.database.execute(insert, args).await.map_err(JobError::store("written"))? {
            0 => Err(JobError::ScheduleTaken { name: name.clone() }),
            _ => self.schedule(name).await,
        }
    }

    /// By name.
    pub async fn schedules(&self) -> Result<Vec<ScheduleRow>, JobError> {
        let select = format!("SELECT {COLUMNS} FROM jobs_schedule ORDER BY name");
        let rows = self.database.rows(select, Args::default()).await.map_err(JobError::store("read"))?;
        rows.iter().map(schedule_row).collect()
    }

    /// # Errors
    /// There is no such schedule.
    pub async fn schedule(&self, name: &str) -> Result<ScheduleRow, JobError> {
        let select = format!("SELECT {COLUMNS} FROM jobs_schedule WHERE name = ?");
        let rows = self.database.rows(select, Args::default().with(name)).await.map_err(JobError::store("read"))?;
        schedule_row(rows.first().ok_or_else(|| JobError::NoSuchSchedule(name.to_owned()))?)
    }

    /// # Errors
    /// There is no such schedule.
    pub async fn remove_schedule(&self, name: &str) -> Result<(), JobError> {
        let delete = "DELETE FROM jobs_schedule WHERE name = ?";
        match self.database.execute(delete, Args::default().with(name)).await.map_err(JobError::store("written"))? {
            0 => Err(JobError::NoSuchSchedule(name.to_owned())),
            _ => Ok(()),
        }
    }

    /// Enables a schedule, with the next time that counts, or disables it.
    ///
    /// # Errors
    /// There is no such schedule.
    pub(crate) async fn enable_schedule(&self, name: &str, next: Option<Timestamp>) -> Result<ScheduleRow, JobError> {
        let update = "UPDATE jobs_schedule SET enabled = ?, next_at = ?, message = NULL WHERE name = ?";
        let args = Args::default().with(next.is_some()).with(next.map(Timestamp::as_microsecond)).with(name);
        self.database.execute(update, args).await.map_err(JobError::store("written"))?;
        self.schedule(name).await
    }

    /// Disables a schedule for good reason.
    pub(crate) async fn give_up_schedule(&self, id: i64, why: &str) -> Result<(), JobError> {
        let update = "UPDATE jobs_schedule SET enabled = 0, next_at = NULL, message = ? WHERE id = ?";
        let done = self.database.execute(update, Args::default().with(why).with(id)).await;
        done.map(drop).map_err(JobError::store("written"))
    }

    /// The schedules whose next time has come, the one that has waited longest first.
    pub(crate) async fn due_schedules(&self, now: Timestamp) -> Result<Vec<ScheduleRow>, JobError> {
        let select = format!(
            "SELECT {COLUMNS} FROM jobs_schedule WHERE enabled = 1 AND next_at <= ? ORDER BY next_at, id LIMIT 1000"
        );
        let args = Args::default().with(now.as_microsecond());
        let rows = self.database.rows(select, args).await.map_err(JobError::store("read"))?;
        rows.iter().map(schedule_row).collect()
    }

    /// Makes a due time its own. Of all who find it due, one does; the others get `None`. A run is not asked for while the
    /// one before it still waits for a worker, so that no heap of them grows.
    pub(crate) async fn take_due(&self, due: &Due<'_>) -> Result<Option<Result<SyncId, String>>, JobError> {
        let Due { schedule, next, run } = due;
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        let take = "UPDATE jobs_schedule SET next_at = ?, last_at = ? WHERE id = ? AND next_at = ? AND enabled = 1";
        let time = schedule.next_at.map(Timestamp::as_microsecond);
        let args = Args::default().with(next.as_microsecond()).with(time).with(schedule.id).with(time);
        if transaction.execute(take, args).await.map_err(&fault)? != 1 {
            return Ok(None);
        }
        let select = "SELECT status FROM jobs_sync WHERE id = ?";
        let args = Args::default().with(schedule.last_sync.map(|sync| sync.0));
        let last = transaction.rows(select, args).await.map_err(&fault)?;
        let status: Option<SyncStatus> = last.first().map(|row| rows::word(row, 0)).transpose().map_err(&fault)?;
        let asked = match (run, status, schedule.last_sync) {
            (Ok(_), Some(SyncStatus::Pending), Some(sync)) => {
                Err(format!("no run was asked for, since sync {sync}, the one before it, still waits for a worker"))
            }
            (Ok(new), _, _) => {
                let sync = insert(&mut transaction, new, None).await?;
                let by = "UPDATE jobs_sync SET schedule = ? WHERE id = ?";
                transaction.execute(by, Args::default().with(schedule.id).with(sync.0)).await.map_err(&fault)?;
                Ok(sync)
            }
            (Err(why), _, _) => Err((*why).to_owned()),
        };
        let note = "UPDATE jobs_schedule SET last_sync = coalesce(?, last_sync), message = ? WHERE id = ?";
        let (sync, message) = (asked.as_ref().ok().map(|sync| sync.0), asked.as_ref().err());
        let args = Args::default().with(sync).with(message).with(schedule.id);
        transaction.execute(note, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok(Some(asked))
    }
}

/// From a row of [`COLUMNS`].
fn schedule_row(row: &ResultRow) -> Result<ScheduleRow, JobError> {
    let fault = JobError::store("read");
    let text = |place| row.some_text(place).map_err(&fault);
    let some_int = |place| row.some_int(place).map_err(&fault);
    let time = |micros: Option<i64>| micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let optional_time = |place| row.int(place).map(time).map_err(&fault);
    let stored = |source| JobError::StoredJson { what: "a schedule", source };
    Ok(ScheduleRow {
        id: some_int(0)?,
        name: text(1)?,
        job: text(2)?,
        mode: serde_json::from_str(&text(3)?).map_err(stored)?,
        variables: serde_json::from_str(&text(4)?).map_err(stored)?,
        timing: serde_json::from_str(&text(5)?).map_err(stored)?,
        missed: rows::word(row, 6).map_err(&fault)?,
        enabled: some_int(7)? != 0,
        user: text(8)?,
        made_at: time(Some(some_int(9)?)).unwrap_or_default(),
        next_at: optional_time(10)?,
        last_at: optional_time(11)?,
        last_sync: row.int(12).map_err(&fault)?.map(SyncId),
        message: row.text(13).map_err(&fault)?,
    })
}
