use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use trueup_engine::Schema;
use trueup_engine::plan::{Plan, Selection};
use trueup_inventory::{ChangeContext, Inventory, RequestId};

use super::admit::Admitted;
use super::allowance::{Allowance, Systems};
use super::phases::{Part, Run, Seat};
use super::prepare::ready;
use super::stored_target::StoredTarget;
use super::supervise::{Earlier, Supervisor};
use super::{Approval, Queued, SyncReport, Watch, ending, kinds};
use crate::control::{Control, TimeLimits};
use crate::job::{JobLog, Known, LeaseSlot};
use crate::store::{Lease, NewSync, PlanId, PlanRow, PlanStatus, Store, SyncId, SyncRow, SyncStatus};
use crate::variable::{Given, Values, given_elsewhere, restore, settle};
use crate::{Job, JobContext, JobError, Jobs};

/// How far a run goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunMode {
    /// Up to the stored plan; the target is not touched.
    DryRun,
    /// To the end, unless checks are against it.
    Apply,
    /// To the end whatever the checks say; the reason is kept with the plan.
    ApplyApproved(String),
}

impl RunMode {
    /// `dry-run` or `apply`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Apply | Self::ApplyApproved(_) => "apply",
        }
    }

    /// Why a plan is to be applied whatever the checks say.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::ApplyApproved(reason) => Some(reason),
            Self::DryRun | Self::Apply => None,
        }
    }

    /// How far a run goes that is told nothing but its variables: as `dryrun` says, or else as the job does by itself.
    ///
    /// # Errors
    /// What was given does not fit the job's variables.
    pub fn of(job: &dyn Job, given: &Given) -> Result<Self, JobError> {
        // Whether files are there is asked where the run is done.
        let values = given_elsewhere(&job.meta(), &job.variables(), given)?;
        Ok(if values.dry_run() { Self::DryRun } else { Self::Apply })
    }
}

/// Runs jobs against one inventory.
#[derive(Debug, Clone)]
pub struct Runner {
    pub(super) inventory: Inventory,
    pub(super) store: Store,
    pub(super) user: String,
    pub(super) jobs: Jobs,
    time: TimeLimits,
    /// Shared by all that come from one runner.
    pub(super) systems: Systems,
}

/// A sync and how it ended.
pub type Ended = (SyncId, Result<SyncReport, JobError>);

/// A plan that was read back, and what it is applied with.
pub(super) struct StoredPlan {
    pub(super) row: PlanRow,
    pub(super) plan: Plan,
    pub(super) schema: Arc<Schema>,
}

