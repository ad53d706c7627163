use std::future::Future;
use std::pin::Pin;

use trueup_engine::check::Forecast;
use trueup_engine::{Identity, KindName, Snapshot};

use crate::{ConnectorError, LoadReport, Progress};

/// A future on the heap, so that a trait with asynchronous methods can be used as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an adapter says about itself before any work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The connector's name in a job file: `file`, `nautobot`.
    pub connector: &'static str,
    /// What it reaches, for people: a folder, an address. Never a secret.
    pub place: String,
    /// The kinds that it loads, in load order.
    pub kinds: Vec<KindName>,
}

/// Reads one system.
pub trait Source: Send + Sync {
    fn describe(&self) -> Description;

    /// Whether the system can be reached and read at all. Cheap; loads nothing.
    ///
    /// # Errors
    /// What is in the way, and what to do about it.
    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>>;

    /// Adds the system's records to `snapshot`, links them to their parents, and confirms in the snapshot's
    /// completeness every kind that was read to its end.
    ///
    /// # Errors
    /// The load could not be carried through. The snapshot then holds what was read so far and confirms no kind.
    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>>;

    /// What the deletes of these records would do besides: what goes along, what loses a reference, which of them would be
    /// refused. For a plan, before anything is written. A system that does not know foresees nothing.
    ///
    /// # Errors
    /// The system could not be asked.
    fn forecast<'a>(&'a self, deletes: &'a [Identity]) -> BoxFuture<'a, Result<Forecast, ConnectorError>> {
        let _ = deletes;
        Box::pin(std::future::ready(Ok(Forecast::default())))
    }
}
