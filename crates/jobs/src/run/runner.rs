use std::sync::Arc;

use trueup_connectors::Source;
use trueup_engine::check::Severity;
use trueup_engine::plan::Plan;
use trueup_engine::{Kind, Schema};
use trueup_inventory::{ChangeContext, Inventory, Registry, RequestId};

use super::phases::Run;
use super::{SyncReport, Watch, kinds, phases, undo};
use crate::store::{Lease, NewSync, PlanId, PlanRow, PlanStatus, Store, SyncId, SyncStatus};
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

/// A sync and how it ended.
pub type Ended = (SyncId, Result<SyncReport, JobError>);

/// A plan that was read back, and what it is applied with.
struct StoredPlan {
    row: PlanRow,
    plan: Plan,
    schema: Arc<Schema>,
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
    /// the sync is in the history as failed, with the cause; or somebody stopped it.
    pub async fn run(&self, job: &dyn DataSource, mode: &RunMode, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let schema = Arc::new(job.schema(self.inventory.registry())?);
        let meta = job.meta();
        check_kinds(&meta.name, &schema, self.inventory.registry())?;
        let source = job.load_source_adapter(&schema)?;
        let context = ChangeContext::job(&self.user, &meta.name);
        let (request, dry_run) = (context.request_id, *mode == RunMode::DryRun);
        let target = InventoryAdapter::new(self.inventory.clone(), Arc::clone(&schema), context);
        let (source_place, target_place) = (place(&*source), place(&target));
        let new = NewSync { job: meta.name, source: source_place, target: target_place, dry_run, plan: None, request };
        let lease = self.store.begin_sync(&new).await?;
        let target = target.held_by(lease.clone());
        let mut run = Run::new(&self.store, lease, schema, watch);
        let ended = run.phases(job, &new.job, &*source, &target, mode).await;
        run.end(ended).await
    }

    /// Applies a stored plan. What changed in the inventory since it was made is found first: such steps are stale and
    /// are not tried.
    ///
    /// # Errors
    /// There is no such plan, it was applied already, checks are against it and nobody approves, or the inventory failed.
    pub async fn apply(&self, id: PlanId, approval: Option<&str>, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let new = self.applicable(id, approval).await?;
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
        let Some(lease) = self.store.claim().await? else { return Ok(None) };
        let sync = lease.sync();
        Ok(Some((sync, self.carry_out(lease, watch).await)))
    }

