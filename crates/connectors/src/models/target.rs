use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use trueup_engine::apply::Outcome;
use trueup_engine::kind::FromRecordError;
use trueup_engine::plan::Step;
use trueup_engine::{KindName, Model, Snapshot};

use super::hooks::OneByOne;
use super::{BatchHooks, BoxError, ModelChange, ModelHooks, ModelSource};
use crate::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, StepWriter, Target};

/// Steps that are handed to the hooks at once, when nothing else is said.
const BATCH: usize = 100;

/// A system that is read by a [`ModelSource`] and written by hooks. A kind without hooks is compared, and its steps
/// fail with a message that says so.
pub struct ModelTarget {
    source: ModelSource,
    hooks: HashMap<KindName, Box<Hooks>>,
    batch_size: usize,
}

type Hooks = dyn Fn(&[&Step]) -> BoxFuture<'static, Result<Vec<Outcome>, BoxError>> + Send + Sync;

impl ModelTarget {
    pub fn new(source: ModelSource) -> Self {
        Self { source, hooks: HashMap::new(), batch_size: BATCH }
    }

    /// The most steps that the hooks are given at once; a run can be stopped between two batches. Before each batch the
    /// source is loaded again, to leave alone what has changed since the plan was made: small batches of a large system
    /// are slow.
    #[must_use]
    pub fn in_batches_of(self, batch_size: usize) -> Self {
        Self { batch_size: batch_size.max(1), ..self }
    }

    /// Writes records of a model one by one.
    #[must_use]
    pub fn hooks<M: Model + Send + 'static>(self, hooks: impl ModelHooks<M> + 'static) -> Self {
        self.batches::<M>(OneByOne(hooks))
    }

    /// Writes records of a model in batches.
    #[must_use]
    pub fn batches<M: Model + Send + 'static>(mut self, hooks: impl BatchHooks<M> + 'static) -> Self {
        let hooks = Arc::new(hooks);
        // A model that is not sound is told when it is loaded, which comes first.
        if let Ok(kind) = M::kind() {
            let write = move |steps: &[&Step]| {
                let changes: Vec<_> = steps.iter().map(|step| ModelChange::<M>::of(step)).collect();
                let hooks = Arc::clone(&hooks);
                let answer: BoxFuture<'static, _> = Box::pin(async move { write(&*hooks, changes).await });
                answer
            };
            self.hooks.insert(kind.name().clone(), Box::new(write));
        }
        self
    }
}

/// Hands to the hooks what the model can hold, and answers for the rest.
async fn write<M: Model + Send + 'static>(
    hooks: &impl BatchHooks<M>,
    changes: Vec<Result<ModelChange<M>, FromRecordError>>,
) -> Result<Vec<Outcome>, BoxError> {
    let mut good = Vec::with_capacity(changes.len());
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Ok(change) => {
                good.push(change);
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(Outcome::failed(error.to_string()))),
        }
    }
    let mut answers = if good.is_empty() { Vec::new() } else { hooks.apply(good).await? }.into_iter();
    let answer = || Outcome::failed("the target gave no outcome for this step");
    Ok(outcomes.into_iter().map(|known| known.or_else(|| answers.next()).unwrap_or_else(answer)).collect())
}

impl Source for ModelTarget {
    fn describe(&self) -> Description {
        self.source.describe()
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        self.source.health()
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        self.source.load(snapshot, progress)
    }
}

impl Target for ModelTarget {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        Box::new(Writer(self))
    }

    fn batch_size(&self) -> usize {
        self.batch_size
    }
}

struct Writer<'t>(&'t ModelTarget);

impl StepWriter for Writer<'_> {
    fn apply<'a>(&'a mut self, steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>> {
        Box::pin(async move {
            let Some(first) = steps.first() else { return Ok(Vec::new()) };
            let kind = &first.record.kind;
            let Some(hooks) = self.0.hooks.get(kind) else {
                let refused = || Outcome::failed(format!("this target has no hooks for records of kind `{kind}`"));
                return Ok(steps.iter().map(|_| refused()).collect());
            };
            let system = || self.0.source.to_string();
            let failed = |source| ConnectorError::System { system: system(), doing: "writing a batch", source };
            hooks(steps).await.map_err(failed)
        })
    }
}

impl fmt::Debug for ModelTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, hooks, batch_size } = self;
        let kinds: Vec<&KindName> = hooks.keys().collect();
        f.debug_struct("ModelTarget")
            .field("source", source)
            .field("hooks", &kinds)
            .field("batch_size", batch_size)
            .finish()
    }
}
