//! Which records a job is about: on both sides alike, told in a file or in code.

use std::sync::Arc;

use trueup_connectors::Source;
use trueup_connectors::models::{BoxError, ModelSource};
use trueup_engine::diff::Scope;
use trueup_engine::kind::{FromRecordError, KindError};
use trueup_engine::{DiffOptions, FieldType, Kind, Model, Record};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::{SyncFilter, SyncStatus};
use trueup_jobs::variable::{Given, Variable};
use trueup_jobs::{DataSource, DeclarativeJob, Job, JobContext, JobError, JobFile, JobMeta, RunSettings};

use crate::support::{Made, World};

/// Makers of a file, one a line, and the scope that is given.
fn job(world: &World, scope: &str) -> Result<Arc<dyn Job>, JobError> {
    let text = format!(
        "
name: makers
vars:
  first: {{default: A}}
  sites: {{type: multi-choice, choices: [Acme, Bolt, Cork], default: [Acme]}}
source: {{connector: file, path: makers.csv}}
target: {{connector: inventory}}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
    scope: {scope}
mapping:
  - {{kind: manufacturer, fields: {{name: row.name, description: row.about}}}}
"
    );
    let path = world.folder.path().join("job.yaml");
    std::fs::write(&path, text).unwrap();
    Ok(DeclarativeJob::new(JobFile::read(&path)?)?.into_job())
}

fn file(world: &World, rows: &[&str]) {
    std::fs::write(world.folder.path().join("makers.csv"), format!("name,about\n{}\n", rows.join("\n"))).unwrap();
}

async fn run(world: &World, scope: &str, vars: &[(&str, &str)]) -> Result<SyncReport, JobError> {
    let given = Given::texts(vars.iter().copied());
    world.runner.run(&job(world, scope)?, &given, &RunMode::Apply, &|_| {}).await
}

#[tokio::test]
async fn a_file_says_what_its_job_is_about() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", ""), ("Azur", ""), ("Bolt", ""), ("Zed", "")])).await;
    file(&world, &["Acme,new", "Apex,", "Bolt,new", "Cork,"]);
    let report = run(&world, "{name__isw: '{{ vars.first }}'}", &[]).await.unwrap();
    assert_eq!((report.status, report.summary.skip), (SyncStatus::Completed, 3), "Bolt, Cork and Zed");
    assert_eq!(world.makers().await, ["Acme | new", "Apex | ", "Bolt | ", "Zed | "]);
    // The scope is part of what a run is given, so that a rollout goes on with the same file.
    let report = run(&world, "{name__isw: ['{{ vars.first }}', z]}", &[("first", "b")]).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed);
    assert_eq!(world.makers().await, ["Acme | new", "Apex | ", "Bolt | new"]);
    let report = run(&world, "{name__nisw: [a, b, z]}", &[]).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 1), "Cork");
}

/// A template that is one variable has its type: several choices are several values.
#[tokio::test]
async fn choices_of_a_run_are_values_of_a_scope() {
    let world = World::new().await;
    file(&world, &["Acme,", "Bolt,", "Cork,"]);
    let report = run(&world, "{name: '{{ vars.sites }}'}", &[("sites", "Bolt"), ("sites", "Cork")]).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 2));
    assert_eq!(world.makers().await, ["Bolt | ", "Cork | "]);
    let report = run(&world, "{name: [Zed, '{{ vars.sites }}']}", &[]).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 1));
}

#[tokio::test]
async fn a_record_that_leaves_the_scope_is_told_and_not_deleted() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "east"), ("Bolt", "east")])).await;
    file(&world, &["Acme,east", "Bolt,west"]);
    let report = run(&world, "{description: east}", &[]).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 0));
    assert_eq!(world.makers().await, ["Acme | east", "Bolt | east"]);
    let told = report.findings.iter().any(|finding| finding.message.contains("(`Bolt` is one) have left the scope"));
    assert!(told, "{:?}", report.findings);
    // A job about its new place brings it there.
    let report = run(&world, "{description: west}", &[]).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 1));
    assert_eq!(world.makers().await, ["Acme | east", "Bolt | west"]);
}

#[tokio::test]
async fn a_scope_that_makes_no_sense_is_told_before_anything_is_loaded() {
    let world = World::new().await;
    // Loading this would end with another error.
    std::fs::write(world.folder.path().join("makers.csv"), "name,about\n,\n").unwrap();
    let cases = [
        ("{asn: [1]}", "kinds.manufacturer.scope.asn: manufacturer has no such field; add it to its attributes"),
        ("{name__re: [^a]}", "kinds.manufacturer.scope.name__re: `re` is nothing that can be asked of a field"),
        ("{name__isw: 5}", "kinds.manufacturer.scope.name__isw: `5` is no text"),
        ("{name: []}", "kinds.manufacturer.scope.name: it has no values"),
        ("{name: '{{ vars.frist }}'}", "kinds.manufacturer.scope.name: `{{ vars.frist }}` cannot be filled in"),
        ("{name: '{{ vars.first | nothing }}'}", "kinds.manufacturer.scope.name: `{{ vars.first | nothing }}` cannot"),
        ("{name: '{{ vars.first'}", "kinds.manufacturer.scope.name: `{{ vars.first` cannot be filled in"),
    ];
    for (scope, problem) in cases {
        let error = run(&world, scope, &[]).await.unwrap_err().to_string();
        assert!(error.contains(problem), "{problem} is not in: {error}");
    }
    assert_eq!(world.runner.store().history(&SyncFilter { limit: 9, ..SyncFilter::default() }).await.unwrap(), []);
}

struct Maker(&'static str);

impl Model for Maker {
    fn kind() -> Result<Kind, KindError> {
        Kind::builder("manufacturer").content_type("dcim.manufacturer").id("name", FieldType::Text).build()
    }

    fn to_record(&self) -> Record {
        Record::new("manufacturer", [self.0])
    }

    fn from_record(_: &Record) -> Result<Self, FromRecordError> {
        Ok(Self("read"))
    }
}

/// Whose scope is a variable.
struct Chosen;

impl DataSource for Chosen {
    fn meta(&self) -> JobMeta {
        JobMeta::new("chosen")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::text("only")]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn settings(&self, context: &JobContext) -> RunSettings {
        let only: String = context.get("only").unwrap();
        let scope = Scope::all().only("manufacturer", only, ["Acme", "Bolt"]);
        RunSettings { diff: DiffOptions { scope, ..DiffOptions::default() }, ..RunSettings::default() }
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let makers = || -> Result<_, BoxError> { Ok(["Acme", "Cork"].map(Maker)) };
        Ok(Box::new(ModelSource::new("list", "code").models(makers)))
    }
}

#[tokio::test]
async fn a_job_in_code_says_it_in_its_settings() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Bolt", ""), ("Zed", "")])).await;
    let run = async |only: &str, mode: RunMode| {
        world.runner.run(&Chosen.into_job(), &Given::texts([("only", only)]), &mode, &|_| {}).await
    };
    let report = run("name", RunMode::ApplyApproved("Bolt is gone".to_owned())).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.findings);
    assert_eq!(world.makers().await, ["Acme | ", "Zed | "]);
    let error = run("nmae", RunMode::DryRun).await.unwrap_err().to_string();
    assert!(error.contains("kinds.manufacturer.scope.nmae: manufacturer has no such field"), "{error}");
}
