//! A job over manufacturers, run by the server's own runner.

use serde_json::Value as Json;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::SyncStatus;
use trueup_jobs::variable::Given;
use trueup_jobs::{DeclarativeJob, JobFile};

use crate::write::world::World;

pub const JOB: &str = "
name: makers
source: {connector: file, path: .}
target: {connector: inventory}
settings: {on_bad_record: skip}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
mapping:
  - {kind: manufacturer, from: makers.csv, fields: {name: row.name, description: row.about}}
";

/// Runs the job over a source that has these manufacturers, each as `name,description`.
pub async fn run(world: &World, makers: &[&str], mode: RunMode) -> SyncReport {
    let folder = tempfile::tempdir().unwrap();
    let rows = [&["name,about"], makers].concat().join("\n");
    std::fs::write(folder.path().join("makers.csv"), rows).unwrap();
    std::fs::write(folder.path().join("job.yaml"), JOB).unwrap();
    let job = DeclarativeJob::new(JobFile::read(&folder.path().join("job.yaml")).unwrap()).unwrap();
    world.runner.run(&job.into_job(), &Given::none(), &mode, &|_| {}).await.unwrap()
}

/// Brings the inventory to what the source has.
pub async fn have(world: &World, makers: &[&str]) {
    let report = run(world, makers, RunMode::Apply).await;
    assert_eq!(report.status, SyncStatus::Completed, "{:?} {:?}", report.trouble, report.findings);
}

/// The number of a plan that is open and makes these manufacturers.
pub async fn plan(world: &World, makers: &[&str]) -> i64 {
    run(world, makers, RunMode::DryRun).await.plan.0
}

/// What a worker does when it looks once.
pub async fn work(world: &World) -> Option<i64> {
    world.runner.next(&|_| {}).await.unwrap().map(|(sync, _)| sync.0)
}

/// Something of each result, as text.
pub fn each(page: &Json, key: &str) -> Vec<String> {
    page["results"].as_array().unwrap().iter().map(|one| one[key].to_string()).collect()
}
