use std::sync::Arc;
use std::time::Instant;

use trueup_connectors::{LoadReport, Source, Target};
use trueup_engine::apply::Apply;
use trueup_engine::check::{CheckName, CheckOptions, Finding, Severity, Subject, check, passes};
use trueup_engine::diff::DiffFlags;
use trueup_engine::plan::{Plan, Selection};
use trueup_engine::{Identity, Schema, Snapshot, plan};

use super::apply::{Applied, Execution};
use super::heart::Heart;
use super::{
    Checks, Event, Phase, RunMode, SideReport, SyncCounts, SyncReport, Watch, kinds, report, resume, said, stale,
    verify,
};
use crate::job::JobLog;
use crate::store::{BatchNumber, Durations, Ending, GivenRow, Lease, NewApproval, NewPlan, PlanId, Store, SyncStatus};
use crate::{Job, JobContext, JobError, RunSettings};

/// A job, and what it says of this run of it.
pub(super) struct JobRun<'j> {
    pub(super) job: &'j dyn Job,
    pub(super) context: &'j JobContext,
    pub(super) settings: RunSettings,
}

/// What a run has when its plan is stored.
struct Planned {
    id: PlanId,
    plan: Plan,
    /// Whether no check is against it.
    passes: bool,
    report: SyncReport,
}

/// The steps of a plan that are to be carried out.
#[derive(Clone, Copy)]
pub(super) struct Part<'p> {
    pub(super) id: PlanId,
    pub(super) plan: &'p Plan,
    pub(super) selection: &'p Selection,
}

/// One run under way.
pub(super) struct Run<'r> {
    pub(super) store: &'r Store,
    pub(super) lease: Lease,
    pub(super) schema: Arc<Schema>,
    pub(super) heart: Heart,
    pub(super) watch: &'r Watch<'r>,
    pub(super) durations: Durations,
    /// Of the steps so far, for an apply that was broken off.
    outcomes: Option<SyncCounts>,
    /// The plan, once nothing of it is left to do, whatever comes after.
    finished: Option<PlanId>,
}

impl<'r> Run<'r> {
    pub(super) fn new(store: &'r Store, heart: Heart, schema: Arc<Schema>, watch: &'r Watch<'r>) -> Self {
        let lease = heart.lease().clone();
        Self { store, lease, schema, heart, watch, durations: Durations::default(), outcomes: None, finished: None }
    }

    /// The same, when an earlier attempt has taken its time already.
    pub(super) fn after(self, durations: Durations) -> Self {
        Self { durations, ..self }
    }

    pub(super) async fn phases(
        &mut self,
        job: &JobRun<'_>,
        given: &GivenRow,
        source: Arc<dyn Source>,
        target: Arc<dyn Target>,
        mode: &RunMode,
    ) -> Result<SyncReport, JobError> {
        self.store.note_given(self.lease.sync(), given).await?;
        let readable: Arc<dyn Source> = Arc::clone(&target) as Arc<dyn Source>;
        let Planned { id, plan, passes, mut report } = self.plan(job, source, readable).await?;
        let approval = match mode {
            RunMode::DryRun => {
                report.status = SyncStatus::Completed;
                return Ok(report);
            }
            RunMode::Apply => None,
            RunMode::ApplyApproved(reason) => Some(reason.as_str()).filter(|reason| !reason.trim().is_empty()),
        };
        if approval.is_none() && !passes {
            report.status = SyncStatus::WaitingForApproval;
            return Ok(report);
        }
        if let Some(reason) = approval {
            let approval = NewApproval { plan: id, reason: Some(reason.to_owned()), chosen: None };
            self.store.approve(&self.lease, &approval).await?;
        }
        let selection = Selection::all_of(&plan);
        self.store.start_plan(&self.lease, id, &selection).await?;
        let fresh = (Apply::new(&plan), BatchNumber::FIRST);
        let part = Part { id, plan: &plan, selection: &selection };
        self.apply_plan(part, &*target, None, fresh, &mut report).await?;
        Ok(report)
    }

