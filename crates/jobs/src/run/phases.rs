use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use trueup_connectors::{LoadReport, Source, Target};
use trueup_engine::apply::Apply;
use trueup_engine::check::{CheckName, CheckOptions, Finding, Severity, Subject, check, passes};
use trueup_engine::diff::DiffFlags;
use trueup_engine::plan::{Plan, Selection};
use trueup_engine::{Identity, Schema, Snapshot, plan};

use super::allowance::Allowance;
use super::apply::{Applied, Execution};
use super::meter::{Meter, Metering, PhaseCost};
use super::orders::Orders;
use super::patience::{Patience, Trouble};
use super::profile::{Instruments, Profiler};
use super::relay::Teller;
use super::supervise::Present;
use super::{
    Checks, Event, Phase, RunMode, SideReport, SyncCounts, SyncReport, kinds, report, resume, said, stale, verify,
};
use crate::control::{Control, Retry};
use crate::job::JobLog;
use crate::store::{
    BatchNumber, Costs, Durations, GivenRow, Lease, NewApproval, NewPlan, PlanId, Progress, Store, SyncStatus,
};
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

/// What a run is given by whoever sees to it.
pub(super) struct Seat {
    pub(super) job: String,
    pub(super) store: Store,
    pub(super) lease: Lease,
    pub(super) orders: Orders,
    pub(super) teller: Teller,
    pub(super) present: Present,
    pub(super) account: Arc<Mutex<Account>>,
    pub(super) control: Control,
    pub(super) allowance: Allowance,
    pub(super) log: JobLog,
}

/// One run under way, on its thread.
pub(super) struct Run {
    pub(super) job: String,
    pub(super) store: Store,
    pub(super) lease: Lease,
    pub(super) schema: Arc<Schema>,
    pub(super) orders: Orders,
    pub(super) teller: Teller,
    pub(super) present: Present,
    account: Arc<Mutex<Account>>,
    pub(super) control: Control,
    pub(super) allowance: Allowance,
    meter: Meter,
    log: JobLog,
}

/// What a run has come to so far; outlives its code, which may be left behind.
#[derive(Default)]
pub(super) struct Account {
    pub(super) durations: Durations,
    pub(super) costs: Costs,
    /// How far the run is, once it has ended.
    pub(super) progress: Progress,
    /// What takes a profile of it.
    pub(super) profiler: Option<Profiler>,
    /// Whether steps may have been sent.
    pub(super) begun: bool,
    /// Of the steps so far, for an apply that was broken off.
    pub(super) outcomes: Option<SyncCounts>,
    /// The plan, once nothing of it is left to do, whatever comes after.
    pub(super) finished: Option<PlanId>,
}

impl Account {
    /// When an earlier attempt has taken its time already.
    pub(super) fn after(durations: Durations, costs: Costs) -> Self {
        Self { durations, costs, ..Self::default() }
    }

    /// Adds what a phase cost.
    pub(super) fn note(&mut self, cost: PhaseCost) {
        cost.add_to(&mut self.durations, &mut self.costs);
    }
}

impl Run {
    pub(super) fn new(seat: Seat, schema: Arc<Schema>) -> Self {
        let Seat { job, store, lease, orders, teller, present, account, control, allowance, log } = seat;
        let meter = Meter::default();
        Self { job, store, lease, schema, orders, teller, present, account, control, allowance, meter, log }
    }

