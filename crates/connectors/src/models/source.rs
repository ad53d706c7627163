use std::fmt;
use std::future::Future;
use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use trueup_engine::kind::{KindError, KindId};
use trueup_engine::{Kind, KindName, Model, Snapshot};

use super::loading::Loading;
use super::{BadRecord, BoxError};
use crate::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source};

/// Loads typed records, kind after kind in the order in which they were added.
///
/// ```
/// # use trueup_connectors::models::ModelSource;
/// # use trueup_derive::Model;
/// #[derive(Model)]
/// struct Vlan {
///     #[id]
///     vid: u16,
///     name: String,
/// }
///
/// let source = ModelSource::new("table", "made here")
///     .models(|| Ok([Vlan { vid: 20, name: "voice".into() }]));
/// ```
pub struct ModelSource {
    connector: &'static str,
    place: String,
    kinds: Vec<Part>,
}

/// What loads the records of one kind.
struct Part {
    kind: Result<Kind, KindError>,
    read: Box<Read>,
}

type Read = dyn for<'a> Fn(&'a mut Loading<'_>, KindId) -> BoxFuture<'a, Result<(), BoxError>> + Send + Sync;

impl ModelSource {
    /// `connector` names the sort of system, `place` which one; people see both. Never put a secret there.
    pub fn new(connector: &'static str, place: impl Into<String>) -> Self {
        Self { connector, place: place.into(), kinds: Vec::new() }
    }

    /// Adds a kind whose records all are good. `read` is called at each load; what it gives is taken one after the other.
    /// It may block: only then is it better to load both sides at the same time.
    #[must_use]
    pub fn models<M, I>(self, read: impl Fn() -> Result<I, BoxError> + Send + Sync + 'static) -> Self
    where
        M: Model,
        I: IntoIterator<Item = M>,
    {
        self.results(move || Ok(read()?.into_iter().map(Ok)))
    }

    /// Adds a kind of which some records may be bad.
    #[must_use]
    pub fn results<M, I>(self, read: impl Fn() -> Result<I, BoxError> + Send + Sync + 'static) -> Self
    where
        M: Model,
        I: IntoIterator<Item = Result<M, BadRecord>>,
    {
        self.part::<M>(Box::new(move |loading, id| {
            let taken = read().map(|items| items.into_iter().for_each(|item| loading.take(id, item)));
            Box::pin(std::future::ready(taken))
        }))
    }

    /// Adds a kind that comes as a stream: pages of an API, rows of a database. `read` is called at each load.
    #[must_use]
    pub fn stream<M, S, F>(self, read: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        M: Model + Send,
        S: Stream<Item = Result<M, BadRecord>> + Send,
        F: Future<Output = Result<S, BoxError>> + Send + 'static,
    {
        self.part::<M>(Box::new(move |loading, id| {
            let stream = read();
            Box::pin(async move {
                let mut stream = pin!(stream.await?);
                while let Some(item) = stream.next().await {
                    loading.take(id, item);
                }
                Ok(())
            })
        }))
    }

    fn part<M: Model>(mut self, read: Box<Read>) -> Self {
        self.kinds.push(Part { kind: M::kind(), read });
        self
    }

    fn failed(&self, source: BoxError) -> ConnectorError {
        ConnectorError::System { system: self.to_string(), doing: "loading its records", source }
    }

    async fn load_kinds(&self, snapshot: &mut Snapshot, progress: &dyn Progress) -> Result<LoadReport, ConnectorError> {
        let mut loading = Loading { place: &self.place, snapshot, progress, report: LoadReport::default() };
        let mut loaded = Vec::with_capacity(self.kinds.len());
        for Part { kind, read } in &self.kinds {
            let kind = kind.as_ref().map_err(|error| self.failed(Box::new(error.clone())))?;
            let id = loading.kind(kind)?;
            read(&mut loading, id).await.map_err(|error| self.failed(error))?;
            loaded.push(id);
        }
        loading.finish(&loaded)
    }
}

impl Source for ModelSource {
    fn describe(&self) -> Description {
        let kinds = self.kinds.iter().filter_map(|part| part.kind.as_ref().ok());
        Description {
            connector: self.connector,
            place: self.place.clone(),
            kinds: kinds.map(|kind| KindName::clone(kind.name())).collect(),
        }
    }

    /// What can be said without loading anything: the models are sound.
    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        let unsound = self.kinds.iter().find_map(|part| part.kind.as_ref().err());
        let health = unsound.map_or(Ok(()), |error| Err(self.failed(Box::new(error.clone()))));
        Box::pin(std::future::ready(health))
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(self.load_kinds(snapshot, progress))
    }
}

/// As the history names it.
impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.connector, self.place)
    }
}

impl fmt::Debug for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelSource").field("describe", &self.describe()).finish()
    }
}