impl Runner {
    /// Opens the database, which is created when missing. `user` is who asks for what this runner is asked for: the history
    /// keeps it with each sync, and the change log says that they did it, whoever does the work.
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
        Ok(Self {
            inventory,
            store,
            user: user.to_owned(),
            jobs: Jobs::default(),
            time: TimeLimits::NONE,
            systems: Systems::default(),
        })
    }

    /// The same, with the jobs that stored plans may be of: those whose target is another system are asked for it when
    /// their plan is applied.
    #[must_use]
    pub fn with_jobs(self, jobs: Jobs) -> Self {
        Self { jobs, ..self }
    }

    /// The same, asked by somebody else.
    #[must_use]
    pub fn asked_by(&self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self.clone() }
    }

    /// The same, with other time limits than jobs have by themselves, where these say something.
    #[must_use]
    pub fn within(self, time: TimeLimits) -> Self {
        Self { time, ..self }
    }

    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The jobs of this program.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// For one run, whose statements and rows are counted apart.
    pub(super) fn counting_apart(&self) -> Self {
        let inventory = self.inventory.counting_apart();
        Self { store: Store::within(&inventory), inventory, ..self.clone() }
    }

    /// Takes a job through its phases. Refusal by checks and steps that fail are part of the report, not errors. `mode`
    /// decides how far it goes; that is not read from the variable `dryrun`.
    ///
    /// # Errors
    /// The job cannot be run at all, and then there is no sync of it; or a phase could not be carried through, and then
    /// the sync is in the history as failed, with the cause; or somebody stopped it.
    pub async fn run(
        &self,
        job: &Arc<dyn Job>,
        given: &Given,
        mode: &RunMode,
        watch: &Watch<'_>,
    ) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let values = settle(&job.meta(), &job.variables(), given)?;
        let request = RequestId::random();
        let control = this.held_to(job.meta().control, &job.meta().name)?;
        let log = JobLog::default();
        let asked = (this.clone(), Arc::clone(job), mode.clone(), log.clone());
        let prepare = async move || {
            let (runner, job, mode, log) = asked;
            runner.prepare(&*job, values, &mode, (request, &log)).await
        };
        let prepared = ready(&job.meta().name, &control, prepare).await?;
        let (source, target) = prepared.places();
        let new = NewSync {
            job: job.meta().name,
            source,
            target,
            dry_run: *mode == RunMode::DryRun,
            plan: None,
            asked: None,
            request,
            user: this.user.clone(),
            control,
        };
        let lease = this.store.begin_sync(&new).await?;
        let (job, mode) = (Arc::clone(job), mode.clone());
        let work = async move |seat: Seat| prepared.go_through(seat, &*job, &mode).await;
        this.supervisor(lease, (&new.job, &new.control), log, watch).see_through(Earlier::default(), work).await
    }

    /// Applies a stored plan, or the part of it that is chosen; with that the plan is done. What changed in the inventory
    /// since it was made is found first: such steps are stale and are not tried.
    ///
    /// # Errors
    /// There is no such plan, it was applied already or somebody has asked for it, checks are against it or a newer plan is
    /// there and nobody gives a reason, or the inventory failed.
    pub async fn apply(
        &self,
        id: PlanId,
        approval: impl Into<Approval>,
        watch: &Watch<'_>,
    ) -> Result<SyncReport, JobError> {
        let Admitted { new, approval, pulled_in } = self.admit(id, &approval.into()).await?;
        // Before there is a sync, which would only fail.
        let row = self.store.plan_row(id).await?;
        let _reachable = StoredTarget::of(self, &row).await?;
        let lease = self.store.begin_approved(&new, &approval).await?;
        let mut report = self.carry_out(lease, watch).await?;
        report.pulled_in = pulled_in;
        Ok(report)
    }

    /// Asks for a stored plan to be applied by a worker.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub async fn enqueue(&self, id: PlanId, approval: impl Into<Approval>) -> Result<Queued, JobError> {
        let Admitted { new, approval, pulled_in } = self.admit(id, &approval.into()).await?;
        Ok(Queued { sync: self.store.enqueue_approved(&new, &approval).await?, pulled_in })
    }

    /// Takes up the sync that has waited longest, if any waits.
    ///
    /// # Errors
    /// The history cannot be read. What goes wrong with the sync is given with it.
    pub async fn next(&self, watch: &Watch<'_>) -> Result<Option<Ended>, JobError> {
        let jobs = self.jobs.all();
        let Some(lease) = self.store.claim(&names(&jobs)).await? else { return Ok(None) };
        let sync = lease.sync();
        let ended = match self.store.sync(sync).await {
            Ok(row) if row.asked.is_some() && !row.is_resumed() => {
                self.counting_apart().run_asked(lease, row, jobs, watch).await
            }
            Ok(_) => self.carry_out(lease, watch).await,
            Err(error) => Err(ending::not_begun(&self.store, &lease, error).await),
        };
        match ended {
            Err(JobError::Waits { .. }) => Ok(None),
            ended => Ok(Some((sync, ended))),
        }
    }

    /// Applies the plan of a sync that is held.
    async fn carry_out(&self, lease: Lease, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let (stored, selection, (change, sync)) = match this.plan_of(&lease).await {
            Ok(found) => found,
            Err(error) => return Err(ending::not_begun(&this.store, &lease, error).await),
        };
        let (runner, job) = (this.clone(), stored.row.job.clone());
        let again = sync.is_resumed();
        let work = async move |seat: Seat| {
            let target = StoredTarget::of(&runner, &stored.row).await?;
            runner.go_through(seat, (stored, selection), (target, change), again).await
        };
        let earlier = if again { Earlier::of(&sync) } else { Earlier::default() };
        this.supervisor(lease, (&job, &sync.control), JobLog::default(), watch).see_through(earlier, work).await
    }

    /// Carries out the steps of a stored plan, or the `rest` of them when they were begun before.
    async fn go_through(
        &self,
        seat: Seat,
        (StoredPlan { row, plan, schema }, selection): (StoredPlan, Selection),
        (stored_target, change): (StoredTarget, ChangeContext),
        rest: bool,
    ) -> Result<SyncReport, JobError> {
        let log = seat.log.clone();
        let mut run = Run::new(seat, Arc::clone(&schema));
        run.measure_with(stored_target.profiling().begin_if_possible());
        let target = stored_target.open(self, &schema, change.clone(), (&run.lease, &log))?;
        let part = Part { id: row.id, plan: &plan, selection: &selection };
        let report = if rest { run.resume(part, &*target).await? } else { run.apply_stored(part, &*target).await? };
        self.post_run(&stored_target, &schema, (change, &log), report).await
    }

    async fn plan_of(&self, lease: &Lease) -> Result<(StoredPlan, Selection, (ChangeContext, SyncRow)), JobError> {
        let sync = self.store.sync(lease.sync()).await?;
        let plan = sync.plan.ok_or(JobError::NotResumable { sync: sync.id.0, reason: "it has no plan".to_owned() })?;
        let stored = self.stored_plan(self.store.plan_row(plan).await?).await?;
        let selection = self.selected(sync.id, plan, &stored.plan).await?;
        Ok((stored, selection, (self.change_of(&sync), sync)))
    }

    /// Does the rest of a sync whose apply was broken off: by an error, by somebody who stopped it, or because the program
    /// that ran it is gone. What was sent and not answered is settled first by reading it back; no change is made twice.
    ///
    /// # Errors
    /// There is no such sync, somebody works on it, or it has nothing to resume; or it was broken off again.
    pub async fn resume(&self, sync: SyncId, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let found = this.store.sync(sync).await?;
        let refuse = |reason: &str| JobError::NotResumable { sync: sync.0, reason: reason.to_owned() };
        if found.status == SyncStatus::Pending && !found.is_resumed() {
            let how = format!("it waits for a worker; where it is paused, `resume {sync} --queue` lets it go on");
            return Err(refuse(&how));
        }
        let plan = found.plan.ok_or_else(|| refuse("it ended before it had a plan; run the job again"))?;
        let row = this.store.plan_row(plan).await?;
        if row.status != PlanStatus::Started {
            return Err(refuse(&format!("its plan {plan} is {}", row.status)));
        }
        let stored = this.stored_plan(row).await?;
        let selection = this.selected(sync, plan, &stored.plan).await?;
        let change = this.change_of(&found);
        let target = StoredTarget::of(this, &stored.row).await?;
        let control = this.held_to(found.control.clone(), &stored.row.job)?;
        let lease = this.store.take_over(sync).await?;
        let (runner, job) = (this.clone(), stored.row.job.clone());
        let work = async move |seat: Seat| runner.go_through(seat, (stored, selection), (target, change), true).await;
        this.supervisor(lease, (&job, &control), JobLog::default(), watch).see_through(Earlier::of(&found), work).await
    }

    /// Asks for the rest of a sync to be done by a worker; one that is to pause, or waits and is paused, goes on.
    ///
    /// # Errors
    /// As for [`resume`](Self::resume).
    pub async fn resume_later(&self, sync: SyncId) -> Result<(), JobError> {
        self.store.go_on(sync).await
    }

    /// Resumes every sync whose program is gone, and gives what came of each.
    ///
    /// # Errors
    /// The history cannot be read. What goes wrong with one sync is given with that.
    pub async fn recover(&self, watch: &Watch<'_>) -> Result<Vec<Ended>, JobError> {
        let mut recovered = Vec::new();
        self.store.mark_interrupted().await?;
        for sync in self.store.resumable(&names(&self.jobs.all())).await? {
            match self.resume(sync, watch).await {
                // Somebody else was faster, or has to come to an end first.
                Err(JobError::NotResumable { .. } | JobError::TargetBusy { .. } | JobError::JobBusy { .. }) => {}
                ended => recovered.push((sync, ended)),
            }
        }
        Ok(recovered)
    }

    /// Gives the job of a stored plan the last word, if this program has it.
    async fn post_run(
        &self,
        stored: &StoredTarget,
        schema: &Arc<Schema>,
        (change, log): (ChangeContext, &JobLog),
        report: SyncReport,
    ) -> Result<SyncReport, JobError> {
        let Some(Known { job, .. }) = self.jobs.get(&report.job) else { return Ok(report) };
        let nothing = Map::new();
        let values = restore(&job.meta(), &job.variables(), stored.kept().map_or(&nothing, |kept| &kept.values))?;
        let context = self.context(&report.job, schema, values.with_dry_run(false), (change, log));
        post_run(&*job, &context, report).await
    }

    pub(super) fn supervisor<'r>(
        &'r self,
        lease: Lease,
        (job, control): (&'r str, &'r Control),
        log: JobLog,
        watch: &'r Watch<'r>,
    ) -> Supervisor<'r> {
        let allowance = self.systems.allowance(control.budget.as_ref());
        Supervisor { store: &self.store, lease, job, control, allowance, log, watch }
    }

    /// What a sync is held to, when this runner is told otherwise than it was before.
    pub(super) fn held_to(&self, control: Control, job: &str) -> Result<Control, JobError> {
        let control = Control { time: self.time.or(control.time), ..control };
        let problems = control.problems();
        if problems.is_empty() { Ok(control) } else { Err(JobError::Invalid { job: job.to_owned(), problems }) }
    }

    /// What the change log says of what a stored sync writes: that those did it who asked for it.
    fn change_of(&self, sync: &SyncRow) -> ChangeContext {
        change(sync.user.as_deref().unwrap_or(&self.user), &sync.job, sync.request_id())
    }

    pub(super) async fn stored_plan(&self, row: PlanRow) -> Result<StoredPlan, JobError> {
        let plan = self.store.plan(&row).await?;
        let schema = Arc::new(kinds::from_json(&row.kinds)?);
        Ok(StoredPlan { row, plan, schema })
    }

    pub(super) fn context(
        &self,
        job: &str,
        schema: &Arc<Schema>,
        values: Values,
        (change, log): (ChangeContext, &JobLog),
    ) -> JobContext {
        JobContext {
            job: job.to_owned(),
            inventory: self.inventory.clone(),
            schema: Arc::clone(schema),
            values,
            change,
            lease: LeaseSlot::default(),
            budget: Allowance::default(),
            log: log.clone(),
        }
    }
}

/// The jobs as the queue knows them.
pub(super) fn names(jobs: &[Known]) -> Vec<(&str, &str)> {
    jobs.iter().map(|known| (known.name.as_str(), known.version.as_str())).collect()
}

pub(super) fn change(user: &str, job: &str, request: RequestId) -> ChangeContext {
    ChangeContext { request_id: request, ..ChangeContext::job(user, job) }
}

/// Gives the job the last word.
pub(super) async fn post_run(job: &dyn Job, context: &JobContext, report: SyncReport) -> Result<SyncReport, JobError> {
    let failed = |source| JobError::Hook { job: report.job.clone(), hook: "post_run", source };
    job.post_run(context, &report).await.map_err(failed)?;
    Ok(report)
}
