use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use trueup_engine::check::Finding;
use trueup_engine::plan::{Fingerprint, Plan, Policy};

use super::{Store, SyncId, now};
use crate::JobError;

/// Number of a plan in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub i64);

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What has become of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStatus {
    /// Made, not applied.
    Open,
    /// Being applied, or the program that applied it was stopped.
    Started,
    Applied,
}

impl PlanStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            PlanStatus::Open => "open",
            PlanStatus::Started => "started",
            PlanStatus::Applied => "applied",
        }
    }
}

/// A plan as it is stored, without its steps.
#[derive(Debug, Clone, Serialize)]
pub struct PlanRow {
    pub id: PlanId,
    pub sync: SyncId,
    pub job: String,
    pub fingerprint: String,
    pub status: String,
    /// Why a person let it be applied although checks were against it.
    pub approval: Option<String>,
    pub made_at: String,
    pub steps: i64,
    pub findings: Vec<StoredFinding>,
    pub counts: Vec<StepCount>,
    #[serde(skip)]
    pub policy: Policy,
    /// The kinds of the plan, as JSON.
    #[serde(skip)]
    pub kinds: String,
}

/// How many steps of one kind do one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCount {
    pub kind: String,
    pub action: String,
    pub steps: i64,
}

/// A change that the diff shows and the plan does not make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithheldRow {
    pub action: String,
    pub record: String,
    /// Where the source has the record.
    pub place: Option<String>,
    pub reason: String,
}

impl fmt::Display for WithheldRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, record, place, reason } = self;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{action} {record}: {reason}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFinding {
    pub severity: String,
    pub check: String,
    pub subject: String,
    pub message: String,
    pub advice: String,
}

impl From<&Finding> for StoredFinding {
    fn from(finding: &Finding) -> Self {
        let Finding { severity, check, subject, message, advice } = finding;
        Self {
            severity: severity.to_string(),
            check: check.to_string(),
            subject: subject.to_string(),
            message: message.clone(),
            advice: advice.clone(),
        }
    }
}