    /// Up to the stored plan. The target is one that can only be read: whatever happens in here, nothing is written to it.
    async fn plan(
        &mut self,
        JobRun { job, context, settings }: &JobRun<'_>,
        source: Arc<dyn Source>,
        readable: Arc<dyn Source>,
    ) -> Result<Planned, JobError> {
        let (sync, store) = (self.lease.sync(), self.store);
        let ((source, loaded), (target, present)) =
            self.load_sides(source, Arc::clone(&readable), context.values().parallel_loading()).await?;

        let start = self.begin(Phase::Diff);
        let diff = job.calculate_diff(&source, &target, &settings.diff);
        self.durations.diff = self.done(Phase::Diff, start);
        store.note_diff(sync, diff.summary(), (source.len(), target.len())).await?;
        said::diff(&self.log(Phase::Diff), diff.summary());

        let start = self.begin(Phase::Plan);
        let plan = plan(&diff, &settings.policy);
        let mut findings = check(&plan, &diff, &settings.checks);
        findings.extend(self.foreseen(&plan, &target, &*readable, &settings.checks).await?);
        findings.extend(not_read(&loaded, &present));
        findings.sort_by_key(|finding| finding.severity);
        let withheld = report::withheld(&plan, &source, &loaded);
        let kinds = kinds::to_json(&self.schema);
        let checks = Checks::new(settings.checks.clone(), &target);
        let new = NewPlan {
            plan: &plan,
            findings: &findings,
            withheld: &withheld,
            kinds: &kinds,
            undoes: None,
            checks: &checks,
        };
        let id = store.save_plan(sync, &new).await?;
        if settings.diff.flags.contains(DiffFlags::LOG_UNCHANGED_RECORDS) {
            store.keep_unchanged(sync, &diff).await?;
        }
        said::plan(&self.log(Phase::Plan), id, &new);
        self.durations.plan = self.done(Phase::Plan, start);

        let mut report = SyncReport::new(sync, &context.job, id, context.is_dry_run());
        report.describe(&plan, &diff, &findings, &loaded, &present);
        report.withheld = withheld;
        Ok(Planned { id, passes: passes(&findings), plan, report })
    }

    /// What the target says that the deletes of a plan do besides. `present` are its records as far as the plan needs them.
    pub(super) async fn foreseen<S: Source + ?Sized>(
        &self,
        plan: &Plan,
        present: &Snapshot,
        target: &S,
        options: &CheckOptions,
    ) -> Result<Vec<Finding>, JobError> {
        let deletes = plan.deletes(present);
        if deletes.is_empty() {
            return Ok(Vec::new());
        }
        let forecast = self.heart.unless_stopped(target.forecast(&deletes)).await?;
        Ok(forecast.map_err(|source| JobError::LoadTarget(Box::new(source)))?.check(options))
    }

