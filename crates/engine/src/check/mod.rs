//! Checks: what a person should know about a plan before it is applied.
//!
//! A [`Finding`] has a severity, a subject, what was found and what to do. An error stops the run until a person
//! approves the plan with a reason. Checks look at the plan and at the diff that it was made from; they change nothing.

mod deletes;
mod finding;
mod forecast;
mod limits;
mod sources;

pub use finding::{CheckName, Finding, Severity, Subject};
pub use forecast::{Affected, Forecast, RefusedDeletes};
pub use limits::{CheckOptions, Limits};

use std::collections::BTreeMap;

use crate::diff::Diff;
use crate::kind::KindName;
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// All findings, errors first; within a severity in the order of the kinds.
pub fn check(plan: &Plan, diff: &Diff<'_>, options: &CheckOptions) -> Vec<Finding> {
    let mut findings = Vec::new();
    sources::check(plan, diff, options, &mut findings);
    deletes::check(plan, diff.target(), deletes::Present::InScope(diff), options, &mut findings);
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// The findings on a plan that was not made from a diff, such as one that takes another back: how much it changes of what
/// is `present`, and what is protected in the `target`. Of a kind that nobody counted all records of the target count.
pub fn check_alone(
    plan: &Plan,
    target: &Snapshot,
    present: &BTreeMap<KindName, u64>,
    options: &CheckOptions,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    deletes::check(plan, target, deletes::Present::Counted(present), options, &mut findings);
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// Whether a plan with these findings may be applied without a person's approval.
pub fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}
