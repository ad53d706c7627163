//! Asks for the runs of schedules that are due.

use jiff::{SignedDuration, Timestamp};

use super::Runner;
use crate::JobError;
use crate::schedule::Missed;
use crate::store::{Due, NewSchedule, NewSync, ScheduleRow, SyncId};
use crate::variable::Given;

/// Somebody looks at the clock every second. Who finds a time due that is longer ago was not there, or its clock jumped.
const PUNCTUAL: SignedDuration = SignedDuration::from_secs(60);

/// A schedule whose time had come, and the run that was asked for, or why none was.
pub type DueRun = (String, Result<SyncId, String>);

impl Runner {
    /// Makes a schedule of a job of this program.
    ///
    /// # Errors
    /// This program has no such job or it is switched off, what is given does not fit its variables, or there is a schedule
    /// of this name.
    pub async fn add_schedule(&self, new: NewSchedule, given: &Given, now: Timestamp) -> Result<ScheduleRow, JobError> {
        let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if !new.name.chars().all(is_plain) || new.name.chars().all(|letter| letter == '.') {
            return Err(JobError::ScheduleName(new.name));
        }
        // As it will be asked for each time: what cannot be done then is told now.
        let asked = self.run_to_ask_for(&new.job, given, &new.mode).await?.asked;
        let variables = asked.map(|asked| asked.variables).unwrap_or_default();
        let next = new.timing.next_after(now)?;
        self.store().add_schedule((&new, &variables), self.user(), (now, next)).await
    }

    /// Has a schedule count from now on, or no more.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn enable_schedule(&self, name: &str, enabled: bool, now: Timestamp) -> Result<ScheduleRow, JobError> {
        let found = self.store().schedule(name).await?;
        if found.enabled == enabled {
            return Ok(found);
        }
        let next = enabled.then(|| found.timing.next_after(now)).transpose()?;
        self.store().enable_schedule(name, next).await
    }

    /// Asks for the runs that are due at a time, of the jobs that this program has.
    ///
    /// # Errors
    /// The history failed. Why no run of a schedule could be asked for is noted with it.
    pub async fn ask_for_due(&self, now: Timestamp) -> Result<Vec<DueRun>, JobError> {
        let due = self.store().due_schedules(now).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let jobs = self.jobs().all();
        let mut asked = Vec::new();
        for schedule in due.iter().filter(|schedule| jobs.iter().any(|known| known.name == schedule.job)) {
            if let Some(what) = self.ask_for(schedule, now).await? {
                asked.push((schedule.name.clone(), what));
            }
        }
        Ok(asked)
    }

    async fn ask_for(
        &self,
        schedule: &ScheduleRow,
        now: Timestamp,
    ) -> Result<Option<Result<SyncId, String>>, JobError> {
        let time = schedule.next_at.unwrap_or(now);
        let next = match schedule.timing.next_after(now.max(time)) {
            Ok(next) => next,
            Err(error) => {
                let why = format!("disabled, since its next time cannot be told any more: {error}");
                self.store().give_up_schedule(schedule.id, &why).await?;
                return Ok(Some(Err(why)));
            }
        };
        let late = now.duration_since(time);
        let run = if late > PUNCTUAL && schedule.missed == Missed::Skip {
            Err(format!("{} passed while nobody looked, and is skipped", schedule.timing.shown(time)))
        } else {
            self.due_run(schedule).await
        };
        let run = run.as_ref().map_err(String::as_str);
        self.store().take_due(&Due { schedule, next, run }).await
    }

    async fn due_run(&self, schedule: &ScheduleRow) -> Result<NewSync, String> {
        let given = Given::from(schedule.variables.clone());
        let run = self.asked_by(&schedule.user).run_to_ask_for(&schedule.job, &given, &schedule.mode).await;
        run.map_err(|error| format!("no run could be asked for: {error}"))
    }
}
