//! For tests of jobs: an inventory in a folder of its own, and a job run against it.
//!
//! ```
//! use trueup::prelude::*;
//! use trueup::testkit::Testkit;
//!
//! #[derive(Model)]
//! #[model(content_type = "dcim.manufacturer", crate = "::trueup::engine")]
//! struct Manufacturer {
//!     #[id]
//!     name: String,
//! }
//!
//! struct TwoMakers;
//!
//! impl DataSource for TwoMakers {
//!     fn meta(&self) -> JobMeta {
//!         JobMeta::new("two-makers")
//!     }
//!
//!     fn kinds(&self) -> Result<Vec<Kind>, JobError> {
//!         kinds![Manufacturer]
//!     }
//!
//!     fn load_source_adapter(&self, _: &JobContext) -> Result<Box<dyn Source>, JobError> {
//!         let makers = || ["Acme", "Bolt"].map(|name| Manufacturer { name: name.to_owned() });
//!         Ok(Box::new(ModelSource::new("list", "here").models(move || Ok(makers()))))
//!     }
//! }
//!
//! let kit = Testkit::new()?;
//! assert_eq!(kit.plan(TwoMakers, &[])?.steps, ["create manufacturer Acme", "create manufacturer Bolt"]);
//! kit.apply(TwoMakers, &[])?;
//! assert_eq!(kit.rows("dcim.manufacturer", &["name"])?, ["Acme", "Bolt"]);
//! assert!(kit.plan(TwoMakers, &[])?.steps.is_empty());
//! # Ok::<(), BoxError>(())
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Runtime;
use trueup_engine::Value;
use trueup_engine::plan::Step;
use trueup_inventory::{Action, Change, ChangeContext, Inventory, PathValues, Registry, RowView, Selection};
use trueup_jobs::job::IntoJob;
use trueup_jobs::run::{RunMode, Runner, SyncReport};
use trueup_jobs::store::{PlanId, StepFilter, StepRow, SyncStatus};
use trueup_jobs::variable::Given;

use crate::prelude::BoxError;

/// An inventory that is gone when this is dropped. Its calls block; a test needs no runtime of its own.
#[derive(Debug)]
pub struct Testkit {
    runtime: Runtime,
    runner: Runner,
    folder: Folder,
}

/// What a run came to, with its steps as texts.
#[derive(Debug, Clone)]
pub struct Ran {
    pub report: SyncReport,
    /// `create vlan 20`, `update vlan 20`, `delete vlan 20`; in the order of the plan.
    pub steps: Vec<String>,
}

impl Testkit {
    /// # Errors
    /// There is no place for it.
    pub fn new() -> Result<Self, BoxError> {
        let folder = Folder::new()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let database = folder.0.join("inventory.db").display().to_string();
        let runner = runtime.block_on(async {
            let inventory = Inventory::open_with(&database, Registry::embedded()?).await?;
            Ok::<_, BoxError>(Runner::new(inventory, "testkit").await?)
        })?;
        Ok(Self { runtime, runner, folder })
    }

    /// A folder for the files of the test.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Runs a job up to its plan, with these variables.
    ///
    /// # Errors
    /// The job cannot be run.
    pub fn plan<As>(&self, job: impl IntoJob<As>, variables: &[(&str, &str)]) -> Result<Ran, BoxError> {
        self.run(job, variables, &RunMode::DryRun)
    }

    /// Runs a job to its end, and insists that every step was applied and verified.
    ///
    /// # Errors
    /// The job cannot be run, checks are against its plan, or not all is as it should be.
    pub fn apply<As>(&self, job: impl IntoJob<As>, variables: &[(&str, &str)]) -> Result<Ran, BoxError> {
        let ran = self.run(job, variables, &RunMode::Apply)?;
        if ran.report.status == SyncStatus::Completed {
            return Ok(ran);
        }
        let SyncReport { status, findings, trouble, unverified, .. } = &ran.report;
        let findings = findings.iter().map(|finding| &finding.message);
        let problems: Vec<&str> = findings.chain(trouble).chain(unverified).map(String::as_str).collect();
        Err(format!("the sync is {}: {}", status.as_str(), problems.join("; ")).into())
    }

    /// Runs a job as far as `mode` says; what came of it is in the report.
    ///
    /// # Errors
    /// The job cannot be run.
    pub fn run<As>(&self, job: impl IntoJob<As>, variables: &[(&str, &str)], mode: &RunMode) -> Result<Ran, BoxError> {
        let (job, given) = (job.into_job(), Given::texts(variables.iter().copied()));
        self.runtime.block_on(async {
            let report = self.runner.run(&job, &given, mode, &|_| {}).await?;
            let steps = self.steps(report.plan).await?;
            Ok(Ran { report, steps })
        })
    }

    async fn steps(&self, plan: PlanId) -> Result<Vec<String>, BoxError> {
        let filter = StepFilter { limit: u32::MAX, ..StepFilter::default() };
        let steps = self.runner.store().steps(plan, &filter).await?;
        let shown = |step: &StepRow| match step.step() {
            Some(Step { record, .. }) => format!("{} {record}", step.action),
            None => format!("{} {} {}", step.action, step.kind, step.key),
        };
        Ok(steps.iter().map(shown).collect())
    }

    /// Puts a record into the inventory. `key` are the fields that name it, `fields` the others.
    ///
    /// # Errors
    /// The inventory refuses it, or the database failed.
    pub fn create(&self, content_type: &str, key: &[(&str, Value)], fields: &[(&str, Value)]) -> Result<(), BoxError> {
        let values = |pairs: &[(&str, Value)]| -> PathValues {
            pairs.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect()
        };
        let change = Change::new(content_type, Action::Create, values(key), values(fields));
        let context = ChangeContext::job("testkit", "a test");
        let answers = self.runtime.block_on(self.runner.inventory().write(&[change], &context))?;
        answers.into_iter().try_for_each(|answer| answer.map(drop).map_err(|error| error.to_string().into()))
    }

    /// Fields of all records of a content type, each record as one text with ` | ` between its fields.
    ///
    /// # Errors
    /// The inventory has no such fields.
    pub fn rows(&self, content_type: &str, fields: &[&str]) -> Result<Vec<String>, BoxError> {
        let mut rows = Vec::new();
        let selection = Selection::all(content_type, fields.iter().copied());
        let mut row = |row: RowView<'_>| {
            rows.push(row.values().iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
        };
        self.runtime.block_on(self.runner.inventory().read(&selection, &mut row))?;
        Ok(rows)
    }
}

/// A folder that is removed with all that is in it.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("trueup-testkit-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever tidies the folder for temporary files.
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}
