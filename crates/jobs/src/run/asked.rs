//! Runs that are asked for by the name of their job, and done by whoever has it.

use std::sync::Arc;

use trueup_inventory::RequestId;

use super::phases::Seat;
use super::prepare::Prepared;
use super::runner::names;
use super::supervise::Earlier;
use super::{RunMode, Runner, SyncReport, Watch};
use crate::job::{JobLog, Known, Overrides};
use crate::store::{Asked, Lease, NewSync, SyncId, SyncRow, Unable};
use crate::variable::{DRYRUN, Given, VariableCause, VariableProblem, check_objects, given_elsewhere, settle};
use crate::{Job, JobError};

impl Runner {
    /// A job of this program that is not switched off.
    ///
    /// # Errors
    /// This program has no such job, it is switched off, or the inventory failed.
    pub async fn enabled(&self, job: &str) -> Result<Known, JobError> {
        Ok(self.enabled_with(job).await?.0)
    }

    async fn enabled_with(&self, job: &str) -> Result<(Known, Overrides), JobError> {
        let known = self.jobs().find(job)?;
        let overrides = Overrides::of(&known.name, self.inventory()).await?;
        if overrides.is_enabled { Ok((known, overrides)) } else { Err(JobError::Disabled { job: known.name }) }
    }

    /// Asks for a run of a job of this program. A program that has the job in this version takes it up: a worker, or the
    /// server.
    ///
    /// # Errors
    /// This program has no such job or it is switched off, what is given does not fit its variables, or the history failed.
    pub async fn request(&self, job: &str, given: &Given, mode: &RunMode) -> Result<SyncId, JobError> {
        let new = self.run_to_ask_for(job, given, mode).await?;
        self.store().enqueue(&new).await
    }

    /// The run that is asked for, before it is.
    pub(super) async fn run_to_ask_for(&self, job: &str, given: &Given, mode: &RunMode) -> Result<NewSync, JobError> {
        let (Known { name, version, job }, overrides) = self.enabled_with(job).await?;
        let meta = job.meta();
        // Whether files are there is asked where the run is done.
        let values = given_elsewhere(&meta, &job.variables(), given)?;
        let is_dry = *mode == RunMode::DryRun;
        if given.says(DRYRUN) && values.dry_run() != is_dry {
            let message = format!("`{DRYRUN}` says otherwise than the mode `{}`; say it in one way", mode.as_str());
            let (variable, cause) = (DRYRUN.to_owned(), VariableCause::Unfit);
            return Err(JobError::Variables {
                job: name,
                problems: vec![VariableProblem { variable, cause, message }],
            });
        }
        let values = values.with_dry_run(is_dry);
        check_objects(&name, &values, self.inventory()).await?;
        let (version, variables) = (version.to_string(), values.to_json());
        Ok(NewSync {
            job: name,
            source: meta.data_source.clone(),
            target: meta.data_target.clone(),
            dry_run: is_dry,
            plan: None,
            asked: Some(Asked { version, mode: mode.clone(), variables }),
            request: RequestId::random(),
            user: self.user().to_owned(),
            control: self.held_to(overrides.over(meta.control), &meta.name)?,
        })
    }

    /// The syncs behind one that wait for a job that this program does not have, or has in another version. With each is
    /// noted why it was not taken.
    pub(crate) async fn unable(&self, after: SyncId) -> Result<Vec<(Unable, String)>, JobError> {
        let jobs = self.jobs().all();
        let mut all = Vec::new();
        for unable in self.store().unable(&names(&jobs), after).await? {
            let Unable { job, version, .. } = &unable;
            let why = match jobs.iter().find(|known| known.name == *job) {
                None => {
                    format!("it waits for a program that has the job `{job}`; one that looked for work has no such job")
                }
                Some(other) => format!(
                    "it waits for a program that has the job `{job}` in version {version}; one that looked for work has \
                     version {}: bring that up to date, or ask for the run again",
                    other.version
                ),
            };
            self.store().note_unable(unable.sync, &why).await?;
            all.push((unable, why));
        }
        Ok(all)
    }

    /// Does a run that was asked for. Also what its job needs to be ready is done under its lease and within its time limit.
    pub(super) async fn run_asked(
        &self,
        lease: Lease,
        row: SyncRow,
        jobs: Vec<Known>,
        watch: &Watch<'_>,
    ) -> Result<SyncReport, JobError> {
        let (runner, name, control) = (self.clone(), row.job.clone(), row.control.clone());
        let work = async move |seat: Seat| {
            let (job, prepared, mode) = runner.prepare_asked((&seat.lease, &seat.log), row, &jobs).await?;
            prepared.go_through(seat, &*job, &mode).await
        };
        self.supervisor(lease, (&name, &control), JobLog::default(), watch).see_through(Earlier::default(), work).await
    }

    async fn prepare_asked(
        &self,
        (lease, log): (&Lease, &JobLog),
        row: SyncRow,
        jobs: &[Known],
    ) -> Result<(Arc<dyn Job>, Prepared, RunMode), JobError> {
        let request = row.request_id();
        let SyncRow { job, asked, user, .. } = row;
        let asked = asked.ok_or(JobError::NoSuchSync(lease.sync().0))?;
        let known = jobs.iter().find(|known| known.name == job);
        let job = known.map(|known| Arc::clone(&known.job)).ok_or_else(|| JobError::unknown_job(&job, jobs))?;
        let values = settle(&job.meta(), &job.variables(), &Given::from(asked.variables))?;
        let asker = user.map_or_else(|| self.clone(), |user| self.asked_by(&user));
        let prepared = asker.prepare(&*job, values, &asked.mode, (request, log)).await?;
        let (source, target) = prepared.places();
        match self.store().begin_asked(lease, (&source, &target)).await? {
            Some(other) => Err(JobError::Waits { sync: other.0 }),
            None => Ok((job, prepared.waiting(), asked.mode)),
        }
    }
}
