//! Undo: the plan that takes back what a sync has applied, and what its deletes took besides.

mod members;
mod order;
mod restore;
mod schema;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use trueup_connectors::Target;
use trueup_engine::check::{CheckName, Finding, Severity, Subject, check_alone};
use trueup_engine::plan::{Plan, Selection, StepAction, StepId};
use trueup_engine::{Kind, Schema, Snapshot};
use trueup_inventory::{Loss, Registry, RequestId};

use self::restore::{Restored, restore};
use super::phases::{Part, Run, Seat};
use super::runner::{StoredPlan, change};
use super::stored_target::StoredTarget;
use super::supervise::Earlier;
use super::{Checks, Phase, Runner, SideReport, SyncReport, Watch, kinds, stale};
use crate::JobError;
use crate::control::Control;
use crate::job::JobLog;
use crate::store::{GivenRow, NewPlan, NewSync, PlanId, PlanStatus, SyncId, SyncStatus};

/// How many records a finding names.
const NAMED: usize = 5;

/// What is taken back, and by what.
struct Undo<'u> {
    job: &'u str,
    undoes: PlanId,
    plan: &'u Plan,
    /// The plan that is taken back, and its steps that were applied.
    done: (&'u Plan, &'u [StepId]),
    /// What that one was checked against.
    checks: &'u Checks,
    /// Known before the target is looked at.
    findings: Vec<Finding>,
    kept: Option<&'u GivenRow>,
}

impl Runner {
    /// Stores the plan that takes back what a sync has applied, and what its deletes took besides. It is an ordinary plan,
    /// made by a sync of its own and checked as the one that it takes back: look at it, then apply it.
    ///
    /// # Errors
    /// There is no such sync, or it has applied nothing, or is still at work.
    pub async fn undo(&self, sync: SyncId, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let found = this.store.sync(sync).await?;
        let StoredPlan { row, plan, schema } = this.undoable(sync, found.status, found.plan).await?;
        let applied = this.store.applied_steps(row.id).await?;
        if applied.is_empty() {
            let reason = format!("no step of its plan {} was applied", row.id);
            return Err(JobError::NotUndoable { sync: sync.0, reason });
        }
        let done = plan;
        let undo = done.undo(|step| applied.binary_search(&step).is_ok());
        let stored_target = StoredTarget::of(this, &row).await?;
        let losses = this.store.losses(row.id).await?;
        let present = members::present(&this.inventory, &losses).await?;
        let Restored { plan, schema: kinds, left, unknown } =
            restore(&undo, &losses, &present, (&schema, this.inventory.registry()))?;
        let mut findings = not_restored(&left);
        findings.extend(without(&plan, &kinds, this.inventory.registry()));
        findings.extend(not_noted(unknown).filter(|_| stored_target.is_inventory()));

        let request = RequestId::random();
        let new = NewSync {
            job: row.job.clone(),
            source: format!("undo of sync {sync}"),
            target: found.target,
            dry_run: true,
            plan: None,
            asked: None,
            request,
            user: this.user.clone(),
            control: Control { is_singleton: false, ..this.held_to(found.control.clone(), &row.job)? },
        };
        let kinds = Arc::new(kinds);
        let counted = Arc::new(changed_kinds(&plan, &schema)?);
        let lease = this.store.begin_sync(&new).await?;
        let runner = this.clone();
        let work = async move |seat: Seat| {
            let log = seat.log.clone();
            let mut run = Run::new(seat, Arc::clone(&kinds));
            let change = change(&runner.user, &row.job, request);
            let target = stored_target.open(&runner, &kinds, change.clone(), (&run.lease, &log))?;
            let whole = stored_target.open(&runner, &counted, change, (&run.lease, &log))?;
            let (job, undoes, checks) = (&row.job, row.id, &row.checks);
            let done = (&done, applied.as_slice());
            let undo = Undo { job, undoes, plan: &plan, done, checks, findings, kept: stored_target.kept() };
            run.store_undo(undo, &*target, (&*whole, counted)).await
        };
        let supervisor = this.supervisor(lease, (&new.job, &new.control), JobLog::default(), watch);
        supervisor.see_through(Earlier::default(), work).await
    }

    /// The plan of a sync, when it can be taken back.
    async fn undoable(&self, sync: SyncId, status: SyncStatus, plan: Option<PlanId>) -> Result<StoredPlan, JobError> {
        let refuse = |reason: String| JobError::NotUndoable { sync: sync.0, reason };
        if status == SyncStatus::Running {
            return Err(refuse("it is at work; wait, or stop it with `cancel`".to_owned()));
        }
        let id = plan.ok_or_else(|| refuse("it has no plan, so it changed nothing".to_owned()))?;
        let found = self.stored_plan(self.store.plan_row(id).await?).await?;
        match found.row.status {
            PlanStatus::Open => Err(refuse(format!("its plan {id} was not applied"))),
            PlanStatus::Started => Err(refuse(format!("its apply was broken off; do the rest first: `resume {sync}`"))),
            PlanStatus::Applied => Ok(found),
        }
    }
}

