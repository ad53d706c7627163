use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::orders::Stop;
use crate::JobError;
use crate::job::JobLog;
use crate::store::{Lease, Store, Wanted};

/// Gives signs of life for a sync for as long as it lives itself, and hands on what others want of it.
#[derive(Debug)]
pub(super) struct Heart {
    beating: JoinHandle<()>,
}

/// Between two beats. A lease lasts for several.
const PAUSE: Duration = Duration::from_secs(2);

impl Heart {
    /// What is said in `log` is stored with every beat.
    pub(super) fn start(store: &Store, lease: &Lease, log: &JobLog, tell: watch::Sender<Option<Stop>>) -> Self {
        let (store, held, said) = (store.clone(), lease.clone(), log.clone());
        let beating = tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                match store.beat(&held).await {
                    // Who wants a pause is heard before the next batch. What cannot be stored of the log is lost, and
                    // nothing else is.
                    Ok(Wanted::GoOn | Wanted::Pause) => drop(store.keep_log(held.sync(), &said).await),
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
