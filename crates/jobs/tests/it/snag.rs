//! A job between two other systems whose code can be made to hang in any of its hooks.

use std::sync::{Arc, Condvar, Mutex};

use trueup_connectors::models::{BatchHooks, BoxError, ModelChange, ModelHooks as _, ModelSource, ModelTarget};
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, Target};
use trueup_engine::apply::Outcome;
use trueup_engine::{Diff, DiffOptions, Kind, Model as _, Snapshot, diff};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::SyncReport;
use trueup_jobs::{Control, Job, JobContext, JobError, JobMeta};

use crate::elsewhere::{Elsewhere, Maker, Sided};

/// Where it hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    Nowhere,
    Prepare,
    LoadSource,
    LoadTarget,
    Diff,
    Apply,
    Verify,
    PostRun,
}

/// How it hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It awaits what never comes.
    Waits,
    /// It blocks its thread.
    Blocks,
}

/// Blocks threads until it is opened.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

/// What hangs, until somebody frees it.
#[derive(Clone)]
pub struct Snag {
    at: Hook,
    how: How,
    gate: Arc<Gate>,
}

impl Snag {
    fn is_open(&self) -> bool {
        *self.gate.open.lock().unwrap()
    }

    pub fn open(&self) {
        *self.gate.open.lock().unwrap() = true;
        self.gate.opened.notify_all();
    }

    fn block(&self, at: Hook) {
        if at == self.at {
            let open = self.gate.open.lock().unwrap();
            let _open = self.gate.opened.wait_while(open, |open| !*open).unwrap();
        }
    }

    async fn meet(&self, at: Hook) {
        match self.how {
            How::Blocks => self.block(at),
            How::Waits if at == self.at && !self.is_open() => std::future::pending().await,
            How::Waits => {}
        }
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
        let snag = Snag { at, how, gate: Arc::default() };
        let to = Elsewhere::default();
        Self { from: Elsewhere::holding(from), to, snag, control: Control::default(), batch: 100 }
    }

    pub fn job(&self) -> Arc<dyn Job> {
        self.clone().into_job()
    }
}

impl Job for Stubborn {
    fn meta(&self) -> JobMeta {
        JobMeta::new("stubborn").data_source("elsewhere").data_target("elsewhere").control(self.control.clone())
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        self.snag.block(Hook::Prepare);
        Ok(Box::new(Side { at: Hook::LoadSource, job: self.clone(), source: self.from.source() }))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        let source = Side { at: Hook::LoadTarget, job: self.clone(), source: self.to.source() };
        let target = ModelTarget::new(self.to.source()).batches::<Maker>(self.clone()).in_batches_of(self.batch);
        Ok(Box::new(Sided { source, target, asked: Box::new(|| {}) }))
    }

    fn calculate_diff<'s>(&self, source: &'s Snapshot, target: &'s Snapshot, options: &DiffOptions) -> Diff<'s> {
        self.snag.block(Hook::Diff);
        diff(source, target, options, &mut |_| {})
    }

    fn post_run<'a>(
        &'a self,
        _context: &'a JobContext,
        _report: &'a SyncReport,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.snag.meet(Hook::PostRun).await;
            Ok(())
        })
    }
}

impl BatchHooks<Maker> for Stubborn {
    async fn apply(&self, changes: Vec<ModelChange<Maker>>) -> Result<Vec<Outcome>, BoxError> {
        self.snag.meet(Hook::Apply).await;
        let mut outcomes = Vec::new();
        for change in changes {
            outcomes.push(match change {
                ModelChange::Create(record) => self.to.create(record).await?,
                ModelChange::Update { before, after, changed } => self.to.update(before, after, changed).await?,
                ModelChange::Delete(record) => self.to.delete(record).await?,
            });
        }
        Ok(outcomes)
    }
}

/// A side that may hang when it is loaded.
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
            let written = self.at == Hook::LoadTarget && !self.job.to.writes().is_empty();
            self.job.snag.meet(if written { Hook::Verify } else { self.at }).await;
            self.source.load(snapshot, progress).await
        })
    }
}