    pub(super) async fn apply_stored(
        &mut self,
        job: &str,
        part: Part<'_>,
        target: &dyn Target,
    ) -> Result<SyncReport, JobError> {
        let (now, present) = self.look_at(part, target).await?;
        let mut report = SyncReport::new(self.lease.sync(), job, part.id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(part.plan, part.selection);
        self.store.start_plan(&self.lease, part.id, part.selection).await?;
        let fresh = (Apply::of(part.plan, part.selection), BatchNumber::FIRST);
        self.apply_plan(part, target, Some(&now), fresh, &mut report).await?;
        Ok(report)
    }

    pub(super) async fn resume(
        &mut self,
        job: &str,
        part: Part<'_>,
        target: &dyn Target,
    ) -> Result<SyncReport, JobError> {
        let sync = self.lease.sync();
        // Steps may have been done before.
        let looked = self.look_at(part, target).await.map_err(|error| match error {
            JobError::LoadTarget(source) => JobError::Apply { sync: sync.0, source },
            error => error,
        });
        let (now, present) = looked?;
        let mut report = SyncReport::new(sync, job, part.id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(part.plan, part.selection);
        let taken_up = resume::take_up((self.store, &self.lease), part, &now).await?;
        self.apply_plan(part, target, Some(&now), taken_up, &mut report).await?;
        Ok(report)
    }

    /// `now` is the target as it is, when that may differ from what the plan was made from.
    async fn apply_plan<'p>(
        &mut self,
        Part { id, plan, .. }: Part<'p>,
        target: &dyn Target,
        now: Option<&Snapshot>,
        (machine, next): (Apply<'p>, BatchNumber),
        report: &mut SyncReport,
    ) -> Result<(), JobError> {
        let (store, sync) = (self.store, self.lease.sync());
        let before = self.durations.apply;
        let start = self.begin(Phase::Apply);
        let settled = |step| machine.outcome(step).is_some();
        let stale = now.map(|now| stale::find(plan, now, settled)).unwrap_or_default();
        let (lease, schema, watch) = (&self.lease, &self.schema, self.watch);
        let execution = Execution { store, lease, id, plan, schema, target, stale, watch };
        let Applied { report: done, applied, fault } = execution.apply(machine, next).await;
        self.durations.apply = before + self.done(Phase::Apply, start);
        self.outcomes = Some(SyncCounts::of(&done));
        if let Some(fault) = fault {
            return Err(fault);
        }

        let unverified = if applied.is_empty() {
            Vec::new()
        } else {
            let start = self.begin(Phase::Verify);
            let touched: Vec<&Identity> = applied.iter().map(|step| &plan.step(*step).record).collect();
            let mut after = Snapshot::new("target", Arc::clone(&self.schema));
            let loaded = target.load_records(&touched, &mut after).await;
            let loaded = loaded.map_err(|source| JobError::Apply { sync: sync.0, source: Box::new(source) })?;
            let unverified = verify::unverified(plan, &applied, &after);
            report.target.queries += loaded.queries;
            self.durations.verify = self.done(Phase::Verify, start);
            unverified
        };
        report.applied(&done, unverified, self.durations.apply);
        self.finished = Some(id);
        Ok(())
    }

    /// The records of steps as they are now.
    pub(super) async fn look_at(
        &mut self,
        Part { plan, selection, .. }: Part<'_>,
        target: &dyn Target,
    ) -> Result<(Snapshot, LoadReport), JobError> {
        let start = self.begin(Phase::LoadTarget);
        let mut now = Snapshot::new("target", Arc::clone(&self.schema));
        let records: Vec<&Identity> = selection.steps().map(|id| &plan.step(id).record).collect();
        let loaded = self.heart.unless_stopped(target.load_records(&records, &mut now)).await?;
        self.durations.target_load = self.done(Phase::LoadTarget, start);
        Ok((now, loaded.map_err(|source| JobError::LoadTarget(Box::new(source)))?))
    }

    pub(super) fn begin(&self, phase: Phase) -> Instant {
        (self.watch)(Event::Began(phase));
        self.log(phase).debug("begins");
        Instant::now()
    }

    pub(super) fn done(&self, phase: Phase, start: Instant) -> f64 {
        let seconds = Durations::seconds(start.elapsed());
        (self.watch)(Event::Ended(phase, seconds));
        self.log(phase).debug(format!("took {seconds:.3} s"));
        seconds
    }

    /// Where the run says what people should read of a phase.
    pub(super) fn log(&self, phase: Phase) -> JobLog {
        self.heart.log().grouped(phase.as_str())
    }

    /// Stores how the run ended.
    pub(super) async fn end(self, ended: Result<SyncReport, JobError>) -> Result<SyncReport, JobError> {
        said::end(self.heart.log(), &ended.as_ref());
        // What cannot be stored of the log is lost, and nothing else is.
        let _kept = self.store.keep_log(self.lease.sync(), self.heart.log()).await;
        let Self { store, lease, durations, outcomes, finished, .. } = self;
        match ended {
            Ok(mut report) => {
                report.durations = durations;
                let outcomes = report.outcomes.as_ref();
                let ending = Ending { status: report.status, durations, outcomes, message: None, finished };
                store.end_sync(&lease, &ending).await?;
                Ok(report)
            }
            Err(error) => Err(note_failure(store, &lease, (durations, outcomes.as_ref(), finished), error).await),
        }
    }
}

/// Stores that a sync failed before it could begin, and gives the error back.
pub(super) async fn fail(store: &Store, lease: &Lease, error: JobError) -> JobError {
    let log = JobLog::default();
    said::end(&log, &Err(&error));
    // What cannot be stored of the log is lost, and nothing else is.
    let _kept = store.keep_log(lease.sync(), &log).await;
    note_failure(store, lease, (Durations::default(), None, None), error).await
}

async fn note_failure(
    store: &Store,
    lease: &Lease,
    (durations, outcomes, finished): (Durations, Option<&SyncCounts>, Option<PlanId>),
    error: JobError,
) -> JobError {
    let status = match error {
        JobError::Cancelled { .. } => SyncStatus::Cancelled,
        // A worker does the rest when the database is back.
        ref away if away.is_away() && finished.is_none() => SyncStatus::Interrupted,
        _ => SyncStatus::Failed,
    };
    // The first error is the one to tell; that it could not be stored as well follows from it.
    let message = chain(&error);
    let ending = Ending { status, durations, outcomes, message: Some(&message), finished };
    let _stored = store.end_sync(lease, &ending).await;
    error
}

/// An error and its causes, as one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
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
        "correct them in the source; `show` lists them all",
    );
    let twice = finding(
        target,
        CheckName::DuplicateKey,
        "records of the target could not be read, or told apart by the identifiers of this job",
        "correct them, or add the identifier that tells them apart to the job's kind",
    );
    unread.into_iter().chain(twice).collect()
}
