//! Another system than the inventory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use trueup_connectors::models::{BoxError, ModelHooks, ModelSource, ModelTarget};
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, StepWriter, Target};
use trueup_engine::apply::Outcome;
use trueup_engine::{FieldType, Kind, Model, Record, Snapshot};

/// A manufacturer, by hand what the derive makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Maker {
    pub name: String,
    pub description: String,
}

impl Model for Maker {
    fn kind() -> Result<Kind, trueup_engine::kind::KindError> {
        let kind = Kind::builder("manufacturer").content_type("dcim.manufacturer");
        kind.id("name", FieldType::Text).attr("description", FieldType::Text).build()
    }

    fn to_record(&self) -> Record {
        Record::new("manufacturer", [self.name.as_str()]).with("description", self.description.as_str())
    }

    fn from_record(record: &Record) -> Result<Self, trueup_engine::kind::FromRecordError> {
        let text = |value: Option<&trueup_engine::Value>| value.map(ToString::to_string).unwrap_or_default();
        Ok(Self { name: text(record.key.values().first()), description: text(record.attributes.get("description")) })
    }
}

pub fn maker(name: &str, description: &str) -> Maker {
    Maker { name: name.to_owned(), description: description.to_owned() }
}

/// Another system: what it holds, and everything that was asked of it.
#[derive(Clone, Default)]
pub struct Elsewhere {
    pub holds: Arc<Mutex<Vec<Maker>>>,
    pub writers: Arc<AtomicUsize>,
    pub writes: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    pub fn holding(makers: &[Maker]) -> Self {
        Self { holds: Arc::new(Mutex::new(makers.to_vec())), ..Self::default() }
    }

    pub fn source(&self) -> ModelSource {
        let holds = Arc::clone(&self.holds);
        ModelSource::new("elsewhere", "a list").models(move || Ok(holds.lock().unwrap().clone()))
    }

    pub fn target(&self) -> Box<dyn Target> {
        let target = ModelTarget::new(self.source()).hooks::<Maker>(self.clone());
        let writers = Arc::clone(&self.writers);
        let asked = Box::new(move || {
            writers.fetch_add(1, Ordering::SeqCst);
        });
        Box::new(Sided { source: self.source(), target, asked })
    }

    pub fn writers(&self) -> usize {
        self.writers.load(Ordering::SeqCst)
    }

    pub fn writes(&self) -> Vec<String> {
        self.writes.lock().unwrap().clone()
    }

    fn note(&self, write: String) -> Result<Outcome, BoxError> {
        let mut writes = self.writes.lock().unwrap();
        writes.push(write);
        Ok(Outcome::applied_to(format!("request {}", writes.len())))
    }
}

impl ModelHooks<Maker> for Elsewhere {
    async fn create(&self, record: Maker) -> Result<Outcome, BoxError> {
        self.holds.lock().unwrap().push(record.clone());
        self.note(format!("create {}", record.name))
    }

    async fn update(&self, before: Maker, after: Maker, changed: Vec<String>) -> Result<Outcome, BoxError> {
        self.holds.lock().unwrap().iter_mut().filter(|held| **held == before).for_each(|held| *held = after.clone());
        self.note(format!("update {} {changed:?}", before.name))
    }

    async fn delete(&self, record: Maker) -> Result<Outcome, BoxError> {
        self.holds.lock().unwrap().retain(|held| *held != record);
        self.note(format!("delete {}", record.name))
    }
}

/// A target that is read through one adapter and written through another.
pub struct Sided<S> {
    pub source: S,
    pub target: ModelTarget,
    /// Called when somebody asks for the writer.
    pub asked: Box<dyn Fn() + Send + Sync>,
}

impl<S: Source> Source for Sided<S> {
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

impl<S: Source> Target for Sided<S> {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        (self.asked)();
        self.target.writer()
    }

    fn batch_size(&self) -> usize {
        self.target.batch_size()
    }
}
