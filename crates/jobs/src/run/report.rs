use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use trueup_connectors::{LoadReport, Rejected};
use trueup_engine::apply::{KindReport, Report};
use trueup_engine::check::Finding;
use trueup_engine::diff::{Action, Summary};
use trueup_engine::plan::{Plan, Selection, StepAction, Withheld, WithheldReason};
use trueup_engine::{Diff, KindName, Snapshot};

use crate::store::{Costs, Durations, PlanId, StoredFinding, SyncId, SyncStatus, WithheldRow};

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
#[must_use]
pub struct SyncReport {
    pub job: String,
    pub sync: SyncId,
    pub plan: PlanId,
    pub dry_run: bool,
    pub status: SyncStatus,
    pub source: SideReport,
    pub target: SideReport,
    /// The whole diff.
    pub summary: Summary,
    /// The diff by kind, without kinds in which nothing differs.
    pub kinds: IndexMap<String, KindCounts>,
    /// Steps of the plan, or of the part of it that was chosen.
    pub steps: u64,
    /// Steps that nobody chose, and that chosen ones depend on.
    pub pulled_in: Vec<String>,
    /// Changes that the diff shows and the plan does not make.
    pub withheld: Vec<WithheldRow>,
    pub findings: Vec<StoredFinding>,
    /// Outcomes; `None` when nothing was applied.
    pub outcomes: Option<SyncCounts>,
    /// Creates that succeeded, per second of the apply phase: validation, change log and journal included.
    pub creates_per_second: Option<f64>,
    /// Steps that did not succeed, with the reason.
    pub trouble: Vec<String>,
    /// Records that were written and are not as they should be.
    pub unverified: Vec<String>,
    pub durations: Durations,
    pub costs: Costs,
}

/// What was loaded of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SideReport {
    pub records: u64,
    pub files: u64,
    pub rows: u64,
    pub queries: u64,
    /// What could not be read, each with its place and cause.
    pub rejected: Vec<String>,
}

/// Differences of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct KindCounts {
    pub create: u64,
    pub update: u64,
    pub delete: u64,
}

/// Outcomes of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SyncCounts {
    pub created: u64,
    pub updated: u64,
    pub deleted: u64,
    pub skipped: u64,
    pub failed: u64,
    pub stale: u64,
    pub blocked: u64,
    /// Left out by whoever had the others applied.
    pub not_chosen: u64,
    pub unverified: u64,
}

/// Records of one kind that a job may not do something with, each of which has a row of its own; the others have one row
/// together, for a job that only matches leaves out the rest of the inventory in every run.
const NAMED: i64 = 20;

/// What a plan leaves out, with the place in the source where that is known.
pub(super) fn withheld(plan: &Plan, source: &Snapshot, loaded: &LoadReport) -> Vec<WithheldRow> {
    let mut rows = Vec::new();
    let mut not_allowed: IndexMap<(&KindName, StepAction), (i64, &Withheld)> = IndexMap::new();
    for withheld in plan.withheld() {
        if withheld.reason == WithheldReason::NotAllowed {
            let (count, _) = not_allowed.entry((&withheld.record.kind, withheld.action)).or_insert((0, withheld));
            *count += 1;
            if *count > NAMED {
                continue;
            }
        }
        let place = source.row_of(&withheld.record).ok().and_then(|row| loaded.origins.of(row));
        rows.push(WithheldRow {
            action: withheld.action.as_str().to_owned(),
            record: withheld.record.to_string(),
            place: place.map(|place| place.to_string()),
            reason: withheld.reason.to_string(),
            records: 1,
        });
    }
    let unnamed = not_allowed.into_iter().filter(|(_, (count, _))| *count > NAMED);
    rows.extend(unnamed.map(|((kind, action), (count, first))| WithheldRow {
        action: action.as_str().to_owned(),
        record: format!("{} more {kind} records", count - NAMED),
        place: None,
        reason: first.reason.to_string(),
        records: count - NAMED,
    }));
    rows
}

