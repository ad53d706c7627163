//! The door to a stored plan: who may have it applied, or a part of it, and that it is done once.

use trueup_engine::check::Severity;
use trueup_engine::plan::{Choice, Plan, Selection};
use trueup_inventory::RequestId;

use super::runner::StoredPlan;
use super::{Approval, Runner, objections};
use crate::JobError;
use crate::store::{NewApproval, NewSync, PlanId, PlanStatus, SyncId};

/// A plan that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    pub sync: SyncId,
    /// The steps that nobody chose, and that chosen ones depend on.
    pub pulled_in: Vec<String>,
}

/// A sync that may apply a stored plan.
pub(super) struct Admitted {
    pub new: NewSync,
    pub approval: NewApproval,
    pub pulled_in: Vec<String>,
}

impl Runner {
    /// The sync that applies a stored plan or a part of it, when it may be applied.
    pub(super) async fn admit(&self, id: PlanId, approval: &Approval) -> Result<Admitted, JobError> {
        let row = self.store.plan_row(id).await?;
        self.store.mark_interrupted().await?;
        if let Some((sync, status)) = self.store.applier_of(id).await? {
            return Err(JobError::AskedAlready { plan: id.0, sync: sync.0, status });
        }
        if row.status != PlanStatus::Open {
            return Err(JobError::NotOpen { plan: id.0, status: row.status });
        }
        let reason = approval.reason();
        let (mut chosen, mut pulled_in) = (None, Vec::new());
        let mut against = row.findings.iter().filter(|one| one.severity == Severity::Error).count();
        if !approval.choice.is_all() {
            let StoredPlan { row, plan, .. } = self.stored_plan(row.clone()).await?;
            let selection = select(id, &plan, &approval.choice)?;
            against = objections::against(&row.findings, &plan, &selection, &row.checks);
            pulled_in = told(&plan, &selection);
            chosen = (!selection.is_all()).then(|| selection.ranges());
        }
        if let Some(by) = self.store.superseded_by(&row).await?.filter(|_| reason.is_none()) {
            return Err(JobError::Superseded { plan: id.0, by: by.0 });
        }
        if against > 0 && reason.is_none() && !self.store.is_approved(&row, chosen.as_deref()).await? {
            return Err(JobError::ChecksAgainst { plan: id.0, checks: against });
        }
        let planned = self.store.sync(row.sync).await?;
        let new = NewSync {
            control: self.held_to(planned.control, &planned.job)?,
            job: row.job,
            source: format!("plan {id}"),
            target: planned.target,
            dry_run: false,
            plan: Some(id),
            asked: None,
            request: RequestId::random(),
            user: self.user.clone(),
        };
        let approval = NewApproval { plan: id, reason: reason.map(str::to_owned), chosen };
        Ok(Admitted { new, approval, pulled_in })
    }

    /// The steps that a sync was asked for.
    pub(super) async fn selected(&self, sync: SyncId, id: PlanId, plan: &Plan) -> Result<Selection, JobError> {
        let steps = self.store.chosen(id, sync).await?.unwrap_or_default();
        select(id, plan, &Choice { steps, ..Choice::default() })
    }
}

fn select(id: PlanId, plan: &Plan, choice: &Choice) -> Result<Selection, JobError> {
    plan.select(choice).map_err(|source| JobError::Choice { plan: id.0, source })
}

fn told(plan: &Plan, selection: &Selection) -> Vec<String> {
    let step = |id: &trueup_engine::plan::StepId| {
        let step = plan.step(*id);
        format!("{} {} {}", id.0, step.action(), step.record)
    };
    selection.pulled_in().iter().map(step).collect()
}
