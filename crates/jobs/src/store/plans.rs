use std::fmt;

use serde::{Deserialize, Serialize};
use trueup_engine::check::{CheckName, Finding, Severity};
use trueup_engine::plan::{Fingerprint, Plan, Policy, Selection};
use trueup_inventory::Args;

use super::lease::decide;
use super::{ApprovalRow, Lease, Store, SyncId, now, rows, time};
use crate::JobError;
use crate::run::Checks;

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
    pub const fn as_str(self) -> &'static str {
        match self {
            PlanStatus::Open => "open",
            PlanStatus::Started => "started",
            PlanStatus::Applied => "applied",
        }
    }
}

impl fmt::Display for PlanStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A plan at its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPlan<'p> {
    pub plan: &'p Plan,
    pub findings: &'p [Finding],
    pub withheld: &'p [WithheldRow],
    /// As JSON.
    pub kinds: &'p str,
    /// The plan that it takes back.
    pub undoes: Option<PlanId>,
    pub checks: &'p Checks,
}

/// A plan as it is stored, without its steps.
#[derive(Debug, Clone, Serialize)]
pub struct PlanRow {
    pub id: PlanId,
    pub sync: SyncId,
    pub job: String,
    pub fingerprint: String,
    pub status: PlanStatus,
    /// Why a person let it be applied although checks were against it.
    pub approval: Option<String>,
    pub made_at: String,
    /// Who had it applied, oldest first.
    pub approvals: Vec<ApprovalRow>,
    /// The plan that it takes back, when it is an undo.
    pub undoes: Option<PlanId>,
    pub steps: i64,
    pub findings: Vec<StoredFinding>,
    pub counts: Vec<StepCount>,
    #[serde(skip)]
    pub policy: Policy,
    /// The kinds of the plan, as JSON.
    #[serde(skip)]
    pub kinds: String,
    /// What it was checked against.
    #[serde(skip)]
    pub(crate) checks: Checks,
}

/// How many steps of one kind do one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCount {
    pub kind: String,
    pub action: String,
    pub steps: i64,
}

/// A change that the diff shows and the plan does not make, or many of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithheldRow {
    pub action: String,
    pub record: String,
    /// Where the source has the record.
    pub place: Option<String>,
    pub reason: String,
    /// How many records it stands for.
    pub records: i64,
}

impl fmt::Display for WithheldRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, record, place, reason, records: _ } = self;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{action} {record}: {reason}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFinding {
    pub severity: Severity,
    pub check: CheckName,
    pub subject: String,
    pub message: String,
    pub advice: String,
}

impl From<&Finding> for StoredFinding {
    fn from(finding: &Finding) -> Self {
        let Finding { severity, check, subject, message, advice } = finding;
        Self {
            severity: *severity,
            check: *check,
            subject: subject.to_string(),
            message: message.clone(),
            advice: advice.clone(),
        }
    }
}

