//! An inventory for each test, and a job whose source holds what the test says.

use std::sync::Arc;

use tempfile::TempDir;
pub use trueup_connectors::with_causes as told;
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Rejected, Source, from_yaml};
use trueup_engine::{Identity, Record, Schema, Snapshot, Value};
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Action, Args, Change, ChangeContext, Database, Inventory, PathValues, Registry, Selection};
use trueup_jobs::job::IntoJob;
use trueup_jobs::run::{Event, RunMode, Runner, SyncReport, Watch};
use trueup_jobs::store::{PlanId, PlanRow, SyncFilter, SyncId, SyncRow, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{Control, DataSource, JobContext, JobDocument, JobError, JobMeta, Jobs, RunSettings, schema};

/// Manufacturers with their device types.
pub const MAKERS: &str = "
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [u_height, part_number]
";

/// A job file's text around some kinds.
pub fn document(kinds: &str) -> JobDocument {
    let head = "name: made\nsource: {connector: file, path: nowhere}\ntarget: {connector: inventory}\nkinds:";
    from_yaml(&format!("{head}{kinds}")).unwrap_or_else(|error| panic!("{error}"))
}

/// A program like this one that has a job.
pub fn with_job<As>(runner: &Runner, job: impl IntoJob<As>) -> Runner {
    let mut jobs = Jobs::default();
    jobs.add(job).unwrap();
    runner.clone().with_jobs(jobs)
}

pub struct World {
    pub runner: Runner,
    pub database: TestDatabase,
    /// For files of the test.
    pub folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::new().await;
        let runner = Runner::open(database.url(), "tester").await.unwrap();
        Self { runner, database, folder: tempfile::tempdir().unwrap() }
    }

    /// Another program on the same database.
    pub async fn second_runner(&self) -> Runner {
        Runner::open(self.database.url(), "another").await.unwrap()
    }

    /// Another program, for what happens while this one is in the middle of something.
    pub fn another_program(&self) -> AnotherProgram {
        AnotherProgram { url: self.database.url().to_owned() }
    }

    /// Who the change log says did anything.
    pub async fn authors(&self) -> Vec<String> {
        let select = "SELECT DISTINCT user_name FROM extras_objectchange ORDER BY user_name";
        let rows = self.tables().rows(select, Args::default()).await.unwrap();
        rows.iter().map(|row| row.some_text(0).unwrap()).collect()
    }

    /// What the tables of the history lie in.
    pub fn tables(&self) -> &Database {
        self.runner.inventory().database()
    }

    pub async fn sql(&self, statement: &'static str) {
        self.tables().execute(statement, Args::default()).await.unwrap();
    }

    pub async fn dry(&self, job: &Made) -> SyncReport {
        self.try_run(job, &RunMode::DryRun).await.unwrap()
    }

    pub async fn sync(&self, job: &Made) -> SyncReport {
        self.try_run(job, &RunMode::Apply).await.unwrap()
    }

    /// Brings the inventory to what the job's source holds.
    pub async fn have(&self, job: &Made) {
        let report = self.sync(job).await;
        assert_eq!(report.status, SyncStatus::Completed, "{:?} {:?}", report.trouble, report.findings);
    }

    pub async fn try_run(&self, job: &Made, mode: &RunMode) -> Result<SyncReport, JobError> {
        self.try_watched(job, mode, &|_| {}).await
    }

    pub async fn try_watched(&self, job: &Made, mode: &RunMode, watch: &Watch<'_>) -> Result<SyncReport, JobError> {
        self.runner.run(&job.clone().into_job(), &Given::none(), mode, watch).await
    }

    pub async fn apply(&self, plan: PlanId) -> Result<SyncReport, JobError> {
        self.runner.apply(plan, None, &|_| {}).await
    }

    pub async fn resume(&self, sync: SyncId) -> Result<SyncReport, JobError> {
        self.runner.resume(sync, &|_| {}).await
    }

    /// Stores the plan that takes back what a sync applied.
    pub async fn undo(&self, sync: SyncId) -> Result<SyncReport, JobError> {
        self.runner.undo(sync, &|_| {}).await
    }

    pub async fn plan(&self, plan: PlanId) -> PlanRow {
        self.runner.store().plan_row(plan).await.unwrap()
    }

    pub async fn stored(&self, sync: SyncId) -> SyncRow {
        self.runner.store().sync(sync).await.unwrap()
    }

    pub async fn last_sync(&self) -> SyncRow {
        self.runner.store().history(&SyncFilter { limit: 1, ..SyncFilter::default() }).await.unwrap().remove(0)
    }

    /// Writes into the inventory past all jobs.
    pub async fn write(&self, action: Action, content_type: &str, key: &[(&str, Value)], values: &[(&str, Value)]) {
        write(self.runner.inventory(), action, content_type, (key, values)).await;
    }

    pub async fn describe_maker(&self, name: &str, description: &str) {
        let values = [("description", description.into())];
        self.write(Action::Update, "dcim.manufacturer", &[("name", name.into())], &values).await;
    }

    /// Fields of all records of a content type, each record as one text.
    pub async fn read(&self, content_type: &str, fields: &[&str]) -> Vec<String> {
        let mut rows = Vec::new();
        let selection = Selection::all(content_type, fields.iter().copied());
        let mut row = |row: trueup_inventory::RowView<'_>| {
            rows.push(row.values().iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
        };
        self.runner.inventory().read(&selection, &mut row).await.unwrap();
        rows
    }

    pub async fn makers(&self) -> Vec<String> {
        self.read("dcim.manufacturer", &["name", "description"]).await
    }

    /// What the journal says of each step: key, whether it was sent, its outcome, whether it was settled.
    pub async fn journal(&self, plan: PlanId) -> Vec<String> {
        let select = "SELECT kind || ' ' || action || ' ' || key, sent_at, outcome, settled_at, message FROM jobs_step \
                      WHERE plan = ? ORDER BY position";
        let rows = self.tables().rows(select, Args::default().with(plan.0)).await.unwrap();
        rows.iter()
            .map(|row| {
                let (step, sent, outcome) = (row.some_text(0).unwrap(), row.int(1).unwrap(), row.text(2).unwrap());
                let (settled, message) = (row.int(3).unwrap(), row.text(4).unwrap());
                assert_eq!(outcome.is_some(), settled.is_some(), "an outcome has its time: {step}");
                assert!(sent <= settled || settled.is_none(), "it is settled after it was sent: {step}");
                let sent = if sent.is_some() { "sent" } else { "not sent" };
                let message = message.map(|message| format!(": {message}")).unwrap_or_default();
                format!("{step}, {sent}, {}{message}", outcome.as_deref().unwrap_or("open"))
            })
            .collect()
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let rows = self.tables().rows(format!("SELECT count(*) FROM {table}"), Args::default()).await.unwrap();
        rows[0].some_int(0).unwrap()
    }
}

