//! Tries again what failed by what may pass.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use trueup_connectors::{ConnectorError, LoadReport, Target, may_pass};
use trueup_engine::{Identity, Schema, Snapshot};

use super::orders::Orders;
use super::relay::Teller;
use super::{Event, Phase};
use crate::JobError;
use crate::control::Retry;

/// How much patience a run has in one phase. Every task begins with all of it.
pub(super) struct Patience {
    phase: Phase,
    retry: Retry,
    orders: Orders,
    teller: Teller,
}

/// Why something did not succeed.
pub(super) enum Trouble {
    /// The run is to stop.
    Stopped(JobError),
    Failed(ConnectorError),
}

/// The attempts at one task.
pub(super) struct Attempts<'p> {
    patience: &'p Patience,
    made: u32,
    pauses: Box<dyn Iterator<Item = Duration> + Send>,
}

impl Patience {
    pub(super) fn new(phase: Phase, retry: Retry, orders: Orders, teller: Teller) -> Self {
        Self { phase, retry, orders, teller }
    }

    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts { patience: self, made: 1, pauses: Box::new(self.retry.pauses()) }
    }

    /// What a task gives, tried as often as that may help.
    pub(super) async fn have<T>(&self, mut task: impl AsyncFnMut() -> Result<T, ConnectorError>) -> Result<T, Trouble> {
        let mut attempts = self.attempts();
        loop {
            match task().await {
                Ok(done) => return Ok(done),
                Err(error) => attempts.after(error).await?,
            }
        }
    }

    /// Records of a target as they are now.
    pub(super) async fn read(
        &self,
        target: &dyn Target,
        schema: &Arc<Schema>,
        records: &[&Identity],
    ) -> Result<(Snapshot, LoadReport), Trouble> {
        let read = async || {
            let mut now = Snapshot::new("target", Arc::clone(schema));
            let report = target.load_records(records, &mut now).await?;
            Ok((now, report))
        };
        self.have(read).await
    }
}

impl Attempts<'_> {
    /// Waits until another attempt is to be made after this failure.
    ///
    /// # Errors
    /// It was the last one, or another one would not help, or the run is to stop.
    pub(super) async fn after(&mut self, error: ConnectorError) -> Result<(), Trouble> {
        if !may_pass(&error) {
            return Err(Trouble::Failed(error));
        }
        if self.wait().await.map_err(Trouble::Stopped)? { Ok(()) } else { Err(Trouble::Failed(error)) }
    }

    /// Waits until another attempt is to be made, if one is.
    ///
    /// # Errors
    /// The run is to stop.
    pub(super) async fn wait(&mut self) -> Result<bool, JobError> {
        let Some(pause) = self.pauses.next() else { return Ok(false) };
        let Patience { phase, orders, teller, .. } = self.patience;
        teller.tell(Event::Waiting { phase: *phase, attempt: self.made, seconds: pause.as_secs_f64() });
        orders.check()?;
        orders.unless_stopped(sleep(pause)).await?;
        self.made += 1;
        Ok(true)
    }
}
