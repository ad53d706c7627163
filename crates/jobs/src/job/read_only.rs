use trueup_connectors::{
    BeforeImages, BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, StepWriter, Target,
};
use trueup_engine::apply::Outcome;
use trueup_engine::check::Forecast;
use trueup_engine::plan::Step;
use trueup_engine::{Identity, Snapshot};

/// A target in a run that may not write. Its writer refuses everything, so that a job that asks for one by itself in a dry
/// run gets nowhere either.
pub(super) struct ReadOnly<T>(pub(super) T);

impl<T: Target> Source for ReadOnly<T> {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        self.0.health()
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        self.0.load(snapshot, progress)
    }

    fn forecast<'a>(&'a self, deletes: &'a [Identity]) -> BoxFuture<'a, Result<Forecast, ConnectorError>> {
        self.0.forecast(deletes)
    }
}

impl<T: Target> Target for ReadOnly<T> {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        Box::new(Refuse { system: self.0.describe().place })
    }

    fn batch_size(&self) -> usize {
        self.0.batch_size()
    }

    fn load_records<'a>(
        &'a self,
        records: &'a [&'a Identity],
        snapshot: &'a mut Snapshot,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        self.0.load_records(records, snapshot)
    }
}

struct Refuse {
    system: String,
}

impl StepWriter for Refuse {
    fn apply<'a>(&'a mut self, _steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>> {
        let source = Box::from("this is a dry run; nothing may be written");
        let error = ConnectorError::System { system: self.system.clone(), doing: "writing a batch", source };
        Box::pin(std::future::ready(Err(error)))
    }

    fn before_images(&self) -> BeforeImages {
        BeforeImages::Writer
    }
}
