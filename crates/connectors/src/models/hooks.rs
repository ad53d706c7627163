use std::future::Future;

use trueup_engine::Model;
use trueup_engine::apply::{Fault, Outcome};

use super::{BoxError, ModelChange};
use crate::error::with_causes;
use crate::may_pass;

/// How a target writes one record: DiffSync's `create`, `update` and `delete`. What is not written declines, so that the
/// step is named in the report and nothing else is stopped.
///
/// An answer may be any [`Outcome`]; an error makes the step fail with its message, and does not affect the others. One that
/// [may pass](crate::Passing) makes it be tried again, if the job says so.
pub trait ModelHooks<M: Model + Send + 'static>: Send + Sync {
    fn create(&self, record: M) -> impl Future<Output = Result<Outcome, BoxError>> + Send {
        drop(record);
        std::future::ready(Ok(declined("create")))
    }

    /// `changed` names the fields that differ, as records call them.
    fn update(
        &self,
        before: M,
        after: M,
        changed: Vec<String>,
    ) -> impl Future<Output = Result<Outcome, BoxError>> + Send {
        drop((before, after, changed));
        std::future::ready(Ok(declined("update")))
    }

    fn delete(&self, record: M) -> impl Future<Output = Result<Outcome, BoxError>> + Send {
        drop(record);
        std::future::ready(Ok(declined("delete")))
    }
}

/// How a target writes many records at once.
pub trait BatchHooks<M: Model + Send + 'static>: Send + Sync {
    /// Carries out changes of one sort; one outcome for each, in the same order.
    ///
    /// # Errors
    /// The system could not be worked with at all; it is not known which of the changes it has made.
    fn apply(&self, changes: Vec<ModelChange<M>>) -> impl Future<Output = Result<Vec<Outcome>, BoxError>> + Send;
}

/// Per-record hooks, called one after the other.
pub(super) struct OneByOne<H>(pub(super) H);

impl<M: Model + Send + 'static, H: ModelHooks<M>> BatchHooks<M> for OneByOne<H> {
    async fn apply(&self, changes: Vec<ModelChange<M>>) -> Result<Vec<Outcome>, BoxError> {
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            let outcome = match change {
                ModelChange::Create(record) => self.0.create(record).await,
                ModelChange::Update { before, after, changed } => self.0.update(before, after, changed).await,
                ModelChange::Delete(record) => self.0.delete(record).await,
            };
            outcomes.push(outcome.unwrap_or_else(|error| failed(&error)));
        }
        Ok(outcomes)
    }
}

fn failed(error: &BoxError) -> Outcome {
    let fault = if may_pass(error.as_ref()) { Fault::Passing } else { Fault::Error };
    Outcome::Failed { fault, message: with_causes(&**error) }
}

fn declined(action: &str) -> Outcome {
    Outcome::Failed { fault: Fault::Declined, message: format!("this target does not {action} such records") }
}
