use std::collections::{BTreeMap, HashSet};

use super::limits::exceeds;
use super::{CheckName, CheckOptions, Finding, Limits, Severity, Subject};
use crate::diff::{Diff, Side};
use crate::kind::KindName;
use crate::plan::{Change, Plan, Step, StepId};
use crate::record::Identity;
use crate::snapshot::{RowId, Snapshot, WithChildren};

/// How many records of a kind there are for a share to be of.
#[derive(Clone, Copy)]
pub(super) enum Present<'a> {
    /// Those of the scope of the diff that the plan was made from.
    InScope(&'a Diff<'a>),
    /// As many as somebody counted.
    Counted(&'a BTreeMap<KindName, u64>),
}

impl Present<'_> {
    fn of(self, kind: &KindName, target: &Snapshot) -> u64 {
        match self {
            Self::InScope(diff) => diff.in_scope(Side::Target, kind) as u64,
            Self::Counted(counts) => counts.get(kind).copied().unwrap_or(target.count(kind.as_str()) as u64),
        }
    }

    fn has_empty_source(self, kind: &KindName) -> bool {
        match self {
            Self::InScope(diff) => diff.in_scope(Side::Source, kind) == 0,
            Self::Counted(_) => false,
        }
    }
}

/// How much of each kind is deleted or updated, and whether protected records are touched. What a target removes by
/// itself together with a record counts as deleted.
pub(super) fn check(
    plan: &Plan,
    target: &Snapshot,
    present: Present<'_>,
    options: &CheckOptions,
    findings: &mut Vec<Finding>,
) {
    let mut touched = Touched {
        deletes: vec![0; target.schema().len()],
        updates: vec![0; target.schema().len()],
        protected: options.protected.iter().filter_map(|record| target.row_of(record).ok()).collect(),
        findings: Vec::new(),
    };
    plan.steps().iter().for_each(|step| touched.step(plan, target, step));
    for (id, kind) in target.schema().kinds() {
        let name = kind.name();
        let (deletes, updates) = (touched.deletes[id.index()], touched.updates[id.index()]);
        let limits = options.limits(name);
        let empty_source = present.has_empty_source(name);
        let present = present.of(name, target);
        deleted(name, deletes, present, limits, findings);
        updated(name, updates, present, limits, findings);
        if deletes > 0 && empty_source {
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
    findings.extend(touched.findings);
}

/// The records below one, at all levels: what a target removes by itself together with it.
pub(super) fn all_below(target: &Snapshot, row: RowId) -> impl Iterator<Item = RowId> {
    let below = |row: RowId| target.record(row).children().map(|child| child.row());
    let mut pending: Vec<RowId> = below(row).collect();
    std::iter::from_fn(move || {
        let next = pending.pop()?;
        pending.extend(below(next));
        Some(next)
    })
}

/// What a plan does to records that the target has.
struct Touched {
    /// By kind of the target.
    deletes: Vec<u64>,
    updates: Vec<u64>,
    protected: HashSet<RowId>,
    findings: Vec<Finding>,
}

impl Touched {
    fn step(&mut self, plan: &Plan, target: &Snapshot, step: &Step) {
        let Some(kind) = target.schema().id(step.record.kind.as_str()) else { return };
        // The second step of a create, or the first of a delete, is no change of its own.
        let same = |on: &&StepId| plan.step(**on).record == step.record;
        let other_steps = step.depends_on.iter().filter(same).count() as u64;
        match &step.change {
            Change::Create { .. } => {}
            Change::Update { .. } if other_steps > 0 => {}
            Change::Update { .. } => {
                self.updates[kind.index()] += 1;
                self.protect(target.row_of(&step.record).ok(), step);
            }
            Change::Delete { children, .. } => {
                let updates = &mut self.updates[kind.index()];
                *updates = updates.saturating_sub(other_steps);
                self.deletes[kind.index()] += 1;
                let row = target.row_of(&step.record).ok();
                self.protect(row, step);
                let row = row.filter(|_| *children == WithChildren::Remove);
                for below in row.into_iter().flat_map(|row| all_below(target, row)) {
                    self.deletes[target.kind_id(below.0).index()] += 1;
                    self.protect(Some(below), step);
                }
            }
        }
    }

    fn protect(&mut self, row: Option<RowId>, step: &Step) {
        if !self.protected.is_empty() && row.is_some_and(|row| self.protected.remove(&row)) {
            self.findings.push(protected(step));
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
    if limits.forbid_delete_share(deletes, present) {
        let message = format!(
            "{deletes} of {present} {kind} records would be deleted ({}); the limit is {}",
            percent(deletes, present),
            share(limits.delete_share)
        );
        findings.push(finding(Severity::Error, CheckName::DeleteShare, kind, message, advice()));
    }
    if deletes > limits.delete_count {
        let message = format!("{deletes} {kind} records would be deleted; the limit is {}", limits.delete_count);
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
        let message = format!("{updates} {kind} records would be updated; the limit is {}", limits.change_count);
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

fn percent(part: u64, whole: u64) -> String {
    share(part as f64 / whole.max(1) as f64)
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