type Fields<'f> = &'f [(&'f str, Value)];

async fn write(inventory: &Inventory, action: Action, content_type: &str, (key, values): (Fields<'_>, Fields<'_>)) {
    let pairs = |pairs: &[(&str, Value)]| -> PathValues {
        pairs.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect()
    };
    let change = Change::new(content_type, action, pairs(key), pairs(values));
    let context = ChangeContext::job("somebody", "else");
    for answer in inventory.write(&[change], &context).await.unwrap() {
        answer.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Has threads and connections of its own.
pub struct AnotherProgram {
    url: String,
}

impl AnotherProgram {
    /// Runs a statement past all rules and tells how many rows it touched.
    pub fn sql(&self, statement: &'static str) -> u64 {
        self.with_inventory(async move |inventory| {
            inventory.database().execute(statement, Args::default()).await.unwrap()
        })
    }

    /// Writes into the inventory past all jobs.
    pub fn update(&self, content_type: &'static str, key: &[(&'static str, Value)], values: &[(&'static str, Value)]) {
        let (key, values) = (key.to_vec(), values.to_vec());
        self.with_inventory(async move |inventory| {
            write(inventory, Action::Update, content_type, (&key, &values)).await
        });
    }

    /// Takes up what others seem to have left, and tells how each sync ended.
    pub fn recover(&self) -> Vec<SyncStatus> {
        self.with_inventory(async move |inventory| {
            let runner = Runner::new(inventory.clone(), "another").await.unwrap();
            let recovered = runner.recover(&|_| {}).await.unwrap();
            recovered.into_iter().map(|(_, ended)| ended.unwrap().status).collect()
        })
    }

    fn with_inventory<T: Send + 'static>(&self, work: impl AsyncFnOnce(&Inventory) -> T + Send + 'static) -> T {
        let url = self.url.clone();
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let inventory = Inventory::open(&url).await.unwrap();
                let done = work(&inventory).await;
                inventory.close().await;
                done
            })
        });
        work.join().unwrap()
    }

    /// Wants the sync that runs to pause.
    pub fn pause_what_runs(&self) -> u64 {
        self.sql("UPDATE jobs_sync SET wanted = 'pause' WHERE status = 'running'")
    }

    /// Wants it to go on.
    pub fn go_on_with_what_runs(&self) -> u64 {
        self.sql("UPDATE jobs_sync SET wanted = NULL WHERE status = 'running'")
    }

    /// Runs a job up to the first batch, and then never does anything again, not even give signs of life.
    pub fn run_and_fall_silent(&self, job: &Made) {
        let (url, job) = (self.url.clone(), job.clone().into_job());
        let (tell, silent) = std::sync::mpsc::channel();
        // Parked for good: it ends with the tests.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let runner = Runner::open(&url, "another").await.unwrap();
                let watch = |event| {
                    if matches!(event, Event::Applying { done: 1.., .. }) {
                        tell.send(()).unwrap();
                        loop {
                            std::thread::park();
                        }
                    }
                };
                runner.run(&job, &Given::none(), &RunMode::Apply, &watch).await
            })
        });
        silent.recv().unwrap();
    }
}

