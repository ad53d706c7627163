use trueup_connectors::Target;
use trueup_engine::check::{CheckName, Finding, Severity, Subject};
use trueup_engine::plan::{Plan, StepId};

use super::phases::Run;
use super::{Phase, SideReport, SyncReport, kinds, stale};
use crate::JobError;
use crate::store::{GivenRow, NewPlan, PlanRow, SyncStatus};

/// Stores a plan that takes another one back, with a finding when records have changed since: what is made of their steps
/// is decided when it is applied, and then they are left alone.
pub(super) async fn store(
    run: &mut Run<'_>,
    undone: &PlanRow,
    undo: &Plan,
    target: &dyn Target,
    kept: Option<&GivenRow>,
) -> Result<SyncReport, JobError> {
    let (now, present) = run.look_at(undo, target).await?;
    let metering = run.begin(Phase::Plan);
    let changed = stale::find(undo, &now, |_| false);
    let first = (0..undo.len() as u32).map(StepId).find_map(|id| Some((id, changed.get(&id)?)));
    let findings: Vec<Finding> = first
        .into_iter()
        .map(|(id, found)| Finding {
            severity: Severity::Warning,
            check: CheckName::ChangedSince,
            subject: Subject::Plan,
            message: format!(
                "{} of {} records have changed since; first, {}: {found}",
                changed.len(),
                undo.len(),
                undo.step(id).record
            ),
            advice: "they will be left as they are; change them by hand where that is not wanted".to_owned(),
        })
        .collect();
    let sync = run.lease.sync();
    if let Some(kept) = kept {
        run.store.note_given(sync, kept).await?;
    }
    let kinds = kinds::to_json(&run.schema);
    let new = NewPlan { plan: undo, findings: &findings, withheld: &[], kinds: &kinds, undoes: Some(undone.id) };
    let id = run.store.save_plan(sync, &new).await?;
    run.done(metering);
    let mut report = SyncReport::new(sync, &undone.job, id, true);
    report.target = SideReport::of(&now, &present);
    report.count_steps(undo);
    report.findings = findings.iter().map(Into::into).collect();
    report.status = SyncStatus::Completed;
    Ok(report)
}
