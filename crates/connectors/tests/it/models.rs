//! Adapters made of typed records.

use std::sync::{Arc, Mutex};

use futures_util::stream;
use trueup_connectors::models::{BadRecord, BatchHooks, BoxError, ModelChange, ModelHooks, ModelSource, ModelTarget};
use trueup_connectors::{LoadReport, Place, Source, Target};
use trueup_derive::Model;
use trueup_engine::apply::{Fault, Outcome};
use trueup_engine::kind::Model as _;
use trueup_engine::plan::{Change, Step};
use trueup_engine::snapshot::IncompleteReason;
use trueup_engine::{Attributes, Identity, KindName, Schema, Snapshot, Value};

#[derive(Debug, Clone, PartialEq, Model)]
struct Vlan {
    #[id]
    vid: u16,
    name: String,
    site: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Model)]
struct Site {
    #[id]
    name: String,
}

fn vlan(vid: u16, name: &str) -> Vlan {
    Vlan { vid, name: name.to_owned(), site: None }
}

fn snapshot() -> Snapshot {
    Snapshot::new("test", Schema::new(vec![Site::kind().unwrap(), Vlan::kind().unwrap()]).unwrap())
}

async fn load(source: &ModelSource) -> (Snapshot, LoadReport) {
    let mut snapshot = snapshot();
    let report = source.load(&mut snapshot, &()).await.unwrap();
    (snapshot, report)
}

#[tokio::test]
async fn kinds_come_from_iterators_and_streams_in_the_order_in_which_they_were_added() {
    let source = ModelSource::new("test", "here")
        .models(|| Ok(["LAX", "SFO"].map(|name| Site { name: name.to_owned() })))
        .stream(|| async { Ok(stream::iter((1..=3).map(|vid| Ok(vlan(vid, "x"))))) });
    let (snapshot, report) = load(&source).await;
    assert_eq!((report.records, report.rows), (5, 5));
    let order: Vec<String> = snapshot.records().map(|record| record.identity().to_string()).collect();
    assert_eq!(order, ["site LAX", "site SFO", "vlan 1", "vlan 2", "vlan 3"]);
    assert_eq!(snapshot.completeness().of(&KindName::from("vlan")), Ok(()));
    assert_eq!(source.describe().kinds, [KindName::from("site"), KindName::from("vlan")]);
    source.health().await.unwrap();
    let (again, _) = load(&source).await;
    assert_eq!(again.len(), 5, "a source can be loaded as often as one likes");
}

#[tokio::test]
async fn bad_records_are_named_and_their_absence_proves_nothing() {
    let line = |line| Place::file("vlans.csv").at_line(line);
    let named = ModelSource::new("csv", "vlans.csv").results(move || {
        let smudged = BadRecord::new(line(2), "the name is smudged").with_key(20);
        Ok([Ok(vlan(10, "voice")), Err(smudged), Ok(vlan(10, "again"))])
    });
    let (snapshot, report) = load(&named).await;
    let told: Vec<String> = report.rejected.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "vlans.csv, line 2: vlan 20: the name is smudged");
    assert!(told[1].starts_with("vlans.csv: vlan 10: ") && told[1].contains("already"), "{}", told[1]);
    assert_eq!((report.records, report.rows), (1, 3));
    assert_eq!(snapshot.completeness().of(&KindName::from("vlan")), Ok(()), "all but the named ones is known");
    let unreadable: Vec<String> =
        snapshot.completeness().unreadable_records().iter().map(Identity::to_string).collect();
    assert_eq!(unreadable, ["vlan 20", "vlan 10"]);

    let unnamed = ModelSource::new("csv", "vlans.csv")
        .results(move || Ok([Ok(vlan(10, "voice")), Err(BadRecord::new(line(2), "no number"))]));
    let (snapshot, _) = load(&unnamed).await;
    let reason = "a record could not be read: vlans.csv, line 2: no number".to_owned();
    assert_eq!(snapshot.completeness().of(&KindName::from("vlan")), Err(IncompleteReason::Because(reason)));
}

#[tokio::test]
async fn a_source_that_fails_confirms_nothing() {
    let gone = ModelSource::new("api", "controller 7")
        .models(|| Ok([Site { name: "LAX".to_owned() }]))
        .models(|| -> Result<Vec<Vlan>, BoxError> { Err("it answers 503".into()) });
    let mut snapshot = snapshot();
    let error = gone.load(&mut snapshot, &()).await.unwrap_err();
    assert_eq!(error.to_string(), "api controller 7 failed while loading its records");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "it answers 503");
    assert_eq!(snapshot.completeness().of(&KindName::from("site")), Err(IncompleteReason::NotConfirmed));

    let mut other = Snapshot::new("test", Schema::new(vec![Site::kind().unwrap()]).unwrap());
    let error = gone.load(&mut other, &()).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("no kind `vlan`"), "{cause}");
}