/// How the source of a [`Made`] job ends.
#[derive(Clone, Default)]
pub enum Ending {
    #[default]
    Complete,
    /// It says nothing about completeness.
    Unconfirmed,
    /// After all records were read.
    Fails,
}

/// A job in Rust.
#[derive(Clone)]
pub struct Made {
    pub document: JobDocument,
    pub records: Vec<Record>,
    pub ending: Ending,
    pub rejected: Vec<Rejected>,
    pub settings: RunSettings,
    pub control: Control,
}

impl Made {
    pub fn new(kinds: &str, records: Vec<Record>) -> Self {
        let settings = RunSettings::default();
        let (ending, control) = (Ending::Complete, Control::default());
        Self { document: document(kinds), records, ending, rejected: Vec::new(), settings, control }
    }

    /// Manufacturers, each with its description.
    pub fn makers(makers: &[(&str, &str)]) -> Self {
        Self::new(MAKERS, makers.iter().map(|(name, description)| maker(name, description)).collect())
    }

    #[must_use]
    pub fn going_on(mut self) -> Self {
        self.settings.policy.on_failure = trueup_engine::plan::OnFailure::Continue;
        self
    }

    #[must_use]
    pub fn protecting(mut self, record: Identity) -> Self {
        self.settings.checks.protected.push(record);
        self
    }

    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }
}

pub fn maker(name: &str, description: &str) -> Record {
    Record::new("manufacturer", [name]).with("description", description)
}

pub fn device_type(maker: &str, model: &str) -> Record {
    Record::new("device_type", [maker, model]).with("u_height", 1).with("part_number", "")
}

impl DataSource for Made {
    fn meta(&self) -> JobMeta {
        JobMeta::new(&self.document.name).data_source("a test").control(self.control.clone())
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        schema(&self.document, registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.clone()))
    }

    fn settings(&self, _context: &JobContext) -> RunSettings {
        self.settings.clone()
    }
}

impl Source for Made {
    fn describe(&self) -> Description {
        Description { connector: "test", place: "memory".to_owned(), kinds: Vec::new() }
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        Box::pin(async { Ok(()) })
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        _progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move {
            for record in &self.records {
                snapshot.add(record).map_err(ConnectorError::Link)?;
            }
            let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
            for rejected in &self.rejected {
                for (kind, key) in rejected.kinds.iter().zip(&rejected.key) {
                    snapshot.completeness_mut().unreadable(kind, key.clone());
                }
            }
            match self.ending {
                Ending::Complete => snapshot.completeness_mut().confirm_all(),
                Ending::Unconfirmed => {}
                Ending::Fails => {
                    let source = Box::from("the line went dead");
                    return Err(ConnectorError::System { system: "the test".to_owned(), doing: "reading", source });
                }
            }
            let records = self.records.len() as u64;
            Ok(LoadReport { records, rows: records, rejected: self.rejected.clone(), ..LoadReport::default() })
        })
    }
}
