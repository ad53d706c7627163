use std::sync::Arc;

use trueup_connectors::{LoadReport, Source, Target};
use trueup_engine::apply::Apply;
use trueup_engine::check::{CheckName, Finding, Severity, Subject, check, passes};
use trueup_engine::diff::DiffFlags;
use trueup_engine::plan::Plan;
use trueup_engine::{Identity, Schema, Snapshot, plan};

use super::apply::{Applied, Execution};
use super::heart::Heart;
use super::meter::{Meter, Metering, Presence};
use super::profile::Instruments;
use super::tracker::Told;
use super::{
    Event, Phase, RunMode, SideReport, SyncCounts, SyncReport, Watch, kinds, report, resume, said, stale, verify,
};
use crate::job::JobLog;
use crate::store::{
    BatchNumber, Costs, Durations, Ending, GivenRow, Lease, NewPlan, PlanId, Progress, Store, SyncRow, SyncStatus,
};
use crate::{Job, JobContext, JobError};

/// What a run has when its plan is stored.
struct Planned {
    id: PlanId,
    plan: Plan,
    /// Whether no check is against it.
    passes: bool,
    report: SyncReport,
}

/// One run under way.
pub(super) struct Run<'r> {
    pub(super) store: &'r Store,
    pub(super) lease: Lease,
    pub(super) schema: Arc<Schema>,
    pub(super) heart: Heart,
    watch: &'r Watch<'r>,
    instruments: Instruments,
    presence: Presence,
    pub(super) durations: Durations,
    pub(super) costs: Costs,
    /// Of the steps so far, for an apply that was broken off.
    outcomes: Option<SyncCounts>,
    /// The plan, once nothing of it is left to do, whatever comes after.
    finished: Option<PlanId>,
}

impl<'r> Run<'r> {
    /// `store` counts what is written for this run.
    pub(super) fn new(store: &'r Store, heart: Heart, schema: Arc<Schema>, watch: &'r Watch<'r>) -> Self {
        let (durations, costs, instruments) = (Durations::default(), Costs::default(), Instruments::default());
        Self {
            store,
            lease: heart.lease().clone(),
            schema,
            heart,
            watch,
            instruments,
            presence: Presence::begin(),
            durations,
            costs,
            outcomes: None,
            finished: None,
        }
    }

    pub(super) fn measure_with(&mut self, instruments: Instruments) {
        self.instruments = instruments;
    }

    /// The same, when an earlier attempt has cost something and come somewhere already.
    #[must_use]
    pub(super) fn after(self, earlier: &SyncRow) -> Self {
        self.heart.tracker().resume(earlier.progress.clone().unwrap_or_default());
        Self { durations: earlier.durations, costs: earlier.costs.unwrap_or_default(), ..self }
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.instruments.meter
    }

