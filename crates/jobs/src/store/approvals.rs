//! Who had a plan applied, or which part of it, when and why.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use trueup_engine::plan::StepRange;
use trueup_inventory::{Args, ResultRow, Transaction};

use super::given::read_variables;
use super::holder::new_owner;
use super::lease::{alone, decide};
use super::queue::insert;
use super::{Lease, NewSync, PlanId, PlanRow, PlanStatus, Store, SyncId, SyncStatus, now, rows, time};
use crate::JobError;
use crate::variable::is_base;

/// An approval at its start.
#[derive(Debug, Clone)]
pub(crate) struct NewApproval {
    pub plan: PlanId,
    pub reason: Option<String>,
    /// The chosen steps; all of them when absent.
    pub chosen: Option<Vec<StepRange>>,
}

/// That somebody had a plan applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalRow {
    /// The sync that it was for.
    pub sync: SyncId,
    /// RFC 3339.
    pub given_at: String,
    pub user: String,
    pub reason: Option<String>,
    /// The numbers of the chosen steps, such as `0-3,7`; all of them when absent.
    pub chosen: Option<String>,
}

impl Store {
    /// Makes the sync that applies a plan, with its approval: held by the caller, or to be taken up by a worker. Of all who
    /// ask at once, one succeeds.
    ///
    /// # Errors
    /// The plan is not open, or somebody else has asked for it.
    pub(crate) async fn enqueue_approved(&self, sync: &NewSync, approval: &NewApproval) -> Result<SyncId, JobError> {
        self.insert_approved(sync, approval, None).await
    }

    /// As [`enqueue_approved`](Self::enqueue_approved), and takes it up at once.
    pub(crate) async fn begin_approved(&self, sync: &NewSync, approval: &NewApproval) -> Result<Lease, JobError> {
        let owner = new_owner();
        let id = self.insert_approved(sync, approval, Some(&owner)).await?;
        Ok(Lease::new(id, owner))
    }

    async fn insert_approved(
        &self,
        sync: &NewSync,
        approval: &NewApproval,
        owner: Option<&str>,
    ) -> Result<SyncId, JobError> {
        let plan = approval.plan;
        let fault = JobError::store("written");
        let mut transaction = self.database.begin().await.map_err(&fault)?;
        decide(&mut transaction).await?;
        if let Some((sync, status)) = applier_of(plan, &mut transaction).await? {
            return Err(JobError::AskedAlready { plan: plan.0, sync: sync.0, status });
        }
        let select = "SELECT status FROM jobs_plan WHERE id = ?";
        let found = transaction.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        let status = rows::word(found.first().ok_or(JobError::NoSuchPlan(plan.0))?, 0).map_err(&fault)?;
        if status != PlanStatus::Open {
            return Err(JobError::NotOpen { plan: plan.0, status });
        }
        if owner.is_some() && sync.control.is_singleton {
            alone(&mut transaction, &sync.job, None).await?;
        }
        let id = insert(&mut transaction, sync, owner).await?;
        note(&mut transaction, id, approval).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)?;
        Ok(id)
    }

    /// Notes that whoever asked for a sync wants its plan to be applied.
    ///
    /// # Errors
    /// The lease is lost: somebody else works on the sync.
    pub(crate) async fn approve(&self, lease: &Lease, approval: &NewApproval) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        note(&mut transaction, lease.sync(), approval).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// The sync that is to apply a plan or does so now.
    pub(crate) async fn applier_of(&self, plan: PlanId) -> Result<Option<(SyncId, SyncStatus)>, JobError> {
        let mut transaction = self.database.begin_reading().await.map_err(JobError::store("read"))?;
        applier_of(plan, &mut transaction).await
    }

    /// The approvals of a plan, oldest first.
    pub async fn approvals(&self, plan: PlanId) -> Result<Vec<ApprovalRow>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT sync, given_at, user_name, reason, chosen FROM jobs_approval WHERE plan = ? ORDER BY sync";
        let rows = self.database.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        rows.iter().map(|row| approval_row(row).map_err(&fault)).collect()
    }

    /// The steps that a sync is to carry out; all of its plan when absent.
    pub(crate) async fn chosen(&self, plan: PlanId, sync: SyncId) -> Result<Option<Vec<StepRange>>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT chosen FROM jobs_approval WHERE plan = ? AND sync = ?";
        let rows = self.database.rows(select, Args::default().with(plan.0).with(sync.0)).await.map_err(&fault)?;
        let chosen = rows.first().map(|row| row.text(0)).transpose().map_err(&fault)?.flatten();
        chosen.map(|text| ranges(&text)).transpose().map_err(&fault)
    }

    /// Whether somebody gave a reason for these steps before, all of them when absent, although nothing came of it.
    pub(crate) async fn is_approved(&self, plan: &PlanRow, wanted: Option<&[StepRange]>) -> Result<bool, JobError> {
        let approvals = self.approvals(plan.id).await?;
        if approvals.is_empty() {
            return Ok(plan.approval.is_some());
        }
        let covers = |approval: &ApprovalRow| match (&approval.chosen, wanted) {
            (None, _) => Ok(true),
            (Some(_), None) => Ok(false),
            (Some(chosen), Some(wanted)) => {
                // They are kept in their order, with a gap between any two.
                let chosen = ranges(chosen)?;
                let within = |StepRange(one): &StepRange| {
                    let begun = chosen.partition_point(|StepRange(all)| all.start() <= one.start());
                    chosen[..begun].last().is_some_and(|StepRange(all)| one.end() <= all.end())
                };
                Ok(wanted.iter().all(within))
            }
        };
        let with_reason = approvals.iter().filter(|approval| approval.reason.is_some());
        let covered = with_reason.map(covers).collect::<Result<Vec<_>, sqlx::Error>>();
        Ok(covered.map_err(JobError::store("read"))?.contains(&true))
    }

    /// A newer plan of the same job for the same target and with the same variables that says something else; or, of a plan
    /// that takes another one back, a newer one that takes back the same.
    pub(crate) async fn superseded_by(&self, plan: &PlanRow) -> Result<Option<PlanId>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT p.id, g.variables FROM jobs_plan p JOIN jobs_sync s ON s.id = p.sync \
                      JOIN jobs_sync o ON o.id = ? AND o.job = s.job AND o.target = s.target \
                      LEFT JOIN jobs_given g ON g.sync = p.sync WHERE p.id > ? AND coalesce(p.undoes, 0) = ? AND p.fingerprint <> ? ORDER BY p.id DESC";
        let args = Args::default().with(plan.sync.0).with(plan.id.0).with(plan.undoes.map_or(0, |plan| plan.0));
        let args = args.with(&plan.fingerprint);
        let rows = self.database.rows(select, args).await.map_err(&fault)?;
        let own = self.given(plan.sync).await?.map(|given| besides_base(given.values));
        for row in rows {
            let given = read_variables(row.text(1).map_err(&fault)?.as_deref())?;
            if given.map(besides_base) == own {
                return row.some_int(0).map(|id| Some(PlanId(id))).map_err(&fault);
            }
        }
        Ok(None)
    }
}