impl Store {
    /// Stores a plan with its findings and steps, all or nothing.
    pub async fn save_plan(
        &self,
        sync: SyncId,
        plan: &Plan,
        findings: &[Finding],
        withheld: &[WithheldRow],
        kinds: &str,
    ) -> Result<PlanId, JobError> {
        let fault = JobError::store("written");
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&fault)?;
        let policy = serde_json::json!(plan.policy()).to_string();
        let insert =
            "INSERT INTO jobs_plan (sync, fingerprint, policy, kinds, status, made_at) VALUES (?, ?, ?, ?, 'open', ?)";
        let done = sqlx::query(insert)
            .bind(sync.0)
            .bind(plan.fingerprint().to_string())
            .bind(policy)
            .bind(kinds)
            .bind(now())
            .execute(&mut *transaction)
            .await
            .map_err(&fault)?;
        let id = PlanId(done.last_insert_rowid());
        sqlx::query("UPDATE jobs_sync SET plan = ? WHERE id = ?")
            .bind(id.0)
            .bind(sync.0)
            .execute(&mut *transaction)
            .await
            .map_err(&fault)?;
        let numbered: Vec<(i64, &Finding)> = (0..).zip(findings).collect();
        for chunk in numbered.chunks(500) {
            let columns = "INSERT INTO jobs_finding (plan, position, severity, name, subject, message, advice) ";
            let mut insert = sqlx::QueryBuilder::new(columns);
            insert.push_values(chunk, |mut row, (position, finding)| {
                let StoredFinding { severity, check, subject, message, advice } = StoredFinding::from(*finding);
                row.push_bind(id.0).push_bind(*position).push_bind(severity).push_bind(check);
                row.push_bind(subject).push_bind(message).push_bind(advice);
            });
            insert.build().execute(&mut *transaction).await.map_err(&fault)?;
        }
        let numbered: Vec<(i64, &WithheldRow)> = (0..).zip(withheld).collect();
        for chunk in numbered.chunks(500) {
            let columns = "INSERT INTO jobs_withheld (plan, position, action, record, place, reason) ";
            let mut insert = sqlx::QueryBuilder::new(columns);
            insert.push_values(chunk, |mut row, (position, withheld)| {
                let WithheldRow { action, record, place, reason } = (*withheld).clone();
                row.push_bind(id.0).push_bind(*position).push_bind(action);
                row.push_bind(record).push_bind(place).push_bind(reason);
            });
            insert.build().execute(&mut *transaction).await.map_err(&fault)?;
        }
        super::steps::insert(&mut transaction, id, plan).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok(id)
    }

    /// # Errors
    /// There is no such plan.
    pub async fn plan_row(&self, id: PlanId) -> Result<PlanRow, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT p.id, p.sync, s.job, p.fingerprint, p.policy, p.kinds, p.status, p.approval, p.made_at, \
                      (SELECT count(*) FROM jobs_step t WHERE t.plan = p.id) AS steps \
                      FROM jobs_plan p JOIN jobs_sync s ON s.id = p.sync WHERE p.id = ?";
        let row = sqlx::query(select).bind(id.0).fetch_optional(&self.pool).await.map_err(&fault)?;
        let row = row.ok_or(JobError::NoSuchPlan(id.0))?;
        let findings: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "SELECT severity, name, subject, message, advice FROM jobs_finding WHERE plan = ? ORDER BY position",
        )
        .bind(id.0)
        .fetch_all(&self.pool)
        .await
        .map_err(&fault)?;
        let counts: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT kind, action, count(*) FROM jobs_step WHERE plan = ? GROUP BY kind, action ORDER BY min(position)",
        )
        .bind(id.0)
        .fetch_all(&self.pool)
        .await
        .map_err(&fault)?;
        let policy: String = row.try_get("policy").map_err(&fault)?;
        let made_at: i64 = row.try_get("made_at").map_err(&fault)?;
        Ok(PlanRow {
            id,
            sync: SyncId(row.try_get("sync").map_err(&fault)?),
            job: row.try_get("job").map_err(&fault)?,
            fingerprint: row.try_get("fingerprint").map_err(&fault)?,
            status: row.try_get("status").map_err(&fault)?,
            approval: row.try_get("approval").map_err(&fault)?,
            made_at: jiff::Timestamp::from_microsecond(made_at).map(|t| t.to_string()).unwrap_or_default(),
            steps: row.try_get("steps").map_err(&fault)?,
            findings: findings
                .into_iter()
                .map(|(severity, check, subject, message, advice)| StoredFinding {
                    severity,
                    check,
                    subject,
                    message,
                    advice,
                })
                .collect(),
            counts: counts.into_iter().map(|(kind, action, steps)| StepCount { kind, action, steps }).collect(),
            policy: serde_json::from_str(&policy).map_err(|source| JobError::StoredJson { what: "a plan", source })?,
            kinds: row.try_get("kinds").map_err(&fault)?,
        })
    }

    /// What the plan leaves out.
    pub async fn withheld(&self, id: PlanId) -> Result<Vec<WithheldRow>, JobError> {
        let select = "SELECT action, record, place, reason FROM jobs_withheld WHERE plan = ? ORDER BY position";
        let rows: Vec<(String, String, Option<String>, String)> =
            sqlx::query_as(select).bind(id.0).fetch_all(&self.pool).await.map_err(JobError::store("read"))?;
        let row = |(action, record, place, reason)| WithheldRow { action, record, place, reason };
        Ok(rows.into_iter().map(row).collect())
    }

    /// The whole plan, as it was stored and approved.
    ///
    /// # Errors
    /// A step cannot be read, or the steps are not those that were fingerprinted.
    pub async fn plan(&self, row: &PlanRow) -> Result<Plan, JobError> {
        let steps = self.all_steps(row.id).await?;
        let plan = Plan::from_steps(row.policy.clone(), steps)
            .map_err(|error| JobError::NotApplicable { plan: row.id.0, reason: error.to_string() })?;
        let stored: Fingerprint = row.fingerprint.parse().map_err(|_| JobError::NotApplicable {
            plan: row.id.0,
            reason: format!("its fingerprint `{}` is damaged; make a new plan", row.fingerprint),
        })?;
        let found = plan.fingerprint();
        if stored == found { Ok(plan) } else { Err(JobError::Tampered { plan: row.id.0, stored, found }) }
    }

    /// Takes an open plan for an apply. Of all who try at once, one succeeds.
    ///
    /// # Errors
    /// The plan is not open any more.
    pub(crate) async fn start_plan(&self, id: PlanId, approval: Option<&str>) -> Result<(), JobError> {
        let update = "UPDATE jobs_plan SET status = 'started', approval = coalesce(?, approval) \
                      WHERE id = ? AND status = 'open'";
        let done = sqlx::query(update).bind(approval).bind(id.0).execute(&self.pool).await;
        if done.map_err(JobError::store("written"))?.rows_affected() == 1 {
            return Ok(());
        }
        let status: Option<String> = sqlx::query_scalar("SELECT status FROM jobs_plan WHERE id = ?")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .map_err(JobError::store("read"))?;
        Err(status.map_or(JobError::NoSuchPlan(id.0), |status| not_open(id, &status)))
    }

    /// Every step of a started plan has an outcome.
    pub(crate) async fn finish_plan(&self, id: PlanId) -> Result<(), JobError> {
        let update = "UPDATE jobs_plan SET status = 'applied' WHERE id = ? AND status = 'started'";
        let done = sqlx::query(update).bind(id.0).execute(&self.pool).await;
        done.map(drop).map_err(JobError::store("written"))
    }
}

/// Why a plan that is not open is not applied.
pub(crate) fn not_open(id: PlanId, status: &str) -> JobError {
    let reason = if status == PlanStatus::Started.as_str() {
        "its apply is under way, or was broken off; if it does not run any more, run the job again, which makes a new plan \
         from what is there now"
            .to_owned()
    } else {
        format!("it is {status}; make a new plan")
    };
    JobError::NotApplicable { plan: id.0, reason }
}
