use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::orders::Stop;
use super::tracker::Tracker;
use crate::JobError;
use crate::job::JobLog;
use crate::store::{Lease, Store, Wanted};

/// Gives signs of life for a sync for as long as it lives itself, and hands on what others want of it.
#[derive(Debug)]
pub(super) struct Heart {
    beating: JoinHandle<()>,
}

/// Between two beats when there is something new to tell of the sync.
const NEWS: Duration = Duration::from_secs(1);
/// Between two beats when there is not. A lease lasts for several.
const PAUSE: Duration = Duration::from_secs(2);

impl Heart {
    /// What is said in `log`, and how far the sync is, are stored with the beats.
    pub(super) fn start(
        store: &Store,
        lease: &Lease,
        (log, told): (&JobLog, &Arc<Tracker>),
        tell: watch::Sender<Option<Stop>>,
    ) -> Self {
        let (store, held, said, told) = (store.clone(), lease.clone(), log.clone(), Arc::clone(told));
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
                    // Who wants a pause is heard before the next batch. What cannot be stored of the log is lost, and
                    // nothing else is.
                    Ok(Wanted::GoOn | Wanted::Pause) => drop(store.keep_log(&held, &said).await),
                    Ok(Wanted::Cancel) => {
                        tell.send_replace(Some(Stop::Cancel));
                    }
                    Err(JobError::LeaseLost { .. }) => {
                        tell.send_replace(Some(Stop::LeaseLost));
                        return;
                    }
                    // The database is away; whoever writes next will say so, and the next beat tries again.
                    Err(_) => {}
                }
            }
        });
        Self { beating }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.beating.abort();
    }
}
