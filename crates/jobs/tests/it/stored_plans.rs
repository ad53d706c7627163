//! Plans that are applied later: what changed meanwhile, what was tampered with, and the way back.

use trueup_inventory::Action;
use trueup_jobs::JobError;
use trueup_jobs::store::{PlanId, SyncStatus};

use crate::support::{Made, World, device_type, told};

#[tokio::test]
async fn exactly_the_steps_whose_record_changed_are_stale() {
    let world = World::new().await;
    let old = [("A", "1"), ("B", "1"), ("C", "1"), ("D", "1"), ("E", "1")];
    world.have(&Made::makers(&old)).await;
    let new = Made::makers(&[("A", "2"), ("B", "2"), ("C", "2"), ("New", "1"), ("Fresh", "1")]).going_on();
    let plan = world.dry(&new).await.plan;
    world.describe_maker("A", "meanwhile").await;
    world.write(Action::Delete, "dcim.manufacturer", &[("name", "B".into())], &[]).await;
    world.describe_maker("D", "meanwhile").await;
    world.write(Action::Create, "dcim.manufacturer", &[], &[("name", "New".into())]).await;

    let report = world.apply(plan).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.updated, counts.deleted, counts.stale), (1, 1, 1, 4));
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    let journal = world.journal(plan).await;
    let stale: Vec<&String> = journal.iter().filter(|step| step.contains("stale")).collect();
    assert_eq!(
        stale,
        [
            "manufacturer update [\"A\"], not sent, stale: `description` is now meanwhile; the plan expects 1",
            "manufacturer update [\"B\"], not sent, stale: the record is gone",
            "manufacturer create [\"New\"], not sent, stale: the record was made meanwhile",
            "manufacturer delete [\"D\"], not sent, stale: `description` is now meanwhile; the plan expects 1",
        ]
    );
    assert_eq!(world.makers().await, ["A | meanwhile", "C | 2", "D | meanwhile", "Fresh | 1", "New | "]);
}

#[tokio::test]
async fn a_plan_is_applied_once() {
    let world = World::new().await;
    let job = Made::makers(&[("Acme", "a")]);
    let plan = world.dry(&job).await.plan;
    let report = world.apply(plan).await.unwrap();
    assert_eq!(report.status, SyncStatus::Completed);
    let sync = world.stored(report.sync).await;
    assert_eq!((sync.plan, sync.source.as_str(), sync.dry_run), (Some(plan), "plan 1", false));
    let error = world.apply(plan).await.unwrap_err();
    assert!(matches!(error, JobError::NotOpen { .. }) && told(&error).contains("it is applied"), "{error}");
    assert!(matches!(world.apply(PlanId(99)).await.unwrap_err(), JobError::NoSuchPlan(99)));
}