impl Run {
    /// Checks and stores an undo. Records that have changed since are told: what is made of their steps is decided when it
    /// is applied, and then they are left alone.
    async fn store_undo(
        &mut self,
        undo: Undo<'_>,
        target: &dyn Target,
        (whole, counted): (&dyn Target, Arc<Schema>),
    ) -> Result<SyncReport, JobError> {
        let Undo { job, undoes, plan, done: (done, applied), checks, mut findings, kept } = undo;
        let selection = Selection::all_of(plan);
        let part = Part { id: undoes, plan, selection: &selection };
        let (now, loaded) = self.look_at(part, target).await?;
        let mut present = Snapshot::new("target", counted);
        if !present.schema().is_empty() {
            let counted = self.orders.unless_stopped(whole.load(&mut present, &())).await?;
            let _report = counted.map_err(|source| JobError::LoadTarget(Box::new(source)))?;
        }
        let metering = self.begin(Phase::Plan);
        findings.extend(changed_since(plan, &now));
        let checks = checks.after(applied.iter().map(|step| done.step(*step)), &present);
        findings.extend(check_alone(plan, &present, &checks.present, &checks.options));
        findings.extend(self.foreseen(plan, &present, target, &checks.options).await?);
        findings.sort_by_key(|finding| finding.severity);
        if let Some(kept) = kept {
            self.store.note_given(&self.lease, kept).await?;
        }
        let kinds = kinds::to_json(&self.schema);
        let (withheld, undoes) = (&[], Some(undoes));
        let new = NewPlan { plan, findings: &findings, withheld, kinds: &kinds, undoes, checks: &checks };
        let id = self.store.save_plan(&self.lease, &new).await?;
        self.done(metering);
        let mut report = SyncReport::new(self.lease.sync(), job, id, true);
        report.target = SideReport::of(&now, &loaded);
        report.count_steps(plan, &selection);
        report.findings = findings.iter().map(Into::into).collect();
        report.status = SyncStatus::Completed;
        Ok(report)
    }
}

/// The kinds of a schema whose records a plan changes or deletes: how many there are is what limits are held against.
fn changed_kinds(plan: &Plan, schema: &Schema) -> Result<Schema, JobError> {
    let changing = plan.steps().iter().filter(|step| step.action() != StepAction::Create);
    let names: HashSet<&str> = changing.map(|step| step.record.kind.as_str()).collect();
    let kinds = schema.kinds().filter(|(_, kind)| names.contains(kind.name().as_str()));
    Ok(Schema::new(kinds.map(|(_, kind)| Kind::clone(kind)).collect())?)
}

fn changed_since(plan: &Plan, now: &Snapshot) -> Option<Finding> {
    let changed = stale::find(plan, now, |_| false);
    let first = (0..plan.len() as u32).map(StepId).find_map(|id| Some((id, changed.get(&id)?)));
    first.map(|(id, found)| Finding {
        severity: Severity::Warning,
        check: CheckName::ChangedSince,
        subject: Subject::Plan,
        message: format!(
            "{} of {} records have changed since; first, {}: {found}",
            changed.len(),
            plan.len(),
            plan.step(id).record
        ),
        advice: "they will be left as they are; change them by hand where that is not wanted".to_owned(),
    })
}

/// What was deleted and will not come back, one finding for each content type and reason.
fn not_restored(left: &[(Loss, String)]) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (loss, reason) in left {
        groups.entry((&loss.content_type, reason)).or_default().push(&loss.name);
    }
    let finding = |((content_type, reason), names): ((&str, &str), Vec<&str>)| {
        let more = if names.len() > NAMED { ", …" } else { "" };
        let first = names[..names.len().min(NAMED)].join(", ");
        Finding {
            severity: Severity::Warning,
            check: CheckName::NotRestored,
            subject: Subject::Kind(content_type.into()),
            message: format!("{} of {content_type} will not come back: {reason}: {first}{more}", names.len()),
            advice: "make them again by hand where they are missed; the change log has what they were".to_owned(),
        }
    };
    groups.into_iter().map(finding).collect()
}

/// What comes back without something that nothing is ever told of.
fn without(plan: &Plan, kinds: &Schema, registry: &Registry) -> Vec<Finding> {
    let creates = plan.steps().iter().filter(|step| step.action() == StepAction::Create);
    let types = creates.filter_map(|step| kinds.get(step.record.kind.as_str())?.content_type());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    types.for_each(|content_type| *counts.entry(content_type).or_default() += 1);
    let finding = |(name, count): (&str, usize)| {
        let fields = registry.content_type(name).ok()?.untold().map(|field| format!("`{}`", field.name()));
        let fields = fields.collect::<Vec<_>>().join(", ");
        (!fields.is_empty()).then(|| Finding {
            severity: Severity::Warning,
            check: CheckName::NotRestored,
            subject: Subject::Kind(name.into()),
            message: format!("{count} of {name} come back without {fields}, which nobody is ever told"),
            advice: "set it again where it was set".to_owned(),
        })
    };
    counts.into_iter().filter_map(finding).collect()
}

fn not_noted(records: usize) -> impl Iterator<Item = Finding> {
    (records > 0).then(|| Finding {
        severity: Severity::Warning,
        check: CheckName::NotRestored,
        subject: Subject::Plan,
        message: format!(
            "{records} deleted records come back with new ids and with what the job knows of them, and nothing that was \
             deleted along with them: an earlier version deleted them, and did not note more"
        ),
        advice: "see the change log for what they were".to_owned(),
    })
    .into_iter()
}
