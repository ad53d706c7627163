//! Work that may panic, since others wrote parts of it: the hooks of a job, an adapter. It fails its own sync and no more.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::JobError;

/// The work; when it panics, that as an error. What it was at is given up, and its state with it.
pub(super) async fn caught<T>(job: &str, work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| {
            let said = message_of(&*panic).unwrap_or("no message").to_owned();
            Poll::Ready(Err(JobError::Panicked { job: job.to_owned(), said }))
        })
    })
    .await
}

/// The message of a panic.
pub(super) fn message_of(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
}
