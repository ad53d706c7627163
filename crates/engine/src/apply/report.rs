use indexmap::IndexMap;
use serde::Serialize;

use super::Outcome;
use crate::kind::KindName;
use crate::plan::{Plan, StepAction, StepId};

/// What a run did, counted from its outcomes and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[must_use]
pub struct Report {
    pub kinds: IndexMap<KindName, KindReport>,
    /// Steps that did not succeed, in plan order, with the reason.
    #[serde(skip)]
    pub trouble: Vec<(StepId, String)>,
    /// Steps without an outcome: the run was interrupted.
    pub open: u64,
}

/// Outcomes of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct KindReport {
    pub created: u64,
    pub updated: u64,
    pub deleted: u64,
    pub skipped: u64,
    pub failed: u64,
    pub stale: u64,
    pub blocked: u64,
    pub not_chosen: u64,
}

impl KindReport {
    pub fn applied(&self) -> u64 {
        self.created + self.updated + self.deleted
    }

    /// Counts one more outcome, of a step of this action.
    pub fn count(&mut self, action: StepAction, outcome: &Outcome) {
        match (outcome, action) {
            (Outcome::Applied { .. }, StepAction::Create) => self.created += 1,
            (Outcome::Applied { .. }, StepAction::Update) => self.updated += 1,
            (Outcome::Applied { .. }, StepAction::Delete) => self.deleted += 1,
            (Outcome::Skipped { .. }, _) => self.skipped += 1,
            (Outcome::Failed { .. }, _) => self.failed += 1,
            (Outcome::Stale { .. }, _) => self.stale += 1,
            (Outcome::Blocked { .. }, _) => self.blocked += 1,
            (Outcome::NotChosen, _) => self.not_chosen += 1,
        }
    }

    fn add(&mut self, other: KindReport) {
        let KindReport { created, updated, deleted, skipped, failed, stale, blocked, not_chosen } = other;
        self.created += created;
        self.updated += updated;
        self.deleted += deleted;
        self.skipped += skipped;
        self.failed += failed;
        self.stale += stale;
        self.blocked += blocked;
        self.not_chosen += not_chosen;
    }
}

impl Report {
    pub fn of<'o>(plan: &Plan, outcomes: impl IntoIterator<Item = (StepId, Option<&'o Outcome>)>) -> Self {
        let mut report = Report::default();
        for (id, outcome) in outcomes {
            let step = plan.step(id);
            let Some(outcome) = outcome else {
                report.open += 1;
                continue;
            };
            let kind = report.kinds.entry(step.record.kind.clone()).or_default();
            kind.count(step.action(), outcome);
            if matches!(outcome, Outcome::NotChosen) {
                continue;
            }
            if !outcome.is_applied() {
                let message = outcome.message().unwrap_or_default();
                let text = format!("{} {}: {}: {message}", step.action(), step.record, outcome.as_str());
                report.trouble.push((id, text));
            }
        }
        report
    }

    /// All kinds together.
    pub fn total(&self) -> KindReport {
        let mut total = KindReport::default();
        self.kinds.values().for_each(|kind| total.add(*kind));
        total
    }

    /// Whether every step was applied that was to be.
    pub fn is_clean(&self) -> bool {
        self.trouble.is_empty() && self.open == 0
    }
}
