use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use trueup_engine::Schema;
use trueup_engine::check::Severity;
use trueup_engine::plan::Plan;
use trueup_inventory::{ChangeContext, Inventory, RequestId};

use super::caught::caught;
use super::heart::Heart;
use super::phases::Run;
use super::stored_target::StoredTarget;
use super::{SyncReport, Watch, kinds, phases, undo};
use crate::job::{JobLog, Known, LeaseSlot};
use crate::store::{Lease, NewSync, PlanId, PlanRow, PlanStatus, Store, SyncId, SyncRow, SyncStatus};
use crate::variable::{Given, Values, restore, settle};
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
    /// How far a run goes that is told nothing but its variables: as `dryrun` says, or else as the job does by itself.
    ///
    /// # Errors
    /// What was given does not fit the job's variables.
    pub fn of(job: &dyn Job, given: &Given) -> Result<Self, JobError> {
        let values = settle(&job.meta(), &job.variables(), given)?;
        Ok(if values.dry_run() { Self::DryRun } else { Self::Apply })
    }
}

/// Runs jobs against one inventory.
#[derive(Debug, Clone)]
pub struct Runner {
    pub(super) inventory: Inventory,
    pub(super) store: Store,
    user: String,
    pub(super) jobs: Jobs,
}

/// A sync and how it ended.
pub type Ended = (SyncId, Result<SyncReport, JobError>);