impl SyncCounts {
    /// Before anything is verified.
    pub(super) fn of(total: KindReport) -> Self {
        let KindReport { created, updated, deleted, skipped, failed, stale, blocked, not_chosen } = total;
        Self { created, updated, deleted, skipped, failed, stale, blocked, not_chosen, unverified: 0 }
    }

    pub fn applied(&self) -> u64 {
        self.created + self.updated + self.deleted
    }

    /// Steps that were to be applied and were not.
    pub fn not_applied(&self) -> u64 {
        self.skipped + self.failed + self.stale + self.blocked
    }
}

impl SideReport {
    pub(super) fn of(snapshot: &Snapshot, loaded: &LoadReport) -> Self {
        Self {
            records: snapshot.len() as u64,
            files: loaded.files,
            rows: loaded.rows,
            queries: loaded.queries,
            rejected: loaded.rejected.iter().map(Rejected::to_string).collect(),
        }
    }
}

impl SyncReport {
    pub(super) fn new(sync: SyncId, job: &str, plan: PlanId, dry_run: bool) -> Self {
        Self {
            job: job.to_owned(),
            sync,
            plan,
            dry_run,
            status: SyncStatus::Running,
            source: SideReport::default(),
            target: SideReport::default(),
            summary: Summary::default(),
            kinds: IndexMap::new(),
            steps: 0,
            pulled_in: Vec::new(),
            withheld: Vec::new(),
            findings: Vec::new(),
            outcomes: None,
            creates_per_second: None,
            trouble: Vec::new(),
            unverified: Vec::new(),
            durations: Durations::default(),
            costs: Costs::default(),
        }
    }

    pub(super) fn describe(
        &mut self,
        plan: &Plan,
        diff: &Diff<'_>,
        findings: &[Finding],
        source: &LoadReport,
        target: &LoadReport,
    ) {
        self.source = SideReport::of(diff.source(), source);
        self.target = SideReport::of(diff.target(), target);
        self.summary = diff.summary();
        for element in diff.elements() {
            if element.action() == Action::NoChange {
                continue;
            }
            let counts = self.kinds.entry(element.kind().to_string()).or_default();
            match element.action() {
                Action::NoChange => {}
                Action::Create => counts.create += 1,
                Action::Update => counts.update += 1,
                Action::Delete => counts.delete += 1,
            }
        }
        self.steps = plan.len() as u64;
        self.findings = findings.iter().map(StoredFinding::from).collect();
    }

    /// For a stored plan, whose diff is gone: the steps say what it changes.
    pub(super) fn count_steps(&mut self, plan: &Plan, selection: &Selection) {
        for step in selection.steps().map(|id| plan.step(id)) {
            let counts = self.kinds.entry(step.record.kind.to_string()).or_default();
            let (kind, all) = match step.action() {
                StepAction::Create => (&mut counts.create, &mut self.summary.create),
                StepAction::Update => (&mut counts.update, &mut self.summary.update),
                StepAction::Delete => (&mut counts.delete, &mut self.summary.delete),
            };
            *kind += 1;
            *all += 1;
        }
        self.steps = selection.len() as u64;
    }

    pub(super) fn applied(&mut self, report: &Report, unverified: Vec<String>, seconds: f64) {
        let counts = SyncCounts { unverified: unverified.len() as u64, ..SyncCounts::of(report.total()) };
        self.trouble = report.trouble.iter().map(|(_, text)| text.clone()).collect();
        self.unverified = unverified;
        self.outcomes = Some(counts);
        let created = counts.created;
        self.creates_per_second = (created > 0 && seconds > 0.0).then(|| (created as f64 / seconds).round());
        let clean = counts.not_applied() == 0 && counts.unverified == 0;
        self.status = if clean { SyncStatus::Completed } else { SyncStatus::CompletedWithFailures };
    }
}