    /// The sync that applies a stored plan, when it may be applied. The approval is kept with the plan.
    async fn applicable(&self, id: PlanId, approval: Option<&str>) -> Result<NewSync, JobError> {
        let row = self.store.plan_row(id).await?;
        if row.status != PlanStatus::Open.as_str() {
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
            target: format!("inventory {}", self.inventory.place()),
            dry_run: false,
            plan: Some(id),
            request: RequestId::random(),
        })
    }

    /// Applies the plan of a sync that is held.
    async fn carry_out(&self, lease: Lease, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let (StoredPlan { row, plan, schema }, request) = match self.plan_of(&lease).await {
            Ok(found) => found,
            Err(error) => return Err(phases::fail(&self.store, &lease, error).await),
        };
        let target = self.target(&row.job, &schema, request, &lease);
        let mut run = Run::new(&self.store, lease, schema, watch);
        let ended = run.apply_stored(&row.job, row.id, &plan, &target).await;
        run.end(ended).await
    }

    async fn plan_of(&self, lease: &Lease) -> Result<(StoredPlan, RequestId), JobError> {
        let sync = self.store.sync(lease.sync()).await?;
        let plan = sync.plan.ok_or(JobError::NotResumable { sync: sync.id.0, reason: "it has no plan".to_owned() })?;
        Ok((self.stored_plan(self.store.plan_row(plan).await?).await?, sync.request_id()))
    }

    /// Does the rest of a sync whose apply was broken off: by an error, by somebody who stopped it, or because the program
    /// that ran it is gone. What was sent and not answered is settled first by reading it back; no change is made twice.
    ///
    /// # Errors
    /// There is no such sync, somebody works on it, or it has nothing to resume; or it was broken off again.
    pub async fn resume(&self, sync: SyncId, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let found = self.store.sync(sync).await?;
        let refuse = |reason: &str| JobError::NotResumable { sync: sync.0, reason: reason.to_owned() };
        let plan = found.plan.ok_or_else(|| refuse("it ended before it had a plan; run the job again"))?;
        let row = self.store.plan_row(plan).await?;
        if row.status != PlanStatus::Started.as_str() {
            return Err(refuse(&format!("its plan {plan} is {}", row.status)));
        }
        let StoredPlan { row, plan, schema } = self.stored_plan(row).await?;
        let request = found.request_id();
        let lease = self.store.take_over(sync).await?;
        let target = self.target(&row.job, &schema, request, &lease);
        let mut run = Run::new(&self.store, lease, schema, watch).after(found.durations);
        let ended = run.resume(&row.job, row.id, &plan, &target).await;
        run.end(ended).await
    }

    /// Stores the plan that takes back what a sync has applied. It is an ordinary plan, made by a sync of its own: look at
    /// it, then apply it.
    ///
    /// # Errors
    /// There is no such sync, or it has applied nothing, or is still at work, or was taken back already.
    pub async fn undo(&self, sync: SyncId, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        let found = self.store.sync(sync).await?;
        let refuse = |reason: String| JobError::NotUndoable { sync: sync.0, reason };
        if found.status == SyncStatus::Running.as_str() {
            return Err(refuse("it is at work; wait, or stop it with `trueup cancel`".to_owned()));
        }
        let id = found.plan.ok_or_else(|| refuse("it has no plan, so it changed nothing".to_owned()))?;
        let StoredPlan { row, plan, schema } = self.stored_plan(self.store.plan_row(id).await?).await?;
        match row.status.as_str() {
            "open" => return Err(refuse(format!("its plan {id} was not applied"))),
            "started" => {
                return Err(refuse(format!("its apply was broken off; do the rest first: `trueup resume {sync}`")));
            }
            _ => {}
        }
        let applied = self.store.applied_steps(id).await?;
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
            request,
        };
        let lease = self.store.begin_sync(&new).await?;
        let target = self.target(&row.job, &schema, request, &lease);
        let mut run = Run::new(&self.store, lease, Arc::clone(&schema), watch);
        let ended = undo::store(&mut run, &row, &undo, &target).await;
        run.end(ended).await
    }

    /// Resumes every sync whose program is gone, and gives what came of each.
    ///
    /// # Errors
    /// The history cannot be read. What goes wrong with one sync is given with that.
    pub async fn recover(&self, watch: &Watch<'_>) -> Result<Vec<Ended>, JobError> {
        let mut recovered = Vec::new();
        for sync in self.store.interrupted().await? {
            match self.resume(sync, watch).await {
                // Somebody else was faster.
                Err(JobError::NotResumable { .. }) => {}
                ended => recovered.push((sync, ended)),
            }
        }
        Ok(recovered)
    }

    async fn stored_plan(&self, row: PlanRow) -> Result<StoredPlan, JobError> {
        let plan = self.store.plan(&row).await?;
        let schema = Arc::new(kinds::from_json(&row.kinds)?);
        Ok(StoredPlan { row, plan, schema })
    }

    /// The target of a stored plan.
    fn target(&self, job: &str, schema: &Arc<Schema>, request: RequestId, lease: &Lease) -> InventoryAdapter {
        let context = ChangeContext { request_id: request, ..ChangeContext::job(&self.user, job) };
        InventoryAdapter::new(self.inventory.clone(), Arc::clone(schema), context).held_by(lease.clone())
    }
}

/// What the history calls one side.
fn place(adapter: &dyn Source) -> String {
    format!("{} {}", adapter.describe().connector, adapter.describe().place)
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
