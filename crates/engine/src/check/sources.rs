use std::collections::BTreeMap;

use super::{CheckName, CheckOptions, Finding, Severity, Subject};
use crate::diff::{Action, Diff};
use crate::kind::KindName;
use crate::plan::{Plan, StepAction, Withheld, WithheldReason};
use crate::snapshot::RecordRef;
use crate::value::Value;

/// Whether both sides can be trusted, and what the plan leaves out because they cannot.
pub(super) fn check(plan: &Plan, diff: &Diff<'_>, options: &CheckOptions, findings: &mut Vec<Finding>) {
    findings.extend(plan.problems().iter().map(|problem| Finding {
        severity: Severity::Warning,
        check: CheckName::NotCompared,
        subject: Subject::Plan,
        message: problem.to_string(),
        advice: "until then, differences there are not seen".to_owned(),
    }));
    unknown_kinds(plan, diff, findings);
    blank_identifiers(diff, findings);
    withheld(plan, options, findings);
}

fn unknown_kinds(plan: &Plan, diff: &Diff<'_>, findings: &mut Vec<Finding>) {
    let mut unknown: BTreeMap<&KindName, usize> = BTreeMap::new();
    for step in plan.steps() {
        if diff.target().schema().id(step.record.kind.as_str()).is_none() {
            *unknown.entry(&step.record.kind).or_default() += 1;
        }
    }
    findings.extend(unknown.into_iter().map(|(kind, steps)| Finding {
        severity: Severity::Error,
        check: CheckName::UnknownKind,
        subject: Subject::Kind(kind.clone()),
        message: format!("the target does not know kind `{kind}`, so {steps} steps could not be carried out"),
        advice: format!("declare `{kind}` on the target's side, or leave it out of the source's kinds"),
    }));
}

fn blank_identifiers(diff: &Diff<'_>, findings: &mut Vec<Finding>) {
    let mut blank: BTreeMap<&KindName, (usize, RecordRef<'_>)> = BTreeMap::new();
    // What both sides agree about would stop every run and change nothing.
    for element in diff.elements().filter(|element| element.action() != Action::NoChange) {
        let Some(record) = element.source() else { continue };
        let key = record.key();
        let empty_text = |value: &Value| !value.is_null() && value.is_blank();
        if key.values().iter().all(Value::is_blank) || key.values().iter().any(empty_text) {
            blank.entry(element.kind()).or_insert((0, record)).0 += 1;
        }
    }
    findings.extend(blank.into_iter().map(|(kind, (count, example))| Finding {
        severity: Severity::Error,
        check: CheckName::BlankIdentifier,
        subject: Subject::Kind(kind.clone()),
        message: format!(
            "{count} changed {kind} records of the source have blank identifiers; the first has the attributes {}",
            Value::Map(example.attributes().into_iter().collect())
        ),
        advice: "give them identifiers in the source, or leave them out of the job".to_owned(),
    }));
}

/// One finding for each kind, action and sort of reason, with the first record as an example.
fn withheld(plan: &Plan, options: &CheckOptions, findings: &mut Vec<Finding>) {
    let mut groups: BTreeMap<(KindName, StepAction, Sort), Vec<&Withheld>> = BTreeMap::new();
    for withheld in plan.withheld() {
        let key = (withheld.record.kind.clone(), withheld.action, Sort::of(&withheld.reason));
        groups.entry(key).or_default().push(withheld);
    }
    for ((kind, action, sort), group) in groups {
        let first = group[0];
        let (severity, check, advice) = match sort {
            Sort::NotAllowed => (
                Severity::Info,
                CheckName::Withheld,
                "nothing, if the job is meant to leave them alone; else allow it with this kind",
            ),
            Sort::Incomplete => (
                Severity::Warning,
                CheckName::IncompleteSource,
                "make the source readable to its end; until then nothing of this kind is deleted",
            ),
            Sort::Unreadable => (
                Severity::Warning,
                CheckName::IncompleteSource,
                "correct the record in the source; until then it stays as it is, and so does what hangs below it",
            ),
            Sort::UnreadableInTarget => (
                Severity::Warning,
                CheckName::DuplicateKey,
                "correct the record in the target, or tell it apart from others; until then it is left alone",
            ),
            Sort::Dangling => (
                options.dangling_reference,
                CheckName::DanglingReference,
                "add the missing record to the source, or correct the reference",
            ),
            Sort::Kept => (
                Severity::Warning,
                CheckName::Withheld,
                "see why what needs it stays: a flag, what the job may not do, or a record that could not be read",
            ),
        };
        findings.push(Finding {
            severity,
            check,
            subject: Subject::Kind(kind.clone()),
            message: format!(
                "{} {action} of {kind} left out; first, {}: {}",
                group.len(),
                first.record.key,
                first.reason
            ),
            advice: advice.to_owned(),
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    NotAllowed,
    Incomplete,
    Unreadable,
    UnreadableInTarget,
    Dangling,
    Kept,
}

impl Sort {
    fn of(reason: &WithheldReason) -> Self {
        match reason {
            WithheldReason::NotAllowed => Sort::NotAllowed,
            WithheldReason::IncompleteSource(_) => Sort::Incomplete,
            WithheldReason::Unreadable => Sort::Unreadable,
            WithheldReason::UnreadableInTarget => Sort::UnreadableInTarget,
            WithheldReason::MissingReference(_) => Sort::Dangling,
            WithheldReason::KeepsChild(_) | WithheldReason::KeepsReferrer(_) | WithheldReason::NeedsWithheld(_) => {
                Sort::Kept
            }
        }
    }
}
