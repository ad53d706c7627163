use super::{CheckName, CheckOptions, Finding, Limits, Severity, Subject};
use crate::diff::Diff;
use crate::kind::KindName;
use crate::plan::{Plan, Step, StepAction};
use crate::record::Identity;

/// How much of each kind is deleted or updated, and whether protected records are touched.
pub(super) fn check(plan: &Plan, diff: &Diff<'_>, options: &CheckOptions, findings: &mut Vec<Finding>) {
    for (_, kind) in diff.target().schema().kinds() {
        let name = kind.name();
        let present = diff.target().count(name.as_str()) as u64;
        let count = |action: StepAction| {
            plan.steps().iter().filter(|step| step.record.kind == *name && step.action() == action).count() as u64
        };
        let (deletes, updates) = (count(StepAction::Delete), count(StepAction::Update));
        let limits = options.limits(name);
        deleted(name, deletes, present, limits, findings);
        updated(name, updates, present, limits, findings);
        if deletes > 0 && diff.source().count(name.as_str()) == 0 {
            findings.push(Finding {
                severity: Severity::Error,
                check: CheckName::EmptySource,
                subject: Subject::Kind(name.clone()),
                message: format!("the source has no {name} at all, so {deletes} of {present} would be deleted"),
                advice: format!(
                    "see whether the source could be read as a whole; if {name} records are really gone, approve with a \
                     reason"
                ),
            });
        }
    }
    for step in plan.steps() {
        let touched = matches!(step.action(), StepAction::Update | StepAction::Delete);
        if touched && options.protected.contains(&step.record) {
            findings.push(protected(step));
        }
    }
}

fn deleted(kind: &KindName, deletes: u64, present: u64, limits: Limits, findings: &mut Vec<Finding>) {
    let advice = || {
        format!(
            "compare the source with what it held before; if the deletes are right, approve with a reason or raise the \
             limit for {kind}"
        )
    };
    if deletes > limits.min_records && exceeds(deletes, present, limits.delete_share) {
        let message = format!(
            "{deletes} of {present} {kind} records would be deleted ({}); the limit is {}",
            percent(deletes, present),
            share(limits.delete_share)
        );
        findings.push(finding(Severity::Error, CheckName::DeleteShare, kind, message, advice()));
    }
    if deletes > limits.delete_count {
        let message =
            format!("{deletes} {kind} records would be deleted; the limit is {}", limits.delete_count);
        findings.push(finding(Severity::Error, CheckName::DeleteCount, kind, message, advice()));
    }
}

fn updated(kind: &KindName, updates: u64, present: u64, limits: Limits, findings: &mut Vec<Finding>) {
    let advice = || {
        format!("look at some of the changes of {kind} in the plan: a change of format in the source looks like this")
    };
    if updates > limits.min_records && exceeds(updates, present, limits.change_share) {
        let message = format!(
            "{updates} of {present} {kind} records would be updated ({}); the limit is {}",
            percent(updates, present),
            share(limits.change_share)
        );
        findings.push(finding(Severity::Warning, CheckName::ChangeShare, kind, message, advice()));
    }
    if updates > limits.change_count {
        let message =
            format!("{updates} {kind} records would be updated; the limit is {}", limits.change_count);
        findings.push(finding(Severity::Warning, CheckName::ChangeCount, kind, message, advice()));
    }
}

fn protected(step: &Step) -> Finding {
    let Identity { kind, key } = &step.record;
    Finding {
        severity: Severity::Error,
        check: CheckName::ProtectedRecord,
        subject: Subject::Record(step.record.clone()),
        message: format!("{kind} {key} is protected, and the plan would {} it", step.action()),
        advice: "take it out of the source's changes, or approve with a reason".to_owned(),
    }
}

fn finding(severity: Severity, check: CheckName, kind: &KindName, message: String, advice: String) -> Finding {
    Finding { severity, check, subject: Subject::Kind(kind.clone()), message, advice }
}

fn exceeds(part: u64, whole: u64, limit: f64) -> bool {
    whole > 0 && part as f64 > limit * whole as f64
}

fn percent(part: u64, whole: u64) -> String {
    share(part as f64 / whole.max(1) as f64)
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