impl Store {
    /// Stores the plan of a sync with its findings and steps, all or nothing.
    pub(crate) async fn save_plan(&self, lease: &Lease, plan: &NewPlan<'_>) -> Result<PlanId, JobError> {
        let NewPlan { plan, findings, withheld, kinds, undoes, checks } = *plan;
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let sync = lease.sync();
        let policy = serde_json::json!(plan.policy()).to_string();
        let insert = "INSERT INTO jobs_plan (sync, fingerprint, policy, kinds, status, made_at, undoes, checks) \
                      VALUES (?, ?, ?, ?, 'open', ?, ?, ?) RETURNING id";
        let args = Args::default().with(sync.0).with(plan.fingerprint().to_string());
        let args = args.with(policy).with(kinds).with(now()).with(undoes.map(|plan| plan.0)).with(checks.to_json());
        let made = transaction.rows(insert, args).await.map_err(&fault)?;
        let id = PlanId(made.first().map_or(Ok(0), |row| row.some_int(0)).map_err(&fault)?);
        let args = Args::default().with(id.0).with(sync.0);
        transaction.execute("UPDATE jobs_sync SET plan = ? WHERE id = ?", args).await.map_err(&fault)?;
        let numbered: Vec<(i64, &Finding)> = (0..).zip(findings).collect();
        let head = "INSERT INTO jobs_finding (plan, position, severity, name, subject, message, advice)";
        rows::insert(&mut transaction, head, 7, &numbered, |(position, finding), args| {
            let StoredFinding { severity, check, subject, message, advice } = StoredFinding::from(*finding);
            let args = args.with(id.0).with(*position).with(severity.to_string()).with(check.to_string());
            args.with(subject).with(message).with(advice)
        })
        .await
        .map_err(&fault)?;
        let numbered: Vec<(i64, &WithheldRow)> = (0..).zip(withheld).collect();
        let head = "INSERT INTO jobs_withheld (plan, position, action, record, place, reason, records)";
        rows::insert(&mut transaction, head, 7, &numbered, |(position, withheld), args| {
            let WithheldRow { action, record, place, reason, records } = *withheld;
            let args = args.with(id.0).with(*position).with(action).with(record);
            args.with(place.as_ref()).with(reason).with(*records)
        })
        .await
        .map_err(&fault)?;
        super::steps::insert(&mut transaction, id, plan).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok(id)
    }

