//! Which checks are against a part of a plan. What a check found of steps that are not chosen does not count.

use std::collections::HashMap;

use trueup_engine::check::{CheckName, Limits, Severity};
use trueup_engine::plan::{Change, Plan, Selection, Step, StepAction};
use trueup_engine::snapshot::WithChildren;

use super::Checks;
use crate::store::StoredFinding;

/// How many of a plan's findings are against carrying out these steps of it.
pub(super) fn against(findings: &[StoredFinding], plan: &Plan, selection: &Selection, checks: &Checks) -> usize {
    let chosen = Chosen::of(plan, selection);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.filter(|finding| chosen.is_concerned(finding, checks)).count()
}

/// What the chosen steps do.
struct Chosen<'p> {
    steps: Vec<&'p Step>,
    deletes: HashMap<&'p str, u64>,
    /// Whether one of them lets the target remove what is below its record; of which kinds these are is not known here.
    removes_more: bool,
}

impl<'p> Chosen<'p> {
    fn of(plan: &'p Plan, selection: &Selection) -> Self {
        let steps: Vec<&Step> = selection.steps().map(|id| plan.step(id)).collect();
        let mut deletes: HashMap<&str, u64> = HashMap::new();
        let mut removes_more = false;
        for step in &steps {
            if let Change::Delete { children, .. } = &step.change {
                *deletes.entry(step.record.kind.as_str()).or_default() += 1;
                removes_more |= *children == WithChildren::Remove;
            }
        }
        Self { steps, deletes, removes_more }
    }

    fn is_concerned(&self, finding: &StoredFinding, checks: &Checks) -> bool {
        let subject = finding.subject.as_str();
        let of_kind = |step: &&Step| step.record.kind.as_str() == subject;
        match finding.check {
            CheckName::DeleteShare => self.deletes_too_many(subject, checks, |limits, deletes, present| {
                limits.forbid_delete_share(deletes, present)
            }),
            CheckName::DeleteCount => {
                self.deletes_too_many(subject, checks, |limits, deletes, _| deletes > limits.delete_count)
            }
            CheckName::EmptySource => self.removes_more || self.deletes.contains_key(subject),
            CheckName::Cascade => !self.deletes.is_empty(),
            CheckName::ProtectedRecord => {
                self.removes_more || self.steps.iter().any(|step| step.record.to_string() == subject)
            }
            CheckName::BlankIdentifier => {
                self.steps.iter().filter(|step| step.action() != StepAction::Delete).any(of_kind)
            }
            CheckName::UnknownKind | CheckName::DanglingReference => self.steps.iter().any(of_kind),
            CheckName::ChangeShare
            | CheckName::ChangeCount
            | CheckName::IncompleteSource
            | CheckName::DuplicateKey
            | CheckName::NotCompared
            | CheckName::Withheld
            | CheckName::RejectedRecord
            | CheckName::ChangedSince
            | CheckName::NotRestored
            | CheckName::RefusedDelete => true,
        }
    }

    /// Counted again: a few deletes of many may be fewer than the limit.
    fn deletes_too_many(&self, kind: &str, checks: &Checks, forbids: fn(&Limits, u64, u64) -> bool) -> bool {
        let Some(deletes) = self.deletes.get(kind) else { return self.removes_more };
        let kind = kind.into();
        let limits = checks.options.limits(&kind);
        match checks.present.get(&kind) {
            Some(present) if !self.removes_more => forbids(&limits, *deletes, *present),
            _ => true,
        }
    }
}