#[tokio::test]
async fn of_two_programs_that_apply_one_plan_one_does() {
    let world = World::new().await;
    let other = world.second_runner().await;
    let plan = world.dry(&Made::makers(&[("Acme", "a"), ("Bolt", "b")])).await.plan;
    let (one, two) = tokio::join!(world.apply(plan), other.apply(plan, None, &|_| {}));
    let (done, refused) = match (one, two) {
        (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => (done, refused),
        both => panic!("one has to succeed and one to be refused: {both:?}"),
    };
    assert!(matches!(refused, JobError::NotOpen { .. } | JobError::AskedAlready { .. }), "{refused}");
    assert_eq!((done.status, done.outcomes.unwrap().created), (SyncStatus::Completed, 2));
    assert_eq!(world.plan(plan).await.status.as_str(), "applied");
}

#[tokio::test]
async fn a_step_that_was_changed_by_hand_is_not_applied() {
    let changes: [&'static str; 4] = [
        "UPDATE jobs_step_document SET document = replace(document, 'second', 'evil')",
        "DELETE FROM jobs_step_document WHERE position = 1",
        "DELETE FROM jobs_step WHERE position = 1",
        "UPDATE jobs_plan SET policy = replace(policy, 'stop', 'continue')",
    ];
    for change in changes {
        let world = World::new().await;
        let plan = world.dry(&Made::makers(&[("Acme", "first"), ("Bolt", "second")])).await.plan;
        world.sql(change).await;
        let error = world.apply(plan).await.unwrap_err();
        assert!(matches!(error, JobError::Tampered { .. }), "{change}: {error}");
        assert!(world.makers().await.is_empty());
    }
    let world = World::new().await;
    let plan = world.dry(&Made::makers(&[("Acme", "first")])).await.plan;
    world.sql("UPDATE jobs_step_document SET document = '{'").await;
    assert!(matches!(world.apply(plan).await.unwrap_err(), JobError::StoredJson { .. }));
}

#[tokio::test]
async fn a_plan_is_taken_back_and_that_too() {
    let world = World::new().await;
    let old = Made::makers(&[("Acme", "a"), ("Bolt", "b")]);
    world.have(&old).await;
    let mut new = Made::makers(&[("Acme", "changed"), ("Core", "c")]);
    new.records.push(device_type("Core", "C1"));
    let done = world.sync(&new).await;
    assert_eq!(done.status, SyncStatus::Completed, "{done:?}");
    let undo = world.undo(done.sync).await.unwrap().plan;
    assert_eq!(world.plan(undo).await.undoes, Some(done.plan));
    let report = world.apply(undo).await.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, done.steps), "{report:?}");
    assert_eq!(world.makers().await, ["Acme | a", "Bolt | b"]);
    assert_eq!(world.dry(&old).await.steps, 0);
    // Once taken back, it is not taken back again; taking back the taking back is a plan as well.
    assert!(world.apply(undo).await.is_err());
    let redo = world.undo(report.sync).await.unwrap().plan;
    assert_eq!(world.apply(redo).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.dry(&new).await.steps, 0);
}

#[tokio::test]
async fn a_stored_plan_compares_as_its_job_did() {
    let kinds = "
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [{name: description, case: fold}]
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [{name: part_number, blank: 'null'}, {name: front_image, default: none.png}]
";
    let world = World::new().await;
    let name = [("name", "Acme".into())];
    world.write(Action::Create, "dcim.manufacturer", &[], &[name[0].clone(), ("description", "LOUD".into())]).await;
    let device_type = [("manufacturer__name", "Acme".into()), ("model", "X1".into())];
    world.write(Action::Create, "dcim.devicetype", &[], &device_type).await;
    // Nothing changes after the plan, so nothing is stale, however the values are spelled.
    let record = |part: &str| {
        trueup_engine::Record::new("device_type", ["Acme", "X1"]).with("part_number", part).with("front_image", "x.png")
    };
    let quiet = trueup_engine::Record::new("manufacturer", ["Acme"]).with("description", "quiet");
    let job = Made::new(kinds, vec![quiet, record("P1")]);
    let plan = world.dry(&job).await.plan;
    let report = world.apply(plan).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().updated), (SyncStatus::Completed, 2), "{:?}", report.trouble);
    assert_eq!(world.dry(&job).await.steps, 0);
}

#[tokio::test]
async fn only_what_was_done_is_taken_back() {
    let world = World::new().await;
    world.have(&Made::makers(&[("Acme", "a"), ("Bolt", "b")])).await;
    let plan = world.dry(&Made::makers(&[("Acme", "2"), ("Bolt", "2"), ("Core", "c")]).going_on()).await.plan;
    world.describe_maker("Bolt", "meanwhile").await;
    let report = world.apply(plan).await.unwrap();
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    let undo = world.undo(report.sync).await.unwrap().plan;
    assert_eq!(world.apply(undo).await.unwrap().status, SyncStatus::Completed);
    assert_eq!(world.makers().await, ["Acme | a", "Bolt | meanwhile"]);
}