    /// # Errors
    /// There is no such plan.
    pub async fn plan_row(&self, id: PlanId) -> Result<PlanRow, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT p.id, p.sync, s.job, p.fingerprint, p.policy, p.kinds, p.status, p.approval, p.made_at, \
                      p.undoes, p.checks FROM jobs_plan p JOIN jobs_sync s ON s.id = p.sync WHERE p.id = ?";
        let of_plan = || Args::default().with(id.0);
        let rows = self.database.rows(select, of_plan()).await.map_err(&fault)?;
        let row = rows.first().ok_or(JobError::NoSuchPlan(id.0))?;
        let select =
            "SELECT kind, action, count(*) FROM jobs_step WHERE plan = ? GROUP BY kind, action ORDER BY min(position)";
        let counts = self.database.rows(select, of_plan()).await.map_err(&fault)?;
        let counts = counts
            .iter()
            .map(|row| Ok(StepCount { kind: row.some_text(0)?, action: row.some_text(1)?, steps: row.some_int(2)? }))
            .collect::<Result<Vec<_>, sqlx::Error>>()
            .map_err(&fault)?;
        let text = |place| row.some_text(place).map_err(&fault);
        let int = |place| row.some_int(place).map_err(&fault);
        Ok(PlanRow {
            id,
            sync: SyncId(int(1)?),
            job: text(2)?,
            fingerprint: text(3)?,
            policy: serde_json::from_str(&text(4)?)
                .map_err(|source| JobError::StoredJson { what: "a plan", source })?,
            kinds: text(5)?,
            status: rows::word(row, 6).map_err(&fault)?,
            approval: row.text(7).map_err(&fault)?,
            approvals: self.approvals(id).await?,
            made_at: time(int(8)?),
            undoes: row.int(9).map_err(&fault)?.map(PlanId),
            checks: Checks::from_json(row.text(10).map_err(&fault)?.as_deref())?,
            steps: counts.iter().map(|count| count.steps).sum(),
            findings: self.findings(id, u32::MAX).await?,
            counts,
        })
    }

    /// What has become of a plan, without counting its steps.
    ///
    /// # Errors
    /// There is no such plan.
    pub(super) async fn plan_status(&self, id: PlanId) -> Result<PlanStatus, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT status FROM jobs_plan WHERE id = ?";
        let rows = self.database.rows(select, Args::default().with(id.0)).await.map_err(&fault)?;
        rows::word(rows.first().ok_or(JobError::NoSuchPlan(id.0))?, 0).map_err(&fault)
    }

    /// The job that a plan is of.
    ///
    /// # Errors
    /// There is no such plan.
    pub async fn plan_job(&self, id: PlanId) -> Result<String, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT s.job FROM jobs_plan p JOIN jobs_sync s ON s.id = p.sync WHERE p.id = ?";
        let rows = self.database.rows(select, Args::default().with(id.0)).await.map_err(&fault)?;
        rows.first().ok_or(JobError::NoSuchPlan(id.0))?.some_text(0).map_err(&fault)
    }

    /// What checks have to say of a plan, the first so many.
    pub async fn findings(&self, id: PlanId, limit: u32) -> Result<Vec<StoredFinding>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT severity, name, subject, message, advice FROM jobs_finding WHERE plan = ? ORDER BY position LIMIT ?";
        let rows = self.database.rows(select, Args::default().with(id.0).with(limit)).await.map_err(&fault)?;
        let rows = rows.iter().map(|row| {
            let (severity, check, subject) = (rows::word(row, 0)?, rows::word(row, 1)?, row.some_text(2)?);
            Ok(StoredFinding { severity, check, subject, message: row.some_text(3)?, advice: row.some_text(4)? })
        });
        rows.collect::<Result<_, sqlx::Error>>().map_err(&fault)
    }

    /// What the plan leaves out, the first so many.
    pub async fn withheld(&self, id: PlanId, limit: u32) -> Result<Vec<WithheldRow>, JobError> {
        let select = "SELECT action, record, place, reason, records FROM jobs_withheld WHERE plan = ? \
                      ORDER BY position LIMIT ?";
        let fault = JobError::store("read");
        let rows = self.database.rows(select, Args::default().with(id.0).with(limit)).await.map_err(&fault)?;
        let rows = rows.iter().map(|row| {
            let (action, record) = (row.some_text(0)?, row.some_text(1)?);
            let records = row.some_int(4)?;
            Ok(WithheldRow { action, record, place: row.text(2)?, reason: row.some_text(3)?, records })
        });
        rows.collect::<Result<_, sqlx::Error>>().map_err(&fault)
    }

    /// The whole plan, as it was stored and approved.
    ///
    /// # Errors
    /// A step cannot be read, or the steps are not those that were fingerprinted.
    pub async fn plan(&self, row: &PlanRow) -> Result<Plan, JobError> {
        let steps = self.all_steps(row.id).await?;
        let plan = Plan::from_steps(row.policy.clone(), steps)
            .map_err(|error| JobError::PlanDamaged { plan: row.id.0, reason: error.to_string() })?;
        let stored: Fingerprint = row.fingerprint.parse().map_err(|_| JobError::PlanDamaged {
            plan: row.id.0,
            reason: format!("its fingerprint `{}` is damaged; make a new plan", row.fingerprint),
        })?;
        let found = plan.fingerprint();
        if stored == found { Ok(plan) } else { Err(JobError::Tampered { plan: row.id.0, stored, found }) }
    }

    /// Takes an open plan for an apply of some of its steps; the others are done with. Of all who try at once, one succeeds;
    /// and one apply at a time changes a target.
    ///
    /// # Errors
    /// The plan is not open any more, or another sync changes its target.
    pub(crate) async fn start_plan(&self, lease: &Lease, id: PlanId, selection: &Selection) -> Result<(), JobError> {
        // A program that is gone changes nothing any more.
        self.mark_interrupted().await?;
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        lease.renew(&mut transaction).await?;
        let update = "UPDATE jobs_plan SET status = 'started', applied_by = ? WHERE id = ? AND status = 'open'";
        let args = Args::default().with(lease.sync().0).with(id.0);
        let done = transaction.execute(update, args).await.map_err(&fault)?;
        if done == 1 {
            if let Some(other) = lease.other_at_work(id, &mut transaction).await? {
                return Err(JobError::TargetBusy { plan: id.0, sync: other.0 });
            }
            super::journal::leave_out(&mut transaction, self.database.dialect(), (id, selection))
                .await
                .map_err(&fault)?;
            return transaction.commit().await.map_err(&fault);
        }
        drop(transaction);
        Err(JobError::NotOpen { plan: id.0, status: self.plan_status(id).await? })
    }
}