    pub(super) fn told(&self) -> Told<'_> {
        Told { watch: self.watch, tracker: self.heart.tracker() }
    }

    pub(super) async fn phases(
        &mut self,
        job: (&dyn Job, &JobContext),
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
        self.store.start_plan(&self.lease, id, approval).await?;
        let fresh = (Apply::new(&plan), BatchNumber::FIRST);
        self.apply_plan((id, &plan), &*target, None, fresh, &mut report).await?;
        Ok(report)
    }

    /// Up to the stored plan. The target is one that can only be read: whatever happens in here, nothing is written to it.
    async fn plan(
        &mut self,
        (job, context): (&dyn Job, &JobContext),
        source: Arc<dyn Source>,
        target: Arc<dyn Source>,
    ) -> Result<Planned, JobError> {
        let settings = job.settings(context);
        let (sync, store) = (self.lease.sync(), self.store);
        let ((source, loaded), (target, present)) =
            self.load_sides(source, target, context.values().parallel_loading()).await?;

        let metering = self.begin(Phase::Diff);
        let diff = job.calculate_diff(&source, &target, &settings.diff);
        self.done(metering);
        store.note_diff(sync, diff.summary(), (source.len(), target.len())).await?;
        said::diff(&self.log(Phase::Diff), diff.summary());

        let metering = self.begin(Phase::Plan);
        let plan = plan(&diff, &settings.policy);
        let mut findings = check(&plan, &diff, &settings.checks);
        findings.extend(not_read(&loaded, &present));
        findings.sort_by_key(|finding| finding.severity);
        let withheld = report::withheld(&plan, &source, &loaded);
        let kinds = kinds::to_json(&self.schema);
        let new = NewPlan { plan: &plan, findings: &findings, withheld: &withheld, kinds: &kinds, undoes: None };
        let id = store.save_plan(sync, &new).await?;
        if settings.diff.flags.contains(DiffFlags::LOG_UNCHANGED_RECORDS) {
            store.keep_unchanged(sync, &diff).await?;
        }
        said::plan(&self.log(Phase::Plan), id, &new);
        self.done(metering);

        let mut report = SyncReport::new(sync, &context.job, id, context.is_dry_run());
        report.describe(&plan, &diff, &findings, &loaded, &present);
        report.withheld = withheld;
        Ok(Planned { id, passes: passes(&findings), plan, report })
    }

    pub(super) async fn apply_stored(
        &mut self,
        job: &str,
        id: PlanId,
        plan: &Plan,
        target: &dyn Target,
    ) -> Result<SyncReport, JobError> {
        let (now, present) = self.look_at(plan, target).await?;
        let mut report = SyncReport::new(self.lease.sync(), job, id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(plan);
        self.store.start_plan(&self.lease, id, None).await?;
        let fresh = (Apply::new(plan), BatchNumber::FIRST);
        self.apply_plan((id, plan), target, Some(&now), fresh, &mut report).await?;
        Ok(report)
    }

    pub(super) async fn resume(
        &mut self,
        job: &str,
        id: PlanId,
        plan: &Plan,
        target: &dyn Target,
    ) -> Result<SyncReport, JobError> {
        let sync = self.lease.sync();
        // Steps may have been done before.
        let looked = self.look_at(plan, target).await.map_err(|error| match error {
            JobError::LoadTarget(source) => JobError::Apply { sync: sync.0, source },
            error => error,
        });
        let (now, present) = looked?;
        let mut report = SyncReport::new(sync, job, id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(plan);
        let taken_up = resume::take_up((self.store, &self.lease), (id, plan), &now).await?;
        self.apply_plan((id, plan), target, Some(&now), taken_up, &mut report).await?;
        Ok(report)
    }

    /// `now` is the target as it is, when that may differ from what the plan was made from.
    async fn apply_plan<'p>(
        &mut self,
        (id, plan): (PlanId, &'p Plan),
        target: &dyn Target,
        now: Option<&Snapshot>,
        (machine, next): (Apply<'p>, BatchNumber),
        report: &mut SyncReport,
    ) -> Result<(), JobError> {
        let (store, sync) = (self.store, self.lease.sync());
        let metering = self.begin(Phase::Apply);
        let settled = |step| machine.outcome(step).is_some();
        let stale = now.map(|now| stale::find(plan, now, settled)).unwrap_or_default();
        let (lease, schema, told) = (&self.lease, &self.schema, self.told());
        let execution = Execution { store, lease, id, plan, schema, target, stale, told };
        let Applied { report: done, applied, fault } = execution.apply(machine, next).await;
        self.done(metering);
        self.outcomes = Some(SyncCounts::of(done.total()));
        if let Some(fault) = fault {
            return Err(fault);
        }

        let unverified = if applied.is_empty() {
            Vec::new()
        } else {
            let metering = self.begin(Phase::Verify);
            let touched: Vec<&Identity> = applied.iter().map(|step| &plan.step(*step).record).collect();
            let mut after = Snapshot::new("target", Arc::clone(&self.schema));
            let loaded = target.load_records(&touched, &mut after).await;
            let loaded = loaded.map_err(|source| JobError::Apply { sync: sync.0, source: Box::new(source) })?;
            let unverified = verify::unverified(plan, &applied, &after);
            report.target.queries += loaded.queries;
            self.done(metering);
            unverified
        };
        report.applied(&done, unverified, self.durations.apply);
        self.finished = Some(id);
        Ok(())
    }

    /// The records of a plan as they are now.
    pub(super) async fn look_at(
        &mut self,
        plan: &Plan,
        target: &dyn Target,
    ) -> Result<(Snapshot, LoadReport), JobError> {
        let metering = self.begin(Phase::LoadTarget);
        let mut now = Snapshot::new("target", Arc::clone(&self.schema));
        let records: Vec<&Identity> = plan.steps().iter().map(|step| &step.record).collect();
        let loaded = self.heart.unless_stopped(target.load_records(&records, &mut now)).await?;
        self.done(metering);
        self.costs.target_bytes = now.bytes() as u64;
        Ok((now, loaded.map_err(|source| JobError::LoadTarget(Box::new(source)))?))
    }

    pub(super) fn begin(&self, phase: Phase) -> Metering {
        self.told().tell(Event::Began(phase));
        self.log(phase).debug("begins");
        self.meter().begin(phase)
    }

    /// Adds what a phase cost to what the run has cost.
    pub(super) fn done(&mut self, metering: Metering) {
        let cost = metering.end();
        cost.add_to(&mut self.durations, &mut self.costs);
        self.told().tell(Event::Ended(cost.phase, cost.seconds));
        self.log(cost.phase).debug(format!("took {:.3} s", cost.seconds));
    }

    /// Where the run says what people should read of a phase.
    pub(super) fn log(&self, phase: Phase) -> JobLog {
        self.heart.log().grouped(phase.as_str())
    }

    /// Stores how the run ended, and what it cost.
    pub(super) async fn end(mut self, ended: Result<SyncReport, JobError>) -> Result<SyncReport, JobError> {
        said::end(self.heart.log(), &ended.as_ref());
        // What cannot be stored of the log is lost, and nothing else is.
        let _kept = self.store.keep_log(self.lease.sync(), self.heart.log()).await;
        if let Some(profiler) = self.instruments.profiler.take()
            && let Some(svg) = profiler.flame_graph().await
        {
            self.costs.flame_graph |= self.store.keep_flame_graph(&self.lease, &svg).await.is_ok();
        }
        self.costs.shared |= self.presence.had_company();
        self.costs.rows_written += self.store.rows_written();
        let Self { store, lease, durations, costs, outcomes, finished, .. } = &self;
        let (durations, costs, finished, progress) = (*durations, *costs, *finished, self.heart.tracker().now());
        match ended {
            Ok(mut report) => {
                (report.durations, report.costs) = (durations, costs);
                let (status, outcomes) = (report.status, report.outcomes.as_ref());
                let progress = &progress;
                let ending = Ending { status, durations, costs, progress, outcomes, message: None, finished };
                store.end_sync(lease, &ending).await?;
                Ok(report)
            }
            Err(error) => {
                let outcomes = outcomes.as_ref();
                let so_far = SoFar { durations, costs, progress: &progress, outcomes, finished };
                Err(note_failure(store, lease, &so_far, error).await)
            }
        }
    }
}

/// How far a run came that failed.
struct SoFar<'s> {
    durations: Durations,
    costs: Costs,
    progress: &'s Progress,
    outcomes: Option<&'s SyncCounts>,
    finished: Option<PlanId>,
}

/// Stores that a sync failed before it could begin, and gives the error back.
pub(super) async fn fail(store: &Store, lease: &Lease, error: JobError) -> JobError {
    let log = JobLog::default();
    said::end(&log, &Err(&error));
    // What cannot be stored of the log is lost, and nothing else is.
    let _kept = store.keep_log(lease.sync(), &log).await;
    let (durations, costs) = (Durations::default(), Costs::default());
    let so_far = SoFar { durations, costs, progress: &Progress::default(), outcomes: None, finished: None };
    note_failure(store, lease, &so_far, error).await
}

async fn note_failure(store: &Store, lease: &Lease, so_far: &SoFar<'_>, error: JobError) -> JobError {
    let SoFar { durations, costs, progress, outcomes, finished } = *so_far;
    let status = match error {
        JobError::Cancelled { .. } => SyncStatus::Cancelled,
        // A worker does the rest when the database is back.
        ref away if away.is_away() && finished.is_none() => SyncStatus::Interrupted,
        _ => SyncStatus::Failed,
    };
    // The first error is the one to tell; that it could not be stored as well follows from it.
    let message = chain(&error);
    let ending = Ending { status, durations, costs, progress, outcomes, message: Some(&message), finished };
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
