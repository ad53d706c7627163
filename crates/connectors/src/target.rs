use trueup_engine::apply::Outcome;
use trueup_engine::plan::Step;
use trueup_engine::{Identity, Snapshot};

use crate::{BoxFuture, ConnectorError, LoadReport, Source};

/// A system that can be changed as well as read.
pub trait Target: Source {
    /// The ability to write, which whoever only plans never asks for.
    fn writer(&self) -> Box<dyn StepWriter + '_>;

    /// The most steps that one call of the writer takes.
    fn batch_size(&self) -> usize;

    /// Adds the named records to `snapshot`, as far as they exist; more than these may come. A target that cannot read
    /// single records loads everything.
    ///
    /// # Errors
    /// The records could not be read.
    fn load_records<'a>(
        &'a self,
        records: &'a [&'a Identity],
        snapshot: &'a mut Snapshot,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        let _ = records;
        self.load(snapshot, &())
    }
}

/// Who holds a record against the before-image of its step right before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeImages {
    /// The writer, so that nothing can come between: it answers [`Outcome::Stale`] where they differ.
    Writer,
    /// Whoever calls it, by reading the records of each batch first.
    Caller,
}

/// Carries out steps of a plan.
pub trait StepWriter: Send {
    /// Carries out steps of one kind and action; one outcome for each, in the same order. One refused step does not
    /// affect the others.
    ///
    /// # Errors
    /// The system could not be worked with at all; it is not known which of the steps it has done.
    fn apply<'a>(&'a mut self, steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>>;

    fn before_images(&self) -> BeforeImages {
        BeforeImages::Caller
    }
}
