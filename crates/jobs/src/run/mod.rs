//! A run: load, diff, plan, check, store, apply, verify; each phase timed, each told to whoever watches.

mod apply;
mod kinds;
mod progress;
mod report;
mod stale;
mod verify;

use std::sync::Arc;
use std::time::Instant;

use trueup_connectors::{LoadReport, Source};
use trueup_engine::check::{CheckName, Finding, Severity, Subject, check, passes};
use trueup_engine::plan::Plan;
use trueup_engine::{Kind, Schema, Snapshot, diff, plan};
use trueup_inventory::{ChangeContext, Inventory, Registry};

pub use progress::{Event, Phase, Watch};
pub use report::{KindCounts, SideReport, SyncCounts, SyncReport};

use apply::{Applied, Execution, broken_off};

use crate::store::{Durations, NewSync, PlanId, PlanStatus, Store, SyncId, SyncStatus, not_open};
use crate::{DataSource, InventoryAdapter, JobError};

/// How far a run goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunMode {
    /// Up to the stored plan; the inventory is not touched.
    DryRun,
    /// To the end, unless checks are against it.
    Apply,
    /// To the end whatever the checks say; the reason is kept with the plan.
    ApplyApproved(String),
}

/// Runs jobs against one inventory.
#[derive(Debug, Clone)]
pub struct Runner {
    inventory: Inventory,
    store: Store,
    user: String,
}

impl Runner {
    /// Opens the database, which is created when missing. `user` is who the change log says did it.
    ///
    /// # Errors
    /// The database cannot be opened; the message says why.
    pub async fn open(database: &str, user: &str) -> Result<Self, JobError> {
        Self::new(Inventory::open(database).await?, user).await
    }

    /// On an inventory that is open already.
    ///
    /// # Errors
    /// The history cannot be kept in its database.
    pub async fn new(inventory: Inventory, user: &str) -> Result<Self, JobError> {
        let store = Store::open(&inventory).await?;
        Ok(Self { inventory, store, user: user.to_owned() })
    }

    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes a job through its phases. Refusal by checks and steps that fail are part of the report, not errors.
    ///
    /// # Errors
    /// The job cannot be run at all, and then there is no sync of it; or a phase could not be carried through, and then
    /// the sync is in the history as failed, with the cause.
    pub async fn run(&self, job: &dyn DataSource, mode: &RunMode, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let schema = Arc::new(job.schema(self.inventory.registry())?);
        let meta = job.meta();
        check_kinds(&meta.name, &schema, self.inventory.registry())?;
        let source = job.load_source_adapter(&schema)?;
        let place = |source: &dyn Source| format!("{} {}", source.describe().connector, source.describe().place);
        let context = ChangeContext::job(&self.user, &meta.name);
        let target = InventoryAdapter::new(self.inventory.clone(), Arc::clone(&schema), context);
        let dry_run = *mode == RunMode::DryRun;
        let new = NewSync { job: meta.name, source: place(&*source), target: place(&target), dry_run, plan: None };
        let sync = self.store.begin_sync(&new).await?;
        let mut run = Run { runner: self, sync, schema, watch, durations: Durations::default(), outcomes: None };
        let ended = run.phases(job, &new.job, &*source, &target, mode).await;
        run.end(ended).await
    }

    /// Applies a stored plan. What changed in the inventory since it was made is found first: such steps are stale and
    /// are not tried.
    ///
    /// # Errors
    /// There is no such plan, it was applied already, checks are against it and nobody approves, or the inventory failed.
    pub async fn apply(&self, id: PlanId, approval: Option<&str>, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let row = self.store.plan_row(id).await?;
        let refuse = |reason: String| Err(JobError::NotApplicable { plan: id.0, reason });
        if row.status != PlanStatus::Open.as_str() {
            return Err(not_open(id, &row.status));
        }
        let approval = approval.filter(|reason| !reason.trim().is_empty());
        let against = row.findings.iter().filter(|finding| finding.severity == Severity::Error.to_string()).count();
        if against > 0 && approval.is_none() {
            return refuse(format!(
                "{against} checks are against it; look at `trueup plan show {id}`, then approve it with a reason"
            ));
        }
        let plan = self.store.plan(&row).await?;
        let schema = Arc::new(kinds::from_json(&row.kinds)?);
        let context = ChangeContext::job(&self.user, &row.job);
        let target = InventoryAdapter::new(self.inventory.clone(), Arc::clone(&schema), context);
        let new = NewSync {
            job: row.job.clone(),
            source: format!("plan {id}"),
            target: format!("inventory {}", self.inventory.place()),
            dry_run: false,
            plan: Some(id),
        };
        let sync = self.store.begin_sync(&new).await?;
        let mut run = Run { runner: self, sync, schema, watch, durations: Durations::default(), outcomes: None };
        let ended = run.apply_stored(&row.job, id, &plan, &target, approval).await;
        run.end(ended).await
    }
}