fn step(key: u16, change: Change) -> Step {
    Step { record: Identity::new("vlan", key), change, depends_on: Vec::new() }
}

fn attributes(name: &str) -> Attributes {
    Attributes::from_iter([("name".to_owned(), Value::from(name)), ("site".to_owned(), Value::Null)])
}

fn create(key: u16, name: &str) -> Step {
    step(key, Change::Create { after: attributes(name), parent: None })
}

fn update(key: u16, before: &str, after: &str) -> Step {
    let after = Attributes::from_iter([("name".to_owned(), Value::from(after))]);
    step(key, Change::Update { before: attributes(before), after, moved: None })
}

fn delete(key: u16, name: &str) -> Step {
    let children = trueup_engine::snapshot::WithChildren::Keep;
    step(key, Change::Delete { before: attributes(name), parent: None, children })
}

async fn write(target: &ModelTarget, steps: &[Step]) -> Vec<Outcome> {
    let steps: Vec<&Step> = steps.iter().collect();
    target.writer().apply(&steps).await.unwrap()
}

fn nothing() -> ModelSource {
    ModelSource::new("test", "there").models(|| Ok(Vec::<Vlan>::new()))
}

/// Notes what it is told, and has an opinion about some.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn note(&self, told: String) {
        self.0.lock().unwrap().push(told);
    }
}

impl ModelHooks<Vlan> for Told {
    async fn create(&self, record: Vlan) -> Result<Outcome, BoxError> {
        self.note(format!("create {record:?}"));
        match record.vid {
            1 => Err(format!("{} is taken", record.name).into()),
            2 => Ok(Outcome::Skipped { reason: "not today".to_owned() }),
            _ => Ok(Outcome::applied()),
        }
    }

    async fn update(&self, before: Vlan, after: Vlan, changed: Vec<String>) -> Result<Outcome, BoxError> {
        self.note(format!("{} becomes {} in {changed:?}", before.name, after.name));
        Ok(Outcome::applied())
    }
}

#[tokio::test]
async fn per_record_hooks_get_models_and_answer_for_each_record() {
    let told = Told::default();
    let target = ModelTarget::new(nothing()).hooks::<Vlan>(told.clone());
    let outcomes = write(&target, &[create(1, "a"), create(2, "b"), create(3, "c")]).await;
    let skipped = Outcome::Skipped { reason: "not today".to_owned() };
    assert_eq!(outcomes, [Outcome::failed("a is taken"), skipped, Outcome::applied()]);
    assert_eq!(write(&target, &[update(3, "c", "d")]).await, [Outcome::applied()]);
    let outcomes = write(&target, &[delete(3, "d")]).await;
    let declined =
        Outcome::Failed { fault: Fault::Declined, message: "this target does not delete such records".to_owned() };
    assert_eq!(outcomes, [declined], "a hook that is not there declines");
    let told = told.0.lock().unwrap().clone();
    assert_eq!(told[0], "create Vlan { vid: 1, name: \"a\", site: None }");
    assert_eq!(told[3], "c becomes d in [\"name\"]");
}

struct Batches(Arc<Mutex<Vec<usize>>>);

impl BatchHooks<Vlan> for Batches {
    async fn apply(&self, changes: Vec<ModelChange<Vlan>>) -> Result<Vec<Outcome>, BoxError> {
        self.0.lock().unwrap().push(changes.len());
        if changes.contains(&ModelChange::Delete(vlan(9, "x"))) {
            return Err("the line went dead".into());
        }
        // One answer too few.
        Ok(changes.iter().skip(1).map(|_| Outcome::applied()).collect())
    }
}

#[tokio::test]
async fn batch_hooks_get_all_that_the_model_can_hold() {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let target = ModelTarget::new(nothing()).batches::<Vlan>(Batches(Arc::clone(&sizes))).in_batches_of(0);
    assert_eq!(target.batch_size(), 1, "a batch has a step");
    let mut unfit = create(2, "b");
    if let Change::Create { after, .. } = &mut unfit.change {
        after.insert("name".to_owned(), Value::from(7));
    }
    let outcomes = write(&target, &[create(1, "a"), unfit, create(3, "c")]).await;
    assert_eq!(outcomes[0], Outcome::applied());
    assert!(outcomes[1].message().unwrap().contains("field `name` of `vlan` cannot hold `7`"), "{outcomes:?}");
    assert_eq!(outcomes[2], Outcome::failed("the target gave no outcome for this step"));
    assert_eq!(*sizes.lock().unwrap(), [2]);
    let steps = [delete(9, "x")];
    let error = target.writer().apply(&[&steps[0]]).await.unwrap_err();
    assert_eq!(error.to_string(), "test there failed while writing a batch");
}

#[tokio::test]
async fn a_kind_without_hooks_says_so() {
    let outcomes = write(&ModelTarget::new(nothing()), &[create(1, "a")]).await;
    assert_eq!(outcomes, [Outcome::failed("this target has no hooks for records of kind `vlan`")]);
}
