//! Loading both sides, one after the other or at the same time.

use std::sync::Arc;

use trueup_connectors::{ConnectorError, LoadReport, Source};
use trueup_engine::{Schema, Snapshot};

use super::apart::Apart;
use super::meter::{Meter, PhaseCost};
use super::patience::{Patience, Trouble};
use super::phases::Run;
use super::relay::Teller;
use super::supervise::Present;
use super::{Event, Phase, said};
use crate::JobError;

/// What one side holds, and how it was loaded.
pub(super) type Loaded = (Snapshot, LoadReport);

impl Run {
    /// Loads both sides, each on a thread of its own, so that in parallel also a source that blocks its thread does not
    /// hold up the other; an error of the source is told before one of the target.
    pub(super) async fn load_sides(
        &mut self,
        source: Arc<dyn Source>,
        target: Arc<dyn Source>,
        parallel: bool,
    ) -> Result<(Loaded, Loaded), JobError> {
        if parallel {
            let source = self.start_load(Phase::LoadSource, source)?;
            let target = self.start_load(Phase::LoadTarget, target)?;
            let (source, target) = (source.ended().await, target.ended().await);
            let source = self.keep(Phase::LoadSource, source).await?;
            let target = self.keep(Phase::LoadTarget, target).await?;
            Ok((source, target))
        } else {
            let source = self.start_load(Phase::LoadSource, source)?.ended().await;
            let source = self.keep(Phase::LoadSource, source).await?;
            let target = self.start_load(Phase::LoadTarget, target)?.ended().await;
            let target = self.keep(Phase::LoadTarget, target).await?;
            Ok((source, target))
        }
    }

    fn start_load(&self, phase: Phase, adapter: Arc<dyn Source>) -> Result<Started, JobError> {
        let place = adapter.describe().place;
        let schema = Arc::clone(&self.schema);
        let (patience, teller) = (self.patience(phase), self.teller.clone());
        let meter = self.meter().clone();
        let load = Load { phase, adapter, schema, patience, teller, meter, _present: self.present.clone() };
        let work = Apart::start(&self.job, async move || load.load().await)?;
        Ok(Started { place, work })
    }

    /// Notes what a load came to.
    async fn keep(&mut self, phase: Phase, ended: Ended) -> Result<Loaded, JobError> {
        let Ended { cost, loaded } = ended;
        let (side, fault): (_, fn(Box<ConnectorError>) -> JobError) = match phase {
            Phase::LoadSource => ("source", JobError::Load),
            _ => ("target", JobError::LoadTarget),
        };
        if let Some(cost) = cost {
            self.account().note(cost);
        }
        let (snapshot, report) = loaded.map_err(|error| fault(Box::new(error)))?;
        let bytes = snapshot.bytes() as u64;
        match phase {
            Phase::LoadSource => self.account().costs.source_bytes = bytes,
            _ => self.account().costs.target_bytes = bytes,
        }
        let seconds = cost.map_or(0.0, |cost| cost.seconds);
        said::load(&self.log(phase), seconds, &snapshot, &report);
        self.store.note_rejected(&self.lease, side, &report.rejected).await?;
        Ok((snapshot, report))
    }
}

/// One side on its way into a snapshot.
struct Load {
    phase: Phase,
    adapter: Arc<dyn Source>,
    schema: Arc<Schema>,
    patience: Patience,
    teller: Teller,
    meter: Meter,
    _present: Present,
}

struct Ended {
    /// `None` of a load that did not come to an end.
    cost: Option<PhaseCost>,
    loaded: Result<Loaded, ConnectorError>,
}

/// A load on its thread, which ends with whoever waits for it.
struct Started {
    place: String,
    work: Apart<Ended>,
}

impl Load {
    async fn load(self) -> Ended {
        let Self { phase, adapter, schema, patience, teller, meter, _present } = &self;
        let phase = *phase;
        let metering = meter.begin(phase);
        let name = if phase == Phase::LoadSource { "source" } else { adapter.describe().connector };
        teller.tell(Event::Began(phase));
        let progress = |records, share| teller.tell(Event::Loading { phase, records, share });
        let load = async || {
            let mut snapshot = Snapshot::new(name, Arc::clone(schema));
            let report = adapter.load(&mut snapshot, &progress).await?;
            Ok((snapshot, report))
        };
        let loaded = patience.have(load).await;
        let cost = metering.end();
        teller.tell(Event::Ended(phase, cost.seconds));
        let loaded = loaded.map_err(|trouble| match trouble {
            Trouble::Failed(error) => error,
            // Whoever stopped it says why.
            Trouble::Stopped(error) => {
                let place = adapter.describe().place;
                ConnectorError::System { system: place, doing: "loading its records", source: Box::new(error) }
            }
        });
        Ended { cost: Some(cost), loaded }
    }
}

impl Started {
    /// A load that panicked has failed, and nothing else has.
    async fn ended(mut self) -> Ended {
        let failed = |source: String| {
            let (system, source) = (self.place.clone(), source.into());
            Ended { cost: None, loaded: Err(ConnectorError::System { system, doing: "loading its records", source }) }
        };
        match self.work.ended().await {
            Ok(Some(ended)) => ended,
            Ok(None) => failed("it was stopped".to_owned()),
            Err(JobError::Panicked { said, .. }) => failed(format!("its code panicked: {said}")),
            Err(error) => failed(error.to_string()),
        }
    }
}
