use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::tracker::Tracker;
use crate::JobError;
use crate::job::JobLog;
use crate::store::{Lease, Store, Wanted};

/// Gives signs of life for a sync for as long as it lives itself, and hears what others want of it.
#[derive(Debug)]
pub(super) struct Heart {
    lease: Lease,
    /// Where it looks how far the sync is.
    tracker: Arc<Tracker>,
    log: JobLog,
    heard: watch::Receiver<Heard>,
    beating: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    Cancel,
    /// Somebody else has the lease.
    Lost,
}

/// Between two beats when there is something new to tell of the sync.
const NEWS: Duration = Duration::from_secs(1);
/// Between two beats when there is not. A lease lasts for several.
const PAUSE: Duration = Duration::from_secs(2);

impl Heart {
    /// What is said in `log` is stored with every beat.
    pub(super) fn start(store: &Store, lease: &Lease, log: &JobLog) -> Self {
        let (tell, heard) = watch::channel(Heard::Nothing);
        let tracker = Arc::<Tracker>::default();
        let (store, held, said, told) = (store.clone(), lease.clone(), log.clone(), Arc::clone(&tracker));
        let beating = tokio::spawn(async move {
            let mut last = Instant::now();
            loop {
                tokio::time::sleep(NEWS).await;
                let news = told.news();
                if news.is_none() && last.elapsed() < PAUSE {
                    continue;
                }
                last = Instant::now();
                match store.beat(&held, news.as_ref()).await {
                    // What cannot be stored of the log is lost, and nothing else is.
                    Ok(Wanted::GoOn) => drop(store.keep_log(held.sync(), &said).await),
                    Ok(Wanted::Cancel) => {
                        tell.send_replace(Heard::Cancel);
                    }
                    Err(JobError::LeaseLost { .. }) => {
                        tell.send_replace(Heard::Lost);
                        return;
                    }
                    // The database is away; whoever writes next will say so, and the next beat tries again.
                    Err(_) => {}
                }
            }
        });
        Self { lease: lease.clone(), tracker, log: log.clone(), heard, beating }
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(super) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    pub(super) fn log(&self) -> &JobLog {
        &self.log
    }

    /// Works until it is done, or until the sync has to stop; then the work is dropped where it waits.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, JobError> {
        let mut heard = self.heard.clone();
        tokio::select! {
            done = work => Ok(done),
            changed = heard.wait_for(|heard| *heard != Heard::Nothing) => {
                let heard = changed.map_or(Heard::Lost, |heard| *heard);
                Err(self.error(heard))
            }
        }
    }

    fn error(&self, heard: Heard) -> JobError {
        let sync = self.lease.sync().0;
        match heard {
            Heard::Cancel => JobError::Cancelled { sync },
            Heard::Nothing | Heard::Lost => JobError::LeaseLost { sync },
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.beating.abort();
    }
}