/// The variables that a job declares itself.
fn besides_base(values: Map<String, Json>) -> Map<String, Json> {
    values.into_iter().filter(|(name, _)| !is_base(name)).collect()
}

async fn note(transaction: &mut Transaction, sync: SyncId, approval: &NewApproval) -> Result<(), sqlx::Error> {
    let NewApproval { plan, reason, chosen } = approval;
    let insert = "INSERT INTO jobs_approval (plan, sync, given_at, user_name, reason, chosen) \
                  SELECT ?, s.id, ?, coalesce(s.user_name, ''), ?, ? FROM jobs_sync s WHERE s.id = ?";
    let args = Args::default().with(plan.0).with(now()).with(reason.as_ref()).with(chosen.as_deref().map(words));
    transaction.execute(insert, args.with(sync.0)).await?;
    if let Some(reason) = reason {
        let update = "UPDATE jobs_plan SET approval = ? WHERE id = ?";
        transaction.execute(update, Args::default().with(reason).with(plan.0)).await?;
    }
    Ok(())
}

async fn applier_of(plan: PlanId, transaction: &mut Transaction) -> Result<Option<(SyncId, SyncStatus)>, JobError> {
    let fault = JobError::store("read");
    let select = "SELECT id, status FROM jobs_sync WHERE plan = ? AND dry_run = 0 AND status IN ('pending', 'running') \
                  ORDER BY id LIMIT 1";
    let rows = transaction.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
    let sync = |row: &ResultRow| Ok((SyncId(row.some_int(0)?), rows::word(row, 1)?));
    rows.first().map(sync).transpose().map_err(&fault)
}

fn approval_row(row: &ResultRow) -> Result<ApprovalRow, sqlx::Error> {
    Ok(ApprovalRow {
        sync: SyncId(row.some_int(0)?),
        given_at: time(row.some_int(1)?),
        user: row.some_text(2)?,
        reason: row.text(3)?,
        chosen: row.text(4)?,
    })
}

/// `0-3,7`.
fn words(ranges: &[StepRange]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn ranges(words: &str) -> Result<Vec<StepRange>, sqlx::Error> {
    words.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
