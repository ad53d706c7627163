//! Steps that fail, targets that fail, and records that are not as written.

use trueup_inventory::testing::Trigger;
use trueup_jobs::run::{Event, RunMode, SyncCounts};
use trueup_jobs::store::SyncStatus;

use crate::support::{Made, World, device_type, maker, told};

/// Bolt cannot be stored; a device type hangs on it, Core does not.
fn one_too_long() -> Made {
    let long = "x".repeat(300);
    let mut job = Made::makers(&[("Acme", "a"), ("Bolt", &long), ("Core", "c")]);
    job.records.push(device_type("Bolt", "B1"));
    job.records.push(device_type("Core", "C1"));
    job
}

#[tokio::test]
async fn a_step_that_fails_stops_the_run() {
    let world = World::new().await;
    let report = world.sync(&one_too_long()).await;
    let counts = report.outcomes.unwrap();
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    // The three makers went in one batch; nothing was started after it.
    assert_eq!((counts.created, counts.failed, counts.blocked), (2, 1, 2));
    let journal = world.journal(report.plan).await;
    assert_eq!(journal[0], "manufacturer create [\"Acme\"], sent, applied");
    assert!(journal[1].contains("Bolt") && journal[1].contains("sent, failed: `description` has 300"), "{journal:?}");
    assert_eq!(journal[2], "manufacturer create [\"Core\"], sent, applied");
    for step in &journal[3..] {
        assert!(step.ends_with("not sent, blocked: step 1 did not succeed"), "{step}");
    }
    assert_eq!(report.trouble.len(), 3);
    assert_eq!(world.stored(report.sync).await.outcomes, Some(counts));
}

#[tokio::test]
async fn continue_on_failure_blocks_only_what_depends_on_it() {
    let world = World::new().await;
    let report = world.sync(&one_too_long().going_on()).await;
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.failed, counts.blocked), (3, 1, 1));
    assert_eq!(world.read("dcim.devicetype", &["manufacturer__name", "model"]).await, ["Core | C1"]);
    // The next run tries again what is missing, and nothing else.
    let mut mended = one_too_long().going_on();
    mended.records[1] = maker("Bolt", "short");
    let report = world.sync(&mended).await;
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 2));
}

#[tokio::test]
async fn a_target_that_fails_half_way_leaves_a_plan_that_is_resumed() {
    let world = World::new().await;
    // The first batch, of manufacturers, goes well; the second meets a broken database.
    let (table, action) = ("dcim_devicetype", "INSERT INTO nowhere VALUES (1)");
    let broken = Trigger { name: "broken", when: "BEFORE", table, condition: "TRUE", action };
    broken.make(world.tables()).await;
    let mut job = Made::makers(&[("Acme", "a"), ("Bolt", "b")]);
    job.records.push(device_type("Acme", "X1"));
    let error = world.try_run(&job, &RunMode::Apply).await.unwrap_err();
    let message = told(&error);
    assert!(message.contains("the apply was broken off") && message.contains("nowhere"), "{message}");
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), sync.message.as_deref()), ("failed", Some(message.as_str())));
    assert_eq!(sync.outcomes.unwrap().created, 2, "what was done is counted");
    let plan = world.plan(sync.plan.unwrap()).await;
    assert_eq!(plan.status.as_str(), "started");
    let journal = world.journal(plan.id).await;
    assert!(journal[1].ends_with("sent, applied") && journal[2].ends_with(", sent, open"), "{journal:?}");
    let refused = told(&world.apply(plan.id).await.unwrap_err());
    assert!(refused.contains("broken off") && refused.contains("`resume`"), "{refused}");
    let again = told(&world.resume(sync.id).await.unwrap_err());
    assert!(again.contains("the apply was broken off") && again.contains("nowhere"), "{again}");

    broken.drop(world.tables()).await;
    let report = world.resume(sync.id).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((report.status, counts.created, counts.not_applied()), (SyncStatus::Completed, 3, 0));
    let sync = world.stored(sync.id).await;
    assert_eq!((sync.status.as_str(), sync.attempts, sync.message), ("completed", 3, None));
    assert_eq!(world.plan(plan.id).await.status.as_str(), "applied");
    assert_eq!(world.dry(&job).await.steps, 0);
}

#[tokio::test]
async fn what_is_not_as_written_is_named() {
    let world = World::new().await;
    let trigger = |name, condition, action| {
        let (when, table) = ("AFTER", "dcim_manufacturer");
        Trigger { name, when, table, condition, action }
    };
    let meddles = "UPDATE dcim_manufacturer SET description = 'mine' WHERE name = 'Bolt'";
    trigger("meddles", "NEW.name = 'Bolt'", meddles).make(world.tables()).await;
    let takes = "DELETE FROM dcim_manufacturer WHERE name = 'Core'";
    trigger("takes", "NEW.name = 'Core'", takes).make(world.tables()).await;
    let report = world.sync(&Made::makers(&[("Acme", "a"), ("Bolt", "b"), ("Core", "c")])).await;
    assert_eq!(report.status, SyncStatus::CompletedWithFailures);
    assert_eq!(
        report.unverified,
        ["manufacturer Bolt: `description` is mine, not b", "manufacturer Core was written but is not there",]
    );
    assert_eq!(world.stored(report.sync).await.outcomes.unwrap().unverified, 2);
}

#[tokio::test]
async fn progress_ends_at_its_total() {
    let world = World::new().await;
    let events = std::sync::Mutex::new(Vec::new());
    let watch = |event| events.lock().unwrap().push(event);
    let job = Made::makers(&[("Acme", "a"), ("Bolt", "b")]);
    let _report = world.try_watched(&job, &RunMode::Apply, &watch).await.unwrap();
    let events = events.into_inner().unwrap();
    let begun = events.iter().filter(|event| matches!(event, Event::Began(_))).count();
    let ended = events.iter().filter(|event| matches!(event, Event::Ended(..))).count();
    assert_eq!((begun, ended), (6, 6));
    let outcomes = SyncCounts { created: 2, ..SyncCounts::default() };
    assert!(events.contains(&Event::Applying { done: 2, total: 2, outcomes }), "{events:?}");
}
