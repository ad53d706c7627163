#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
//! A whole sync: as many devices as asked for are created in an empty inventory, then nothing has changed.
//!
//! `cargo bench -p trueup-jobs --bench sync_throughput -- [RECORDS]` prints JSON lines. `per_s` of the first counts the whole
//! run: loads, diff, plan with its step rows, checks, apply with journal, validation and change log, verification.
//! `bare_per_s` is the same work asked of the inventory alone, in batches of the same size.

use std::time::Instant;

use serde_json::json;
use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, from_yaml};
use trueup_engine::{Record, Schema, Snapshot};
use trueup_inventory::{Args, Change, ChangeContext, Inventory, Registry};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, Runner, SyncReport};
use trueup_jobs::variable::Given;
use trueup_jobs::{DataSource, JobContext, JobDocument, JobError, JobMeta, schema};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const JOB: &str = "
name: bench
source: {connector: file, path: nowhere}
target: {connector: inventory}
kinds:
  tenant: {content_type: tenancy.tenant, identifiers: [name], attributes: [description]}
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name]}
  device_type: {content_type: dcim.devicetype, identifiers: [manufacturer__name, model]}
  role: {content_type: extras.role, identifiers: [name], attributes: [content_types]}
  location_type: {content_type: dcim.locationtype, identifiers: [name], attributes: [content_types]}
  location:
    content_type: dcim.location
    identifiers: [name]
    attributes: [location_type__name, status__name]
  device:
    content_type: dcim.device
    identifiers: [name, location__name]
    attributes: [serial, device_type__manufacturer__name, device_type__model, role__name, status__name, tenant__name]
";

/// Devices with what they refer to.
#[derive(Clone, Copy)]
struct Devices(usize);

impl Devices {
    fn records(self) -> impl Iterator<Item = Record> {
        let tenants =
            (0..10).map(|place| Record::new("tenant", [format!("tenant {place}")]).with("description", "a tenant"));
        let types = (0..20).map(|place| Record::new("device_type", ["Acme".to_owned(), format!("model {place}")]));
        let sites = (0..100).map(|place| {
            let site = Record::new("location", [format!("site {place}")]);
            site.with("location_type__name", "Site").with("status__name", "Active")
        });
        let devices = (0..self.0).map(|place| {
            Record::new("device", [format!("switch-{place:06}"), format!("site {}", place % 100)])
                .with("serial", format!("FOC{place:08}"))
                .with("device_type__manufacturer__name", "Acme")
                .with("device_type__model", format!("model {}", place % 20))
                .with("role__name", "Switch")
                .with("status__name", "Active")
                .with("tenant__name", format!("tenant {}", place % 10))
        });
        [
            Record::new("manufacturer", ["Acme"]),
            Record::new("role", ["Switch"]).with("content_types", device_only()),
            Record::new("location_type", ["Site"]).with("content_types", device_only()),
        ]
        .into_iter()
        .chain(tenants)
        .chain(types)
        .chain(sites)
        .chain(devices)
    }
}

fn device_only() -> trueup_engine::Value {
    trueup_engine::Value::Set(["dcim.device"].into_iter().collect())
}

impl DataSource for Devices {
    fn meta(&self) -> JobMeta {
        JobMeta::new("bench")
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        let document: JobDocument = from_yaml(JOB).expect("the document above is well-formed");
        schema(&document, registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(*self))
    }
}

impl Source for Devices {
    fn describe(&self) -> Description {
        Description { connector: "made", place: "memory".to_owned(), kinds: Vec::new() }
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
            let mut records = 0;
            for record in self.records() {
                snapshot.add(&record).map_err(ConnectorError::Link)?;
                records += 1;
            }
            let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
            snapshot.completeness_mut().confirm_all();
            Ok(LoadReport { records, rows: records, ..LoadReport::default() })
        })
    }
}

fn main() -> Result<(), Failure> {
    let records = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(Devices(records)))
}

async fn run(devices: Devices) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let open = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        async move { Inventory::open(&path).await }
    };
    let runner = Runner::new(open("sync.db").await?, "bench").await?;
    let mode = RunMode::ApplyApproved("a bench".to_owned());
    let job = devices.into_job();
    let sync = async || -> Result<(SyncReport, f64), JobError> {
        let started = Instant::now();
        let report = runner.run(&job, &Given::default(), &mode, &|_| {}).await?;
        Ok((report, started.elapsed().as_secs_f64()))
    };
    let (report, seconds) = sync().await?;
    let created = report.outcomes.map_or(0, |counts| counts.created);
    let bare = bare(&open("bare.db").await?, devices).await?;
    let d = report.durations;
    println!(
        "{}",
        json!({
            "step": "create", "created": created, "status": report.status.as_str(), "wall_s": rounded(seconds),
            "per_s": (created as f64 / seconds).round(), "bare_per_s": bare.round(),
            "of_bare": rounded(created as f64 / seconds / bare),
            "load_source_s": rounded(d.source_load), "load_target_s": rounded(d.target_load), "diff_s": rounded(d.diff),
            "plan_s": rounded(d.plan), "apply_s": rounded(d.apply), "verify_s": rounded(d.verify),
        })
    );
    let before = rows(&runner).await?;
    let (report, seconds) = sync().await?;
    let d = report.durations;
    let loads = d.source_load + d.target_load;
    println!(
        "{}",
        json!({
            "step": "no_change", "steps": report.steps, "wall_s": rounded(seconds), "two_loads_s": rounded(loads),
            "beyond_loads_s": rounded(seconds - loads), "rows_written": rows(&runner).await? - before,
        })
    );
    runner.inventory().close().await;
    Ok(())
}

/// Creates a second when the inventory is asked directly.
async fn bare(inventory: &Inventory, devices: Devices) -> Result<f64, Failure> {
    let schema = devices.schema(inventory.registry())?;
    let changes: Vec<Change> = devices
        .records()
        .filter_map(|record| {
            let kind = schema.get(record.kind.as_str())?;
            let names = kind.identifiers().iter().map(|field| field.name());
            let identifiers = names.zip(record.key.values()).map(|(name, value)| (name.into(), value.clone()));
            let attributes = record.attributes.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
            Some(Change::create(kind.content_type()?, identifiers.chain(attributes).collect()))
        })
        .collect();
    let context = ChangeContext::job("bench", "bare");
    let mut writer = inventory.writer();
    let started = Instant::now();
    for batch in changes.chunks(2_000) {
        for answer in writer.write(batch, &context).await? {
            answer?;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    inventory.close().await;
    Ok(changes.len() as f64 / seconds)
}

/// Rows of the history and of the change log.
async fn rows(runner: &Runner) -> Result<i64, Failure> {
    let mut rows = 0;
    for table in [
        "jobs_sync",
        "jobs_plan",
        "jobs_step",
        "jobs_step_document",
        "jobs_finding",
        "jobs_withheld",
        "jobs_rejected",
        "extras_objectchange",
    ] {
        let found =
            runner.inventory().database().rows(format!("SELECT count(*) FROM {table}"), Args::default()).await?;
        rows += found.first().map_or(Ok(0), |row| row.some_int(0))?;
    }
    Ok(rows)
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
