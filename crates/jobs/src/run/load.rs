//! Loading both sides, one after the other or at the same time.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use trueup_connectors::{ConnectorError, LoadReport, Source};
use trueup_engine::Snapshot;

use super::caught::message_of;
use super::meter::{Meter, PhaseCost};
use super::phases::Run;
use super::{Event, Phase, said};
use crate::JobError;

/// What one side holds, and how it was loaded.
pub(super) type Loaded = (Snapshot, LoadReport);

impl Run<'_> {
    /// Loads both sides. In parallel, each is loaded by a task of its own, so that also a source that blocks its thread
    /// does not hold up the other; an error of the source is told before one of the target.
    pub(super) async fn load_sides(
        &mut self,
        source: Arc<dyn Source>,
        target: Arc<dyn Source>,
        parallel: bool,
    ) -> Result<(Loaded, Loaded), JobError> {
        if parallel {
            let (events, mut told) = unbounded_channel();
            let source = self.to_load(Phase::LoadSource, source, events.clone()).start();
            let target = self.to_load(Phase::LoadTarget, target, events).start();
            let watch = self.told();
            let both = async {
                while let Some(event) = told.recv().await {
                    watch.tell(event);
                }
                (source.ended().await, target.ended().await)
            };
            let (source, target) = self.heart.unless_stopped(both).await?;
            let source = self.keep(Phase::LoadSource, source).await?;
            let target = self.keep(Phase::LoadTarget, target).await?;
            Ok((source, target))
        } else {
            let source = self.load(Phase::LoadSource, source).await?;
            let target = self.load(Phase::LoadTarget, target).await?;
            Ok((source, target))
        }
    }

    async fn load(&mut self, phase: Phase, adapter: Arc<dyn Source>) -> Result<Loaded, JobError> {
        let (events, mut told) = unbounded_channel();
        let side = self.to_load(phase, adapter, events).start();
        let watch = self.told();
        let load = async {
            while let Some(event) = told.recv().await {
                watch.tell(event);
            }
            side.ended().await
        };
        let ended = self.heart.unless_stopped(load).await?;
        self.keep(phase, ended).await
    }

    fn to_load(&self, phase: Phase, adapter: Arc<dyn Source>, events: UnboundedSender<Event>) -> Load {
        let name = if phase == Phase::LoadSource { "source" } else { adapter.describe().connector };
        let snapshot = Snapshot::new(name, Arc::clone(&self.schema));
        Load { phase, adapter, snapshot, meter: self.meter().clone(), events }
    }

    /// Notes what a load came to.
    async fn keep(&mut self, phase: Phase, ended: Ended) -> Result<Loaded, JobError> {
        if let Some(cost) = ended.cost {
            cost.add_to(&mut self.durations, &mut self.costs);
        }
        let (side, fault): (_, fn(_) -> _) = match phase {
            Phase::LoadSource => ("source", JobError::Load),
            _ => ("target", JobError::LoadTarget),
        };
        let (snapshot, report) = ended.loaded.map_err(|error| fault(Box::new(error)))?;
        let bytes = if side == "source" { &mut self.costs.source_bytes } else { &mut self.costs.target_bytes };
        *bytes = snapshot.bytes() as u64;
        let seconds = ended.cost.map_or(0.0, |cost| cost.seconds);
        said::load(&self.heart.log().grouped(phase.as_str()), seconds, &snapshot, &report);
        self.store.note_rejected(self.lease.sync(), side, &report.rejected).await?;
        Ok((snapshot, report))
    }
}

/// One side on its way into a snapshot.
struct Load {
    phase: Phase,
    adapter: Arc<dyn Source>,
    snapshot: Snapshot,
    meter: Meter,
    events: UnboundedSender<Event>,
}

struct Ended {
    /// `None` of a load that panicked.
    cost: Option<PhaseCost>,
    loaded: Result<Loaded, ConnectorError>,
}

/// A load in a task of its own, which ends with whoever waits for it.
struct Started {
    place: String,
    task: JoinHandle<Ended>,
}

impl Load {
    fn start(self) -> Started {
        let place = self.adapter.describe().place;
        Started { place, task: tokio::spawn(self.load()) }
    }

    async fn load(mut self) -> Ended {
        let Self { phase, adapter, snapshot, meter, events } = &mut self;
        let phase = *phase;
        let metering = meter.begin(phase);
        let tell = |event| {
            // Nobody may be there any more to be told.
            let _told = events.send(event);
        };
        tell(Event::Began(phase));
        let progress = |records, share| tell(Event::Loading { phase, records, share });
        let report = adapter.load(snapshot, &progress).await;
        let cost = metering.end();
        tell(Event::Ended(phase, cost.seconds));
        Ended { cost: Some(cost), loaded: report.map(|report| (self.snapshot, report)) }
    }
}

impl Started {
    /// A load that panicked has failed, and nothing else has.
    async fn ended(mut self) -> Ended {
        let ended = (&mut self.task).await;
        ended.unwrap_or_else(|error| {
            let panic = error.try_into_panic().ok();
            let said = panic.as_deref().and_then(message_of).unwrap_or("no message");
            let source = format!("its code panicked: {said}").into();
            let error = ConnectorError::System { system: self.place.clone(), doing: "loading its records", source };
            Ended { cost: None, loaded: Err(error) }
        })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.task.abort();
    }
}