    pub(super) fn measure_with(&mut self, Instruments { meter, profiler }: Instruments) {
        self.meter = meter;
        self.account().profiler = profiler;
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn phases(
        &mut self,
        job: &JobRun<'_>,
        given: &GivenRow,
        source: Arc<dyn Source>,
        target: Arc<dyn Target>,
        mode: &RunMode,
    ) -> Result<SyncReport, JobError> {
        self.store.note_given(&self.lease, given).await?;
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
        let sync = self.lease.sync();
        let ((source, loaded), (target, present)) =
            self.load_sides(source, Arc::clone(&readable), context.values().parallel_loading()).await?;

        let metering = self.begin(Phase::Diff);
        let diff = job.calculate_diff(&source, &target, &settings.diff);
        self.done(metering);
        self.store.note_diff(&self.lease, diff.summary(), (source.len(), target.len())).await?;
        said::diff(&self.log(Phase::Diff), diff.summary());

        let metering = self.begin(Phase::Plan);
        let plan = plan(&diff, &settings.policy);
        let mut findings = check(&plan, &diff, &settings.checks);
        findings.extend(self.foreseen(&plan, &target, &*readable, &settings.checks).await?);
        findings.extend(not_read(&loaded, &present));
        findings.sort_by_key(|finding| finding.severity);
        let withheld = report::withheld(&plan, &source, &loaded);
        let kinds = kinds::to_json(&self.schema);
        let checks = Checks::new(settings.checks.clone(), &diff);
        let new = NewPlan {
            plan: &plan,
            findings: &findings,
            withheld: &withheld,
            kinds: &kinds,
            undoes: None,
            checks: &checks,
        };
        let id = self.store.save_plan(&self.lease, &new).await?;
        if settings.diff.flags.contains(DiffFlags::LOG_UNCHANGED_RECORDS) {
            self.store.keep_unchanged(&self.lease, &diff).await?;
        }
        said::plan(&self.log(Phase::Plan), id, &new);
        self.done(metering);

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
        let forecast = self.orders.unless_stopped(target.forecast(&deletes)).await?;
        Ok(forecast.map_err(|source| JobError::LoadTarget(Box::new(source)))?.check(options))
    }

    pub(super) async fn apply_stored(&mut self, part: Part<'_>, target: &dyn Target) -> Result<SyncReport, JobError> {
        let (now, present) = self.look_at(part, target).await?;
        let mut report = SyncReport::new(self.lease.sync(), &self.job, part.id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(part.plan, part.selection);
        self.store.start_plan(&self.lease, part.id, part.selection).await?;
        let fresh = (Apply::of(part.plan, part.selection), BatchNumber::FIRST);
        self.apply_plan(part, target, Some(&now), fresh, &mut report).await?;
        Ok(report)
    }

    pub(super) async fn resume(&mut self, part: Part<'_>, target: &dyn Target) -> Result<SyncReport, JobError> {
        let sync = self.lease.sync();
        // Steps may have been done before.
        let looked = self.look_at(part, target).await.map_err(|error| match error {
            JobError::LoadTarget(source) => JobError::Apply { sync: sync.0, source },
            error => error,
        });
        let (now, present) = looked?;
        let mut report = SyncReport::new(sync, &self.job, part.id, false);
        report.target = SideReport::of(&now, &present);
        report.count_steps(part.plan, part.selection);
        let taken_up = resume::take_up((&self.store, &self.lease), part, &now).await?;
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
        let sync = self.lease.sync();
        self.account().begun = true;
        let metering = self.begin(Phase::Apply);
        let settled = |step| machine.outcome(step).is_some();
        let stale = now.map(|now| stale::find(plan, now, settled)).unwrap_or_default();
        let counts = Mutex::new(machine.report().total());
        let execution = Execution { run: self, id, plan, target, stale, counts };
        let Applied { report: done, applied, fault } = execution.apply(machine, next).await;
        self.done(metering);
        self.account().outcomes = Some(SyncCounts::of(done.total()));
        if let Some(fault) = fault {
            return Err(fault);
        }

        let unverified = if applied.is_empty() {
            Vec::new()
        } else {
            let metering = self.begin(Phase::Verify);
            let touched: Vec<&Identity> = applied.iter().map(|step| &plan.step(*step).record).collect();
            let read = self.patience(Phase::Verify).read(target, &self.schema, &touched).await;
            let (after, loaded) = read.map_err(|trouble| match trouble {
                Trouble::Stopped(error) => error,
                Trouble::Failed(source) => JobError::Apply { sync: sync.0, source: Box::new(source) },
            })?;
            let unverified = verify::unverified(plan, &applied, &after);
            report.target.queries += loaded.queries;
            self.done(metering);
            unverified
        };
        let mut account = self.account();
        report.applied(&done, unverified, account.durations.apply);
        account.finished = Some(id);
        Ok(())
    }

    /// The records of steps as they are now.
    pub(super) async fn look_at(
        &mut self,
        Part { plan, selection, .. }: Part<'_>,
        target: &dyn Target,
    ) -> Result<(Snapshot, LoadReport), JobError> {
        let metering = self.begin(Phase::LoadTarget);
        let records: Vec<&Identity> = selection.steps().map(|id| &plan.step(id).record).collect();
        let read = self.patience(Phase::LoadTarget).read(target, &self.schema, &records).await;
        self.done(metering);
        let read = read.map_err(|trouble| match trouble {
            Trouble::Stopped(error) => error,
            Trouble::Failed(source) => JobError::LoadTarget(Box::new(source)),
        })?;
        self.account().costs.target_bytes = read.0.bytes() as u64;
        Ok(read)
    }

    pub(super) fn patience(&self, phase: Phase) -> Patience {
        let retry = self.control.retry.unwrap_or(Retry::NONE);
        Patience::new(phase, retry, self.orders.clone(), self.teller.clone())
    }

    pub(super) fn begin(&self, phase: Phase) -> Metering {
        self.teller.tell(Event::Began(phase));
        self.log(phase).debug("begins");
        self.meter.begin(phase)
    }

    /// Adds what a phase cost to what the run has cost.
    pub(super) fn done(&self, metering: Metering) {
        let cost = metering.end();
        self.account().note(cost);
        self.teller.tell(Event::Ended(cost.phase, cost.seconds));
        self.log(cost.phase).debug(format!("took {:.3} s", cost.seconds));
    }

    /// Where the run says what people should read of a phase.
    pub(super) fn log(&self, phase: Phase) -> JobLog {
        self.log.grouped(phase.as_str())
    }
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