/// A plan that was read back, and what it is applied with.
struct StoredPlan {
    row: PlanRow,
    plan: Plan,
    schema: Arc<Schema>,
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
        Ok(Self { inventory, store, user: user.to_owned(), jobs: Jobs::default() })
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
        Self { store: Store::within(&inventory), inventory, user: self.user.clone(), jobs: self.jobs.clone() }
    }

    /// Takes a job through its phases. Refusal by checks and steps that fail are part of the report, not errors. `mode`
    /// decides how far it goes; that is not read from the variable `dryrun`.
    ///
    /// # Errors
    /// The job cannot be run at all, and then there is no sync of it; or a phase could not be carried through, and then
    /// the sync is in the history as failed, with the cause; or somebody stopped it.
    pub async fn run(
        &self,
        job: &dyn Job,
        given: &Given,
        mode: &RunMode,
        watch: &Watch<'_>,
    ) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let values = settle(&job.meta(), &job.variables(), given)?;
        let request = RequestId::random();
        let log = JobLog::default();
        let prepared = this.prepare(job, values, mode, (request, &log)).await?;
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
        };
        let lease = this.store.begin_sync(&new).await?;
        let heart = Heart::start(&this.store, &lease, &log);
        this.go_through(job, prepared, mode, (heart, watch)).await
    }

    /// Applies a stored plan. What changed in the inventory since it was made is found first: such steps are stale and
    /// are not tried.
    ///
    /// # Errors
    /// There is no such plan, it was applied already, checks are against it and nobody approves, or the inventory failed.
    pub async fn apply(&self, id: PlanId, approval: Option<&str>, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let new = self.applicable(id, approval).await?;
        // Before there is a sync, which would only fail.
        let row = self.store.plan_row(id).await?;
        let _reachable = caught(&row.job, StoredTarget::of(self, &row)).await?;
        let lease = self.store.begin_sync(&new).await?;
        self.carry_out(lease, watch).await
    }

    /// Asks for a stored plan to be applied by a worker.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub async fn enqueue(&self, id: PlanId, approval: Option<&str>) -> Result<SyncId, JobError> {
        let new = self.applicable(id, approval).await?;
        self.store.enqueue(&new).await
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
            Ok(SyncRow { asked: Some(_), .. }) => self.counting_apart().run_asked(lease, &jobs, watch).await,
            Ok(_) => self.carry_out(lease, watch).await,
            Err(error) => Err(phases::fail(&self.store, &lease, error).await),
        };
        match ended {
            Err(JobError::Waits { .. }) => Ok(None),
            ended => Ok(Some((sync, ended))),
        }
    }

    /// The sync that applies a stored plan, when it may be applied. The approval is kept with the plan.
    async fn applicable(&self, id: PlanId, approval: Option<&str>) -> Result<NewSync, JobError> {
        let row = self.store.plan_row(id).await?;
        if row.status != PlanStatus::Open {
            return Err(JobError::NotOpen { plan: id.0, status: row.status });
        }
        let approval = approval.filter(|reason| !reason.trim().is_empty());
        let against = row.findings.iter().filter(|finding| finding.severity == Severity::Error.to_string()).count();
        if against > 0 && approval.is_none() && row.approval.is_none() {
            return Err(JobError::ChecksAgainst { plan: id.0, checks: against });
        }
        if let Some(reason) = approval {
            self.store.approve(id, reason).await?;
        }
        Ok(NewSync {
            job: row.job,
            source: format!("plan {id}"),
            target: self.store.sync(row.sync).await?.target,
            dry_run: false,
            plan: Some(id),
            asked: None,
            request: RequestId::random(),
            user: self.user.clone(),
        })
    }

    /// Applies the plan of a sync that is held.
    async fn carry_out(&self, lease: Lease, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let (StoredPlan { row, plan, schema }, change) = match this.plan_of(&lease).await {
            Ok(found) => found,
            Err(error) => return Err(phases::fail(&this.store, &lease, error).await),
        };
        let heart = Heart::start(&this.store, &lease, &JobLog::default());
        let mut run = Run::new(&this.store, heart, Arc::clone(&schema), watch);
        let work = async {
            let stored_target = StoredTarget::of(this, &row).await?;
            run.measure_with(stored_target.profiling().begin_if_possible());
            let target = stored_target.open(this, &schema, change.clone(), &run.heart)?;
            let report = run.apply_stored(&row.job, row.id, &plan, &*target).await?;
            this.post_run(&stored_target, &schema, (change, run.heart.log()), report).await
        };
        let ended = caught(&row.job, work).await;
        run.end(ended).await
    }

    async fn plan_of(&self, lease: &Lease) -> Result<(StoredPlan, ChangeContext), JobError> {
        let sync = self.store.sync(lease.sync()).await?;
        let plan = sync.plan.ok_or(JobError::NotResumable { sync: sync.id.0, reason: "it has no plan".to_owned() })?;
        Ok((self.stored_plan(self.store.plan_row(plan).await?).await?, self.change_of(&sync)))
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
        let plan = found.plan.ok_or_else(|| refuse("it ended before it had a plan; run the job again"))?;
        let row = this.store.plan_row(plan).await?;
        if row.status != PlanStatus::Started {
            return Err(refuse(&format!("its plan {plan} is {}", row.status)));
        }
        let StoredPlan { row, plan, schema } = this.stored_plan(row).await?;
        let change = this.change_of(&found);
        let stored_target = caught(&row.job, StoredTarget::of(this, &row)).await?;
        let lease = this.store.take_over(sync).await?;
        let heart = Heart::start(&this.store, &lease, &JobLog::default());
        let mut run = Run::new(&this.store, heart, Arc::clone(&schema), watch).after(&found);
        run.measure_with(stored_target.profiling().begin_if_possible());
        let work = async {
            let target = stored_target.open(this, &schema, change.clone(), &run.heart)?;
            let report = run.resume(&row.job, row.id, &plan, &*target).await?;
            this.post_run(&stored_target, &schema, (change, run.heart.log()), report).await
        };
        let ended = caught(&row.job, work).await;
        run.end(ended).await
    }

    /// Stores the plan that takes back what a sync has applied. It is an ordinary plan, made by a sync of its own: look at
    /// it, then apply it.
    ///
    /// # Errors
    /// There is no such sync, or it has applied nothing, or is still at work.
    pub async fn undo(&self, sync: SyncId, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let this = &self.counting_apart();
        let found = this.store.sync(sync).await?;
        let refuse = |reason: String| JobError::NotUndoable { sync: sync.0, reason };
        if found.status == SyncStatus::Running {
            return Err(refuse("it is at work; wait, or stop it with `cancel`".to_owned()));
        }
        let id = found.plan.ok_or_else(|| refuse("it has no plan, so it changed nothing".to_owned()))?;
        let StoredPlan { row, plan, schema } = this.stored_plan(this.store.plan_row(id).await?).await?;
        match row.status {
            PlanStatus::Open => return Err(refuse(format!("its plan {id} was not applied"))),
            PlanStatus::Started => {
                return Err(refuse(format!("its apply was broken off; do the rest first: `resume {sync}`")));
            }
            PlanStatus::Applied => {}
        }
        let applied = this.store.applied_steps(id).await?;
        if applied.is_empty() {
            return Err(refuse(format!("no step of its plan {id} was applied")));
        }
        let undo = plan.undo(|step| applied.binary_search(&step).is_ok());
        let request = RequestId::random();
        let new = NewSync {
            job: row.job.clone(),
            source: format!("undo of sync {sync}"),
            target: found.target,
            dry_run: true,
            plan: None,
            asked: None,
            request,
            user: this.user.clone(),
        };
        let stored_target = caught(&row.job, StoredTarget::of(this, &row)).await?;
        let lease = this.store.begin_sync(&new).await?;
        let heart = Heart::start(&this.store, &lease, &JobLog::default());
        let mut run = Run::new(&this.store, heart, Arc::clone(&schema), watch);
        let work = async {
            let target = stored_target.open(this, &schema, change(&this.user, &row.job, request), &run.heart)?;
            undo::store(&mut run, &row, &undo, &*target, stored_target.kept()).await
        };
        let ended = caught(&row.job, work).await;
        run.end(ended).await
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
                // Somebody else was faster.
                Err(JobError::NotResumable { .. }) => {}
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

    /// What the change log says of what a stored sync writes: that those did it who asked for it.
    fn change_of(&self, sync: &SyncRow) -> ChangeContext {
        change(sync.user.as_deref().unwrap_or(&self.user), &sync.job, sync.request_id())
    }

    async fn stored_plan(&self, row: PlanRow) -> Result<StoredPlan, JobError> {
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
