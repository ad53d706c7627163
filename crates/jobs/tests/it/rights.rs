//! What a job may do with records that are there, and what of them belongs to others.

use std::sync::{Arc, Mutex};

use trueup_connectors::models::{BoxError, ModelHooks, ModelSource, ModelTarget};
use trueup_connectors::{Source, Target};
use trueup_engine::apply::Outcome;
use trueup_engine::check::Severity;
use trueup_engine::kind::{Field, KindError, Owner};
use trueup_engine::{FieldType, Kind, Model, Record, Value};
use trueup_inventory::Action;
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{Event, Phase, RunMode, SyncReport};
use trueup_jobs::store::SyncStatus;
use trueup_jobs::variable::Given;
use trueup_jobs::{Job, JobContext, JobError, JobMeta};

use crate::support::{Made, World, maker, with_job};

fn makers(rights: &str, makers: &[(&str, &str)]) -> Made {
    let kinds = format!(
        "\n  manufacturer: {{content_type: dcim.manufacturer, identifiers: [name], {rights}}}\n  device_type: {{content_type: \
         dcim.devicetype, identifiers: [manufacturer__name, model]}}\n"
    );
    Made::new(&kinds, makers.iter().map(|(name, description)| maker(name, description)).collect())
}

/// What would be done, and what is left out.
fn planned(report: &SyncReport) -> (u64, Vec<String>) {
    (report.steps, report.withheld.iter().map(ToString::to_string).collect())
}

const NOT_ALLOWED: &str = "this job may not do that to records of this kind";

#[tokio::test]
async fn what_a_kind_does_not_allow_is_told_and_not_done() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "old"), ("Bolt", "ours")])).await;
    let source = [("Acme", "new"), ("Cork", "")];
    let report = world.sync(&makers("attributes: [description], allow: [create, update]", &source)).await;
    assert_eq!(planned(&report), (2, vec![format!("delete manufacturer Bolt: {NOT_ALLOWED}")]));
    assert_eq!(world.makers().await, ["Acme | new", "Bolt | ours", "Cork | "]);

    let source = [("Acme", "newer"), ("Dorn", "")];
    let report = world.sync(&makers("attributes: [description], allow: match-only", &source)).await;
    assert_eq!((report.status, report.steps, report.withheld.len()), (SyncStatus::Completed, 1, 3));
    assert_eq!(world.makers().await, ["Acme | newer", "Bolt | ours", "Cork | "]);
}

#[tokio::test]
async fn what_needs_a_record_that_may_not_be_made_is_named() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "theirs")])).await;
    let mut job = makers("attributes: [description], allow: nothing", &[("Acme", "ours"), ("acme inc", "")]);
    job.records.extend(["Acme", "acme inc"].map(|maker| Record::new("device_type", [maker, "X1"])));
    let report = world.sync(&job).await;
    assert_eq!(world.read("dcim.devicetype", &["manufacturer__name", "model"]).await, ["Acme | X1"]);
    assert_eq!(world.makers().await, ["Acme | theirs"], "no near duplicate, and nothing written over");
    let (_, mut left_out) = planned(&report);
    left_out.sort_unstable();
    assert_eq!(
        left_out,
        [
            "create device_type acme inc__X1: it needs manufacturer acme inc, which is withheld".to_owned(),
            format!("create manufacturer acme inc: {NOT_ALLOWED}"),
            format!("update manufacturer Acme: {NOT_ALLOWED}"),
        ]
    );
}

#[tokio::test]
async fn a_kind_that_is_ignored_takes_no_part() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "theirs")])).await;
    let report = world.sync(&makers("attributes: [description], flags: [IGNORE]", &[("Bolt", "")])).await;
    assert_eq!((report.steps, report.summary.skip, report.withheld.len()), (0, 2, 0));
}

