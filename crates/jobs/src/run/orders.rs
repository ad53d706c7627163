//! What a run is told by others while it is at work.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::JobError;
use crate::store::SyncId;

/// Why a run is to end before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Somebody asked for it.
    Cancel,
    /// As if somebody had asked for it.
    SoftTimeLimit(Duration),
    /// Wherever it is.
    TimeLimit(Duration),
    /// Somebody else has the lease.
    LeaseLost,
}

impl Stop {
    /// Whether a run also ends in the middle of a batch.
    pub(super) fn is_at_once(self) -> bool {
        match self {
            Self::Cancel | Self::SoftTimeLimit(_) => false,
            Self::TimeLimit(_) | Self::LeaseLost => true,
        }
    }

    pub(super) fn error(self, sync: SyncId) -> JobError {
        let sync = sync.0;
        match self {
            Self::Cancel => JobError::Cancelled { sync },
            Self::SoftTimeLimit(limit) => JobError::SoftTimeLimit { sync, seconds: limit.as_secs_f64() },
            Self::TimeLimit(limit) => JobError::TimeLimit { sync, seconds: limit.as_secs_f64() },
            Self::LeaseLost => JobError::LeaseLost { sync },
        }
    }
}

/// Hears when a run is to stop.
#[derive(Debug, Clone)]
pub(super) struct Orders {
    sync: SyncId,
    /// When the soft time limit passes, and what it is.
    soft: Option<(Instant, Duration)>,
    heard: watch::Receiver<Option<Stop>>,
}

impl Orders {
    pub(super) fn new(sync: SyncId, soft: Option<(Instant, Duration)>) -> (watch::Sender<Option<Stop>>, Self) {
        let (tell, heard) = watch::channel(None);
        (tell, Self { sync, soft, heard })
    }

    /// # Errors
    /// The run is to stop.
    pub(super) fn check(&self) -> Result<(), JobError> {
        let passed = |(at, limit): (Instant, Duration)| (at <= Instant::now()).then_some(Stop::SoftTimeLimit(limit));
        let heard = *self.heard.borrow();
        let stop = heard.or_else(|| self.soft.and_then(passed));
        stop.map_or(Ok(()), |stop| Err(stop.error(self.sync)))
    }

    /// Works until it is done, or until the run is to stop; then the work is dropped where it waits.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, JobError> {
        tokio::select! {
            done = work => Ok(done),
            stop = self.clone().stopped() => Err(stop.error(self.sync)),
        }
    }

    /// Waits until the run is to stop.
    pub(super) async fn stopped(mut self) -> Stop {
        let heard = self.heard.wait_for(Option::is_some).await.map(|heard| *heard);
        // Whoever gives orders is gone, and the lease with them.
        heard.ok().flatten().unwrap_or(Stop::LeaseLost)
    }
}
