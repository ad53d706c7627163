//! Work on a thread of its own, since others wrote parts of it: the hooks of a job, an adapter. It may panic, block its
//! thread or never come back, and harms neither the tasks of the program nor other syncs. What it awaits is driven by the
//! program as ever.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::JobError;

/// Work under way on its thread. Dropped, it is [stopped](Self::stop).
#[derive(Debug)]
pub(super) struct Apart<T> {
    job: String,
    ended: oneshot::Receiver<End<T>>,
    stop: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
enum End<T> {
    Done(T),
    /// It was dropped where it waited.
    Dropped,
    Panicked(String),
}

impl<T: Send + 'static> Apart<T> {
    /// # Errors
    /// The system has no thread left.
    pub(super) fn start(job: &str, work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<Self, JobError> {
        let (tell, ended) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let program = Handle::current();
        let work = move || {
            let until_stopped = async {
                tokio::select! {
                    biased;
                    _ = stopped => End::Dropped,
                    done = work() => End::Done(done),
                }
            };
            let end = catch_unwind(AssertUnwindSafe(|| program.block_on(until_stopped)));
            // Nobody may be there any more to hear of it.
            let _heard = tell.send(end.unwrap_or_else(|panic| End::Panicked(said(&*panic))));
        };
        let thread = std::thread::Builder::new().name(format!("job {job}")).spawn(work);
        thread.map_err(|source| JobError::NoThread { job: job.to_owned(), source })?;
        Ok(Self { job: job.to_owned(), ended, stop: Some(stop) })
    }

    /// Has the work dropped where it next waits. Work that blocks its thread goes on until it waits, which may be never.
    pub(super) fn stop(&mut self) {
        self.stop = None;
    }

    /// Waits for the end of the work; `None` when it was stopped before. May be asked again until it has answered.
    ///
    /// # Errors
    /// It panicked.
    pub(super) async fn ended(&mut self) -> Result<Option<T>, JobError> {
        let panicked = |said| JobError::Panicked { job: self.job.clone(), said };
        match (&mut self.ended).await {
            Ok(End::Done(done)) => Ok(Some(done)),
            Ok(End::Dropped) => Ok(None),
            Ok(End::Panicked(said)) => Err(panicked(said)),
            Err(_) => Err(panicked("its thread is gone".to_owned())),
        }
    }
}

/// The message of a panic.
pub(super) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