/// A job that only matches leaves out the rest of the inventory in every run; the history must not grow with it.
#[tokio::test]
async fn what_is_not_allowed_is_counted_and_named_up_to_a_limit() {
    let world = World::new().await;
    let many: Vec<String> = (0..60).map(|number| format!("Maker {number:02}")).collect();
    world.have(&Made::makers(&many.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>())).await;
    let report = world.sync(&makers("attributes: [description], allow: match-only", &[("Maker 07", "")])).await;
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 0));
    assert_eq!(report.withheld.len(), 21);
    assert_eq!(report.withheld[0].record, "manufacturer Maker 00");
    assert_eq!(report.withheld[20].record, "39 more manufacturer records");
    assert_eq!(world.runner.store().withheld(report.plan, 99).await.unwrap(), report.withheld);
    let counts = world.runner.store().kept_counts(report.sync, Some(report.plan)).await.unwrap();
    assert_eq!((counts.withheld, world.count("jobs_withheld").await), (59, 21));
    let finding = report.findings.iter().find(|finding| finding.message.starts_with("59 delete of manufacturer"));
    assert_eq!(finding.map(|finding| finding.severity), Some(Severity::Info), "{:?}", report.findings);
}

async fn note(world: &World, name: &str, text: &str) {
    world.describe_maker(name, text).await;
}

#[tokio::test]
async fn what_the_target_owns_is_set_once_and_then_left_to_people() {
    let world = World::new().await;
    let job = |text| makers("attributes: [{name: description, owner: target}]", &[("Acme", text)]);
    let made = world.sync(&job("from the source")).await;
    assert_eq!((made.status, made.unverified.len()), (SyncStatus::Completed, 0));
    assert_eq!(world.makers().await, ["Acme | from the source"]);
    note(&world, "Acme", "by hand").await;
    let again = world.sync(&job("changed in the source")).await;
    assert_eq!((again.steps, again.summary.no_change), (0, 1));
    assert_eq!(world.makers().await, ["Acme | by hand"]);
    // Whoever made it by hand has it: taking it back is up to them.
    let undo = world.undo(made.sync).await.unwrap();
    assert!(undo.findings.iter().any(|finding| finding.message.contains("changed since")), "{:?}", undo.findings);
}

#[tokio::test]
async fn what_is_empty_is_filled_and_what_is_not_is_left() {
    let world = World::new().await;
    let job = |text| makers("attributes: [{name: description, owner: if-empty}]", &[("Acme", text), ("Bolt", text)]);
    world.have(&Made::makers(&[("Acme", "by hand"), ("Bolt", "")])).await;
    let filled = world.sync(&job("from the source")).await;
    assert_eq!((filled.status, filled.steps, filled.unverified.len()), (SyncStatus::Completed, 1, 0));
    assert_eq!(world.makers().await, ["Acme | by hand", "Bolt | from the source"]);
    assert_eq!(world.sync(&job("changed in the source")).await.steps, 0);
    let undo = world.undo(filled.sync).await.unwrap();
    assert_eq!(world.apply(undo.plan).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.makers().await, ["Acme | by hand", "Bolt | "]);
}

#[tokio::test]
async fn an_edit_of_what_the_target_owns_makes_no_step_stale_but_a_delete() {
    let world = World::new().await;
    let kinds = "
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name]}
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [part_number, {name: comments, owner: target}]
";
    let job = |number: &str| {
        let device_type = Record::new("device_type", ["Acme", "X1"]).with("part_number", number);
        Made::new(kinds, vec![Record::new("manufacturer", "Acme"), device_type.with("comments", "first")])
    };
    world.have(&job("1")).await;
    let plan = world.dry(&job("2")).await.plan;
    let key = [("manufacturer__name", "Acme".into()), ("model", "X1".into())];
    world.write(Action::Update, "dcim.devicetype", &key, &[("comments", "by hand".into())]).await;
    let applied = world.apply(plan).await.unwrap();
    assert_eq!(applied.status, SyncStatus::Completed, "{:?}", applied.trouble);
    let shown = async || world.read("dcim.devicetype", &["part_number", "comments"]).await;
    assert_eq!(shown().await, ["2 | by hand"]);
    let undo = world.undo(applied.sync).await.unwrap();
    assert_eq!(world.apply(undo.plan).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(shown().await, ["1 | by hand"], "what the plan did is taken back, and nothing else");

    let gone = Made::new(kinds, vec![Record::new("manufacturer", "Acme")]);
    let plan = world.dry(&gone).await.plan;
    world.write(Action::Update, "dcim.devicetype", &key, &[("comments", "kept".into())]).await;
    let stale = world.runner.apply(plan, Some("it is gone"), &|_| {}).await.unwrap();
    assert_eq!(stale.outcomes.unwrap().stale, 1, "a delete would take the edit along");
    assert_eq!(shown().await, ["1 | kept"]);
}