/// One run under way.
struct Run<'r> {
    runner: &'r Runner,
    sync: SyncId,
    schema: Arc<Schema>,
    watch: &'r Watch<'r>,
    durations: Durations,
    /// Of the steps so far, for an apply that was broken off.
    outcomes: Option<SyncCounts>,
}

impl Run<'_> {
    async fn phases(
        &mut self,
        job: &dyn DataSource,
        name: &str,
        source_adapter: &dyn Source,
        target_adapter: &InventoryAdapter,
        mode: &RunMode,
    ) -> Result<SyncReport, JobError> {
        let settings = job.settings();
        let store = &self.runner.store;
        let (source, loaded) = self.load(Phase::LoadSource, "source", source_adapter).await?;
        store.note_rejected(self.sync, "source", &loaded.rejected).await?;
        let (target, present) = self.load(Phase::LoadTarget, "inventory", target_adapter).await?;
        store.note_rejected(self.sync, "target", &present.rejected).await?;

        let start = self.begin(Phase::Diff);
        let diff = diff(&source, &target, &settings.diff, &mut |_| {});
        self.durations.diff = self.done(Phase::Diff, start);
        store.note_diff(self.sync, diff.summary(), (source.len(), target.len())).await?;

        let start = self.begin(Phase::Plan);
        let plan = plan(&diff, &settings.policy);
        let mut findings = check(&plan, &diff, &settings.checks);
        findings.extend(not_read(&loaded, &present));
        findings.sort_by_key(|finding| finding.severity);
        let withheld = report::withheld(&plan, &source, &loaded);
        let kinds = kinds::to_json(&self.schema);
        let id = store.save_plan(self.sync, &plan, &findings, &withheld, &kinds).await?;
        self.durations.plan = self.done(Phase::Plan, start);

        let mut report = SyncReport::new(self.sync, name, id, *mode == RunMode::DryRun);
        report.describe(&plan, &diff, &findings, &loaded, &present);
        report.withheld = withheld;
        let approval = match mode {
            RunMode::DryRun => {
                report.status = SyncStatus::Planned;
                return Ok(report);
            }
            RunMode::Apply => None,
            RunMode::ApplyApproved(reason) => Some(reason.as_str()).filter(|reason| !reason.trim().is_empty()),
        };
        if approval.is_none() && !passes(&findings) {
            report.status = SyncStatus::Refused;
            return Ok(report);
        }
        self.apply_plan(id, &plan, target_adapter, approval, None, &mut report).await?;
        Ok(report)
    }

    async fn apply_stored(
        &mut self,
        job: &str,
        id: PlanId,
        plan: &Plan,
        target: &InventoryAdapter,
        approval: Option<&str>,
    ) -> Result<SyncReport, JobError> {
        let (now, present) = self.load(Phase::LoadTarget, "inventory", target).await?;
        let mut report = SyncReport::new(self.sync, job, id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(plan);
        self.apply_plan(id, plan, target, approval, Some(&now), &mut report).await?;
        Ok(report)
    }

    /// `now` is the target as it is, when that may differ from what the plan was made from.
    async fn apply_plan(
        &mut self,
        id: PlanId,
        plan: &Plan,
        target: &InventoryAdapter,
        approval: Option<&str>,
        now: Option<&Snapshot>,
        report: &mut SyncReport,
    ) -> Result<(), JobError> {
        let store = &self.runner.store;
        store.start_plan(id, approval).await?;
        let start = self.begin(Phase::Apply);
        let stale = now.map(|now| stale::find(plan, now)).unwrap_or_default();
        let execution = Execution { store, sync: self.sync, id, plan, target, stale, watch: self.watch };
        let Applied { report: done, applied, fault } = execution.apply().await;
        self.durations.apply = self.done(Phase::Apply, start);
        self.outcomes = Some(SyncCounts::of(&done));
        if let Some(fault) = fault {
            return Err(fault);
        }
        let unmarked = |error| broken_off(self.sync, "the history", "noting what was done", error);
        store.finish_plan(id).await.map_err(unmarked)?;

        let unverified = if plan.is_empty() {
            Vec::new()
        } else {
            let start = self.begin(Phase::Verify);
            let mut after = Snapshot::new("inventory", Arc::clone(&self.schema));
            let loaded = target.load(&mut after, &()).await;
            let loaded = loaded.map_err(|source| JobError::Apply { sync: self.sync.0, source: Box::new(source) })?;
            let unverified = verify::unverified(plan, &applied, &after);
            report.target.queries += loaded.queries;
            self.durations.verify = self.done(Phase::Verify, start);
            unverified
        };
        report.applied(&done, unverified, self.durations.apply);
        Ok(())
    }

    async fn load(
        &mut self,
        phase: Phase,
        name: &str,
        adapter: &dyn Source,
    ) -> Result<(Snapshot, LoadReport), JobError> {
        let start = self.begin(phase);
        let mut snapshot = Snapshot::new(name, Arc::clone(&self.schema));
        let watch = self.watch;
        let progress = move |records, share| watch(Event::Loading { phase, records, share });
        let loaded = adapter.load(&mut snapshot, &progress).await;
        let seconds = self.done(phase, start);
        match phase {
            Phase::LoadSource => self.durations.source_load = seconds,
            _ => self.durations.target_load = seconds,
        }
        let fault = if phase == Phase::LoadSource { JobError::Load } else { JobError::LoadTarget };
        Ok((snapshot, loaded.map_err(|error| fault(Box::new(error)))?))
    }

    fn begin(&self, phase: Phase) -> Instant {
        (self.watch)(Event::Began(phase));
        Instant::now()
    }

    fn done(&self, phase: Phase, start: Instant) -> f64 {
        let seconds = Durations::seconds(start.elapsed());
        (self.watch)(Event::Ended(phase, seconds));
        seconds
    }

    /// Stores how the run ended.
    async fn end(self, ended: Result<SyncReport, JobError>) -> Result<SyncReport, JobError> {
        let store = &self.runner.store;
        match ended {
            Ok(mut report) => {
                report.durations = self.durations;
                let outcomes = report.outcomes.as_ref();
                store.end_sync(self.sync, report.status, self.durations, outcomes, None).await?;
                Ok(report)
            }
            Err(error) => {
                let message = chain(&error);
                // The first error is the one to tell; that it could not be stored as well follows from it.
                let (failed, outcomes) = (SyncStatus::Failed, self.outcomes.as_ref());
                let _stored = store.end_sync(self.sync, failed, self.durations, outcomes, Some(&message)).await;
                Err(error)
            }
        }
    }
}

