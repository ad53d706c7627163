//! What is kept of a sync, and of what it could not see.

use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::RunMode;
use trueup_jobs::store::{RejectedRow, StepFilter, SyncId};
use trueup_jobs::variable::Given;
use trueup_jobs::{DeclarativeJob, JobError, JobFile};

use crate::support::{Made, World};

#[tokio::test]
async fn steps_are_filtered_and_paged_by_the_database() {
    let world = World::new().await;
    world.have(&Made::makers(&[("A", "1"), ("B", "1"), ("C", "1")])).await;
    let plan = world.dry(&Made::makers(&[("A", "2"), ("B", "1"), ("D", "1"), ("E", "1")])).await.plan;
    let steps = async |filter: StepFilter| -> Vec<String> {
        let steps = world.runner.store().steps(plan, &filter).await.unwrap();
        steps.iter().map(|step| format!("{} {}", step.action, step.key)).collect()
    };
    let all = StepFilter { limit: 10, ..StepFilter::default() };
    assert_eq!(steps(all.clone()).await, ["update [\"A\"]", "create [\"D\"]", "create [\"E\"]", "delete [\"C\"]"]);
    let behind_the_first = StepFilter { after: Some(0), limit: 2, ..all.clone() };
    assert_eq!(steps(behind_the_first).await, ["create [\"D\"]", "create [\"E\"]"]);
    assert_eq!(steps(StepFilter { actions: vec!["delete".to_owned()], ..all.clone() }).await, ["delete [\"C\"]"]);
    let either = vec!["delete".to_owned(), "update".to_owned()];
    assert_eq!(steps(StepFilter { actions: either, ..all.clone() }).await, ["update [\"A\"]", "delete [\"C\"]"]);
    assert_eq!(steps(StepFilter { kinds: vec!["site".to_owned()], ..all.clone() }).await.len(), 0);
    assert_eq!(steps(StepFilter { outcomes: vec!["applied".to_owned()], ..all }).await.len(), 0);
    let counts = world.plan(plan).await.counts;
    assert_eq!(counts.iter().map(|count| count.steps).sum::<i64>(), 4);
    assert!(matches!(world.runner.store().sync(SyncId(99)).await.unwrap_err(), JobError::NoSuchSync(99)));
}

const JOB: &str = "
name: from-files
source: {connector: file, path: .}
target: {connector: inventory}
settings: {on_bad_record: skip, continue_on_failure: true}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [u_height]
mapping:
  - kind: manufacturer
    from: makers.csv
    fields: {name: row.name, description: row.about}
  - kind: device_type
    from: types.csv
    fields: {manufacturer__name: row.maker, model: row.model, u_height: row.height}
";

#[tokio::test]
async fn rejected_and_withheld_records_are_kept_with_their_places() {
    let world = World::new().await;
    let write = |name: &str, text: &str| std::fs::write(world.folder.path().join(name), text).unwrap();
    write("job.yaml", JOB);
    write("makers.csv", "name,about\nAcme,a\nBolt,b\n");
    write("types.csv", "maker,model,height\nAcme,X1,1\nBolt,B1,2\n");
    let path = world.folder.path().join("job.yaml");
    let run = async || {
        let job = DeclarativeJob::new(JobFile::read(&path).unwrap()).unwrap();
        world.runner.run(&job.into_job(), &Given::none(), &RunMode::Apply, &|_| {}).await.unwrap()
    };
    assert_eq!(run().await.outcomes.unwrap().created, 4);
    // B1 cannot be read any more, and is there; Z9 hangs on a maker that nobody has.
    write("types.csv", "maker,model,height\nAcme,X1,1\nBolt,B1,tall\nZed,Z9,1\n");
    let report = run().await;
    assert_eq!(report.steps, 0, "{report:?}");
    assert_eq!(world.read("dcim.devicetype", &["model"]).await.len(), 2, "what cannot be read is not deleted");
    let rejected = world.runner.store().rejected(report.sync, 9).await.unwrap();
    assert_eq!(rejected.len(), 1);
    let RejectedRow { side, place, record, cause } = &rejected[0];
    assert_eq!(
        (side.as_str(), place.as_str(), record.as_str()),
        ("source", "types.csv, line 3", "device_type Bolt__B1")
    );
    assert!(cause.contains("u_height") && cause.contains("tall"), "{cause}");
    let withheld = world.runner.store().withheld(report.plan, 9).await.unwrap();
    let missing = withheld.iter().find(|row| row.action == "create").unwrap();
    assert_eq!(missing.place.as_deref(), Some("types.csv, line 4"));
    assert!(missing.reason.contains("Zed"), "{missing}");
    assert!(withheld.iter().any(|row| row.action == "delete" && row.record.contains("B1")), "{withheld:?}");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_told_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.yaml");
    let settings = "settings: {flags: [FASTER], protect: [{kind: rack, key: [R1]}, {kind: device_type, key: [X1]}], \
                    thresholds: {delete_share: 20, change_share: .nan}}";
    std::fs::write(&path, JOB.replace("settings: {on_bad_record: skip, continue_on_failure: true}", settings)).unwrap();
    let error = DeclarativeJob::new(JobFile::read(&path).unwrap()).unwrap_err().to_string();
    for part in
        ["`FASTER`", "no kind `rack`", "`device_type` has 2 values, but 1", "delete_share: 20", "change_share: NaN"]
    {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}