const TAGGED: &str = "
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name]}
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [u_height, {name: tags, owner: merged}]
";

fn set(members: &[&str]) -> Value {
    Value::Set(members.iter().copied().collect())
}

fn tagged(height: i64, tags: &[&str]) -> Made {
    let device_type = Record::new("device_type", ["Acme", "X1"]).with("u_height", height).with("tags", set(tags));
    Made::new(TAGGED, vec![Record::new("manufacturer", "Acme"), device_type])
}

fn x1() -> [(&'static str, Value); 2] {
    [("manufacturer__name", "Acme".into()), ("model", "X1".into())]
}

async fn with_tags(names: &[&str]) -> World {
    let world = World::new().await;
    for name in names {
        let values = [("name", Value::from(*name)), ("content_types", set(&["dcim.devicetype"]))];
        world.write(Action::Create, "extras.tag", &[], &values).await;
    }
    world
}

async fn tag(world: &World, tags: &[&str]) {
    world.write(Action::Update, "dcim.devicetype", &x1(), &[("tags", set(tags))]).await;
}

async fn shown(world: &World) -> Vec<String> {
    world.read("dcim.devicetype", &["u_height", "tags"]).await
}

#[tokio::test]
async fn foreign_members_of_a_merged_set_stay() {
    let world = with_tags(&["ours", "new", "theirs"]).await;
    world.have(&tagged(1, &["ours"])).await;
    tag(&world, &["ours", "theirs"]).await;
    assert_eq!(world.sync(&tagged(1, &["ours"])).await.steps, 0, "a foreign member is no difference");
    let added = world.sync(&tagged(1, &["new"])).await;
    assert_eq!((added.status, added.steps, added.unverified.len()), (SyncStatus::Completed, 1, 0));
    assert_eq!(shown(&world).await, [format!("1 | {}", set(&["new", "ours", "theirs"]))]);
    assert_eq!(world.sync(&tagged(1, &["new"])).await.steps, 0);
}

#[tokio::test]
async fn members_that_come_between_plan_and_apply_stay_and_so_after_an_undo() {
    let world = with_tags(&["ours", "theirs", "late", "later"]).await;
    world.have(&tagged(1, &[])).await;
    tag(&world, &["theirs"]).await;
    let plan = world.dry(&tagged(1, &["ours"])).await.plan;
    tag(&world, &["late"]).await;
    let applied = world.apply(plan).await.unwrap();
    assert_eq!((applied.status, applied.unverified.len()), (SyncStatus::Completed, 0), "{:?}", applied.trouble);
    assert_eq!(shown(&world).await, [format!("1 | {}", set(&["late", "ours"]))]);

    tag(&world, &["late", "later", "ours"]).await;
    let undo = world.undo(applied.sync).await.unwrap();
    assert!(undo.findings.is_empty(), "{:?}", undo.findings);
    let undone = world.apply(undo.plan).await.unwrap();
    assert_eq!((undone.status, undone.unverified.len()), (SyncStatus::Completed, 0), "{:?}", undone.trouble);
    assert_eq!(shown(&world).await, [format!("1 | {}", set(&["late", "later"]))], "ours alone is taken back");
}

/// Nothing looks at the records between the plan of a run and its batch but the batch itself.
#[tokio::test]
async fn a_member_that_comes_during_a_run_stays() {
    let world = with_tags(&["ours", "theirs"]).await;
    world.have(&tagged(1, &[])).await;
    let other = world.another_program();
    let meddle = |event| {
        if matches!(event, Event::Began(Phase::Apply)) {
            other.update("dcim.devicetype", &x1(), &[("tags", set(&["theirs"]))]);
        }
    };
    let report = world.try_watched(&tagged(2, &["ours"]), &RunMode::Apply, &meddle).await.unwrap();
    assert_eq!((report.status, report.unverified.len()), (SyncStatus::Completed, 0), "{:?}", report.trouble);
    assert_eq!(shown(&world).await, [format!("2 | {}", set(&["ours", "theirs"]))]);
}

#[tokio::test]
async fn an_owned_set_is_replaced_and_its_step_is_stale_when_others_change_it() {
    let world = with_tags(&["ours", "theirs", "late"]).await;
    let owned = |tags: &[&str]| {
        let mut job = tagged(1, tags);
        job.document = crate::support::document(&TAGGED.replace("{name: tags, owner: merged}", "tags"));
        job
    };
    world.have(&owned(&[])).await;
    tag(&world, &["theirs"]).await;
    let plan = world.dry(&owned(&["ours"])).await.plan;
    tag(&world, &["late"]).await;
    assert_eq!(world.apply(plan).await.unwrap().outcomes.unwrap().stale, 1);
    assert_eq!(world.sync(&owned(&["ours"])).await.outcomes.unwrap().updated, 1);
    assert_eq!(shown(&world).await, [format!("1 | {}", set(&["ours"]))]);
}

/// A record of another system.
#[derive(Debug, Clone, PartialEq)]
struct Host {
    name: String,
    labels: Value,
}

impl Model for Host {
    fn kind() -> Result<Kind, KindError> {
        let labels = Field::new("labels", FieldType::set_of(FieldType::Text)).with_owner(Owner::Merged);
        Kind::builder("host").id("name", FieldType::Text).attr_field(labels).build()
    }

    fn to_record(&self) -> Record {
        Record::new("host", [self.name.as_str()]).with("labels", self.labels.clone())
    }

    fn from_record(record: &Record) -> Result<Self, trueup_engine::kind::FromRecordError> {
        let labels = record.attributes.get("labels").cloned().unwrap_or_default();
        Ok(Self { name: record.key.to_string(), labels })
    }
}

/// What another system holds. It is written as a whole, as most systems are.
#[derive(Clone, Default)]
struct Hosts(Arc<Mutex<Vec<Host>>>);

impl Hosts {
    fn holding(labels: &[&str]) -> Self {
        Self(Arc::new(Mutex::new(vec![Host { name: "x".to_owned(), labels: set(labels) }])))
    }

    fn source(&self) -> ModelSource {
        let hosts = Arc::clone(&self.0);
        ModelSource::new("hosts", "a list").models(move || Ok(hosts.lock().unwrap().clone()))
    }

    fn label(&self, labels: &[&str]) {
        self.0.lock().unwrap()[0].labels = set(labels);
    }

    fn labels(&self) -> Value {
        self.0.lock().unwrap()[0].labels.clone()
    }
}

impl ModelHooks<Host> for Hosts {
    async fn update(&self, before: Host, after: Host, _changed: Vec<String>) -> Result<Outcome, BoxError> {
        assert_eq!(before.labels, self.labels(), "a hook is told what is there");
        self.0.lock().unwrap()[0] = after;
        Ok(Outcome::applied())
    }
}

#[derive(Clone)]
struct Labels {
    from: Hosts,
    to: Hosts,
}

impl Job for Labels {
    fn meta(&self) -> JobMeta {
        JobMeta::new("labels")
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Host::kind()?])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(self.from.source()))
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        Ok(Box::new(ModelTarget::new(self.to.source()).hooks::<Host>(self.to.clone())))
    }
}

#[tokio::test]
async fn hooks_are_given_what_others_have_put_into_a_merged_set_meanwhile() {
    let world = World::new().await;
    let job = Labels { from: Hosts::holding(&["ours"]), to: Hosts::holding(&["theirs"]) };
    let runner = with_job(&world.second_runner().await, job.clone());
    let planned = runner.run(&job.clone().into_job(), &Given::none(), &RunMode::DryRun, &|_| {}).await.unwrap();
    job.to.label(&["late"]);
    let applied = runner.apply(planned.plan, None, &|_| {}).await.unwrap();
    assert_eq!((applied.status, applied.unverified.len()), (SyncStatus::Completed, 0), "{:?}", applied.trouble);
    assert_eq!(job.to.labels(), set(&["late", "ours"]));
    job.to.label(&["late", "later", "ours"]);
    let undo = runner.undo(applied.sync, &|_| {}).await.unwrap();
    assert_eq!(runner.apply(undo.plan, None, &|_| {}).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(job.to.labels(), set(&["late", "later"]));
}