/// A kind that the inventory does not have could only be planned, never compared or written.
fn check_kinds(job: &str, schema: &Schema, registry: &Registry) -> Result<(), JobError> {
    let problem = |kind: &Kind| match kind.content_type() {
        None => {
            Some(format!("kinds.{}: it has no content type, so the inventory cannot hold its records", kind.name()))
        }
        Some(name) => registry.content_type(name).err().map(|error| format!("kinds.{}: {error}", kind.name())),
    };
    let problems: Vec<String> = schema.kinds().filter_map(|(_, kind)| problem(kind)).collect();
    if problems.is_empty() { Ok(()) } else { Err(JobError::Invalid { job: job.to_owned(), problems }) }
}

/// An error and its causes, as one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Findings about records that a side has and that could not become records of the run.
fn not_read(source: &LoadReport, target: &LoadReport) -> Vec<Finding> {
    let finding = |report: &LoadReport, check, what: &str, advice: &str| {
        report.rejected.first().map(|first| Finding {
            severity: Severity::Warning,
            check,
            subject: Subject::Plan,
            message: format!("{} {what}; first, {first}", report.rejected.len()),
            advice: advice.to_owned(),
        })
    };
    let unread = finding(
        source,
        CheckName::RejectedRecord,
        "records of the source could not be read and are left as they are",
        "correct them in the source; `trueup show` lists them all",
    );
    let twice = finding(
        target,
        CheckName::DuplicateKey,
        "records of the inventory could not be told apart by the identifiers of this job",
        "add the identifier that tells them apart to the job's kind",
    );
    unread.into_iter().chain(twice).collect()
}
