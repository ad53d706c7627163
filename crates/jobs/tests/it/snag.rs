//! A job between two other systems whose code can be made to hang, to panic or to fail in any of its hooks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use trueup_connectors::models::{BatchHooks, BoxError, ModelChange, ModelHooks as _, ModelSource, ModelTarget};
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, Target};
use trueup_engine::apply::Outcome;
use trueup_engine::{Diff, DiffOptions, Kind, Model as _, Snapshot, diff};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::SyncReport;
use trueup_jobs::{Control, Job, JobContext, JobError, JobMeta, RunSettings};

use crate::elsewhere::{Elsewhere, Maker, Sided};

/// Where it comes to grief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    Nowhere,
    Settings,
    /// Asked for the adapter of the source.
    Prepare,
    /// Asked for the adapter of the target.
    PrepareTarget,
    LoadSource,
    LoadTarget,
    Diff,
    /// Asked for what writes.
    Writer,
    /// The records of a batch are read before it is written.
    Before,
    Apply,
    /// It has written a batch and does not say so.
    Written,
    Verify,
    PostRun,
}

/// How it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It awaits what never comes.
    Waits,
    /// It blocks its thread.
    Blocks,
    Panics,
    Fails,
}

/// Blocks threads until it is opened.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

/// What is in the way, until somebody removes it.
#[derive(Clone)]
pub struct Snag {
    at: Hook,
    how: How,
    gate: Arc<Gate>,
    /// Whether the target has been loaded.
    loaded: Arc<AtomicBool>,
}

impl Snag {
    fn is_open(&self) -> bool {
        *self.gate.open.lock().unwrap()
    }

    pub fn open(&self) {
        *self.gate.open.lock().unwrap() = true;
        self.gate.opened.notify_all();
    }

    /// For code that cannot wait.
    fn stumble(&self, at: Hook) -> Result<(), BoxError> {
        if at != self.at || self.is_open() {
            return Ok(());
        }
        match self.how {
            How::Waits => Ok(()),
            How::Blocks => {
                let open = self.gate.open.lock().unwrap();
                let _open = self.gate.opened.wait_while(open, |open| !*open).unwrap();
                Ok(())
            }
            How::Panics => panic!("forty-two"),
            How::Fails => Err("forty-two".into()),
        }
    }

    async fn meet(&self, at: Hook) -> Result<(), BoxError> {
        if self.how == How::Waits && at == self.at && !self.is_open() {
            std::future::pending::<()>().await;
        }
        self.stumble(at)
    }
}

/// Brings one system into agreement with another, if it comes to that.
#[derive(Clone)]
pub struct Stubborn {
    pub from: Elsewhere,
    pub to: Elsewhere,
    pub snag: Snag,
    pub control: Control,
    pub batch: usize,
}

impl Stubborn {
    pub fn new(from: &[Maker], at: Hook, how: How) -> Self {
        let snag = Snag { at, how, gate: Arc::default(), loaded: Arc::default() };
        let to = Elsewhere::default();
        Self { from: Elsewhere::holding(from), to, snag, control: Control::default(), batch: 100 }
    }

    pub fn job(&self) -> Arc<dyn Job> {
        self.clone().into_job()
    }

    fn ready(&self, at: Hook) -> Result<(), JobError> {
        let refused = |why: BoxError| JobError::Invalid { job: "stubborn".to_owned(), problems: vec![why.to_string()] };
        self.snag.stumble(at).map_err(refused)
    }
}

impl Job for Stubborn {
    fn meta(&self) -> JobMeta {
        JobMeta::new("stubborn").data_source("elsewhere").data_target("elsewhere").control(self.control.clone())
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn settings(&self, _context: &JobContext) -> RunSettings {
        self.snag.stumble(Hook::Settings).expect("settings cannot fail");
        RunSettings::default()
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        self.ready(Hook::Prepare)?;
        Ok(Box::new(Side { at: Hook::LoadSource, job: self.clone(), source: self.from.source() }))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        self.ready(Hook::PrepareTarget)?;
        let source = Side { at: Hook::LoadTarget, job: self.clone(), source: self.to.source() };
        let target = ModelTarget::new(self.to.source()).batches::<Maker>(self.clone()).in_batches_of(self.batch);
        let snag = self.snag.clone();
        let asked = Box::new(move || snag.stumble(Hook::Writer).expect("who asks for the writer cannot be refused"));
        Ok(Box::new(Sided { source, target, asked }))
    }

    fn calculate_diff<'s>(&self, source: &'s Snapshot, target: &'s Snapshot, options: &DiffOptions) -> Diff<'s> {
        self.snag.stumble(Hook::Diff).expect("a diff cannot fail");
        diff(source, target, options, &mut |_| {})
    }

    fn post_run<'a>(
        &'a self,
        _context: &'a JobContext,
        _report: &'a SyncReport,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(self.snag.meet(Hook::PostRun))
    }
}

impl BatchHooks<Maker> for Stubborn {
    async fn apply(&self, changes: Vec<ModelChange<Maker>>) -> Result<Vec<Outcome>, BoxError> {
        self.snag.meet(Hook::Apply).await?;
        let mut outcomes = Vec::new();
        for change in changes {
            outcomes.push(match change {
                ModelChange::Create(record) => self.to.create(record).await?,
                ModelChange::Update { before, after, changed } => self.to.update(before, after, changed).await?,
                ModelChange::Delete(record) => self.to.delete(record).await?,
            });
        }
        self.snag.meet(Hook::Written).await?;
        Ok(outcomes)
    }
}

/// A side that may come to grief when it is loaded.
struct Side {
    at: Hook,
    job: Stubborn,
    source: ModelSource,
}

impl Source for Side {
    fn describe(&self) -> Description {
        Description { place: format!("{:?}", self.at), ..self.source.describe() }
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        self.source.health()
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move {
            let Stubborn { snag, to, .. } = &self.job;
            let at = match self.at {
                Hook::LoadTarget if !to.writes().is_empty() => Hook::Verify,
                Hook::LoadTarget if snag.loaded.swap(true, Ordering::SeqCst) => Hook::Before,
                at => at,
            };
            let refused = |source| ConnectorError::System { system: "elsewhere".to_owned(), doing: "reading", source };
            snag.meet(at).await.map_err(refused)?;
            self.source.load(snapshot, progress).await
        })
    }
}
