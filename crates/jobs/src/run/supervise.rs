//! Sees a run through to its end, whatever its code does: it runs apart, and is left behind when it does not come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::allowance::Allowance;
use super::apart::{Apart, said};
use super::heart::Heart;
use super::meter::Presence;
use super::orders::{Orders, Stop};
use super::phases::{Account, Seat};
use super::relay::{Teller, Told};
use super::tracker::Tracker;
use super::{Event, Phase, SyncReport, Watch, ending};
use crate::JobError;
use crate::control::{Control, TimeLimits};
use crate::job::JobLog;
use crate::store::{Costs, Durations, Lease, Progress, Store, SyncRow};

/// How long code that was told to stop may take to come to a point where it waits.
const GRACE: Duration = Duration::from_secs(2);

/// Held by every thread of a run for as long as it is at work.
pub(super) type Present = Sender<()>;

/// When a time limit passes, and what it is.
type Limit = (Instant, Duration);

/// What earlier attempts of a run have cost, and how far they came.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    durations: Durations,
    costs: Costs,
    progress: Progress,
}

impl Earlier {
    pub(super) fn of(sync: &SyncRow) -> Self {
        let progress = sync.progress.clone().unwrap_or_default();
        Self { durations: sync.durations, costs: sync.costs.unwrap_or_default(), progress }
    }
}

/// Sees to one run.
pub(super) struct Supervisor<'r> {
    pub(super) store: &'r Store,
    pub(super) lease: Lease,
    pub(super) job: &'r str,
    pub(super) control: &'r Control,
    pub(super) allowance: Allowance,
    pub(super) log: JobLog,
    pub(super) watch: &'r Watch<'r>,
}

impl Supervisor<'_> {
    /// Does the work and stores how it ended. `earlier` is what earlier attempts have come to.
    ///
    /// # Errors
    /// Those of the work; or it was stopped, or ran into its time limit.
    pub(super) async fn see_through(
        self,
        earlier: Earlier,
        work: impl AsyncFnOnce(Seat) -> Result<SyncReport, JobError> + Send + 'static,
    ) -> Result<SyncReport, JobError> {
        let began = Instant::now();
        let at = |limit: Duration| (began + limit, limit);
        let TimeLimits { soft, hard } = self.control.time;
        let (soft, hard) = (soft.map(at), hard.map(at));
        let (stop, orders) = Orders::new(self.lease.sync(), soft);
        let Earlier { durations, costs, progress } = earlier;
        let tracker = Arc::new(Tracker::after(progress));
        let heart = Heart::start(self.store, &self.lease, (&self.log, &tracker), stop.clone());
        let presence_of_run = Presence::begin();
        let (teller, told) = Teller::new();
        let (present, presence) = channel(1);
        let account = Arc::new(Mutex::new(Account::after(durations, costs)));
        let seat = Seat {
            job: self.job.to_owned(),
            store: self.store.clone(),
            lease: self.lease.clone(),
            orders,
            teller,
            present,
            account: Arc::clone(&account),
            control: self.control.clone(),
            allowance: self.allowance.clone(),
            log: self.log.clone(),
        };
        let ended = match Apart::start(self.job, async move || work(seat).await) {
            Ok(apart) => {
                let tracker = Arc::clone(&tracker);
                let watched = Watched { apart, told: Some(told), tracker, presence, phase: None };
                watched.ended(&self, &stop, (soft, hard)).await
            }
            Err(error) => Err(error),
        };
        let mut account = std::mem::take(&mut *account.lock().unwrap_or_else(PoisonError::into_inner));
        account.costs.shared |= presence_of_run.had_company();
        account.progress = tracker.now();
        let ended = ending::store(self.store, &self.lease, account, (&self.log, ended)).await;
        drop(heart);
        ended
    }
}

/// The work of a run as it is seen from outside.
struct Watched {
    apart: Apart<Result<SyncReport, JobError>>,
    /// `None` once nothing that is told counts any more.
    told: Option<UnboundedReceiver<Told>>,
    tracker: Arc<Tracker>,
    presence: Receiver<()>,
    /// The phase that began last.
    phase: Option<Phase>,
}

impl Watched {
    async fn ended(
        mut self,
        supervisor: &Supervisor<'_>,
        stop: &watch::Sender<Option<Stop>>,
        (mut soft, mut hard): (Option<Limit>, Option<Limit>),
    ) -> Result<SyncReport, JobError> {
        let sync = supervisor.lease.sync();
        let mut heard = stop.subscribe();
        loop {
            tokio::select! {
                biased;
                ended = self.apart.ended() => return ended?.unwrap_or(Err(JobError::LeaseLost { sync: sync.0 })),
                _ = heard.changed() => {
                    let stop = *heard.borrow_and_update();
                    if let Some(stop) = stop.filter(|stop| stop.is_at_once() || self.is_before_apply()) {
                        return self.give_up(supervisor, stop.error(sync)).await;
                    }
                }
                limit = passed(&mut soft) => drop(stop.send_replace(Some(Stop::SoftTimeLimit(limit)))),
                limit = passed(&mut hard) => drop(stop.send_replace(Some(Stop::TimeLimit(limit)))),
                // Last, so that who tells without end is stopped all the same.
                Some(told) = next(&mut self.told) => {
                    if let Err(panicked) = self.hand_on(told, supervisor) {
                        return self.give_up(supervisor, panicked).await;
                    }
                }
            }
        }
    }

    fn hand_on(&mut self, told: Told, supervisor: &Supervisor<'_>) -> Result<(), JobError> {
        if let Event::Began(phase) = told.event {
            self.phase = Some(phase);
        }
        self.tracker.note(told.event);
        let watched = catch_unwind(AssertUnwindSafe(|| (supervisor.watch)(told.event)));
        watched.map_err(|panic| JobError::Panicked { job: supervisor.job.to_owned(), said: said(&*panic) })
    }

    /// Whether nothing can have been changed yet, so that the work may be dropped wherever it is.
    fn is_before_apply(&self) -> bool {
        match self.phase {
            None | Some(Phase::LoadSource | Phase::LoadTarget | Phase::Diff | Phase::Plan) => true,
            Some(Phase::Apply | Phase::Verify) => false,
        }
    }

    /// Has the work dropped where it waits, and leaves behind what does not come back.
    async fn give_up(mut self, supervisor: &Supervisor<'_>, why: JobError) -> Result<SyncReport, JobError> {
        let until = Instant::now() + GRACE;
        self.told = None;
        self.apart.stop();
        let left = |why| {
            let phase = self.phase.map_or("beginning", Phase::as_str);
            JobError::LeftBehind { job: supervisor.job.to_owned(), phase, why: Box::new(why) }
        };
        match timeout_at(until, self.apart.ended()).await {
            // It was faster.
            Ok(Ok(Some(Ok(report)))) => return Ok(report),
            Ok(_) => {}
            Err(_) => return Err(left(why)),
        }
        // What it had begun on other threads.
        match timeout_at(until, self.presence.recv()).await {
            Ok(_) => Err(why),
            Err(_) => Err(left(why)),
        }
    }
}

async fn next(told: &mut Option<UnboundedReceiver<Told>>) -> Option<Told> {
    told.as_mut()?.recv().await
}

/// Waits until a limit is passed, once; for ever when there is none.
async fn passed(limit: &mut Option<Limit>) -> Duration {
    match *limit {
        Some((at, after)) => {
            sleep_until(at).await;
            *limit = None;
            after
        }
        None => std::future::pending().await,
    }
}
