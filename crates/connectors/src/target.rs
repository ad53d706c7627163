use trueup_engine::apply::Outcome;
use trueup_engine::plan::Step;

use crate::{BoxFuture, ConnectorError, Source};

/// A system that can be changed as well as read.
pub trait Target: Source {
    /// The ability to write, which whoever only plans never asks for.
    fn writer(&self) -> Box<dyn StepWriter + '_>;

    /// The most steps that one call of the writer takes.
    fn batch_size(&self) -> usize;
}

/// Carries out steps of a plan.
pub trait StepWriter: Send {
    /// Carries out steps of one kind and action; one outcome for each, in the same order. One refused step does not
    /// affect the others.
    ///
    /// # Errors
    /// The system could not be worked with at all; it is not known which of the steps it has done.
    fn apply<'a>(&'a mut self, steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>>;
}
