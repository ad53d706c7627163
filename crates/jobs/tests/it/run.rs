//! A run from load to verify, its dry form, and what checks do to it.

use trueup_connectors::{Place, Rejected};
use trueup_engine::Identity;
use trueup_engine::check::CheckName;
use trueup_jobs::run::RunMode;
use trueup_jobs::store::{RejectedRow, SyncFilter, SyncStatus};
use trueup_jobs::variable::Given;

use crate::support::{Ending, Made, World, device_type, told};

fn two() -> Made {
    let mut job = Made::makers(&[("Acme", "first"), ("Bolt", "second")]);
    job.records.push(device_type("Acme", "X1"));
    job
}

fn eight() -> Vec<(&'static str, &'static str)> {
    ["A", "B", "C", "D", "E", "F", "G", "H"].into_iter().map(|name| (name, "x")).collect()
}

#[tokio::test]
async fn a_dry_run_stores_a_plan_and_leaves_the_inventory_alone() {
    let world = World::new().await;
    let log = world.count("extras_objectchange").await;
    let report = world.dry(&two()).await;
    assert_eq!((report.status, report.dry_run, report.steps), (SyncStatus::Completed, true, 3));
    assert_eq!(report.outcomes, None);
    assert_eq!(world.makers().await, Vec::<String>::new());
    assert_eq!(world.count("extras_objectchange").await, log);
    let sync = world.stored(report.sync).await;
    assert_eq!((sync.status.as_str(), sync.dry_run, sync.plan), ("completed", true, Some(report.plan)));
    assert_eq!((sync.source_records, sync.target_records), (Some(3), Some(0)));
    assert_eq!(sync.summary.map(|summary| summary.create), Some(3));
    assert!(sync.ended_at.is_some() && sync.message.is_none());
    let plan = world.plan(report.plan).await;
    assert_eq!((plan.status.as_str(), plan.steps, plan.sync), ("open", 3, report.sync));
    let journal = world.journal(report.plan).await;
    assert_eq!(journal.len(), 3);
    assert!(journal.iter().all(|step| step.ends_with("not sent, open")), "{journal:?}");
}

#[tokio::test]
async fn a_run_is_applied_and_the_second_has_nothing_to_do() {
    let world = World::new().await;
    let report = world.sync(&two()).await;
    assert_eq!((report.status, report.outcomes.map(|o| o.created)), (SyncStatus::Completed, Some(3)));
    assert!(report.unverified.is_empty() && report.trouble.is_empty(), "{report:?}");
    assert_eq!(world.makers().await, ["Acme | first", "Bolt | second"]);
    assert_eq!(world.plan(report.plan).await.status.as_str(), "applied");
    let steps = world.count("jobs_step").await;
    let log = world.count("extras_objectchange").await;

    let second = world.sync(&two()).await;
    assert_eq!((second.status, second.steps), (SyncStatus::Completed, 0));
    assert_eq!(second.summary.no_change, 3);
    assert_eq!(world.count("jobs_step").await, steps, "what is the same is counted, not stored");
    assert_eq!(world.count("extras_objectchange").await, log);
}

#[tokio::test]
async fn updates_and_deletes_follow_the_source() {
    let world = World::new().await;
    world.have(&two()).await;
    let report = world.sync(&Made::makers(&[("Acme", "changed")])).await;
    assert_eq!(report.status, SyncStatus::WaitingForApproval, "an empty kind is no reason to delete all of it");
    let approved = RunMode::ApplyApproved("they are gone".to_owned());
    let report = world.try_run(&Made::makers(&[("Acme", "changed")]), &approved).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.updated, counts.deleted), (0, 1, 2));
    assert_eq!(world.makers().await, ["Acme | changed"]);
}

#[tokio::test]
async fn findings_block_until_a_person_approves_with_a_reason() {
    let world = World::new().await;
    world.have(&Made::makers(&eight())).await;
    let shrunk = Made::makers(&[("A", "x")]);
    let refused = world.sync(&shrunk).await;
    assert_eq!((refused.status, refused.outcomes), (SyncStatus::WaitingForApproval, None));
    assert!(refused.findings.iter().any(|finding| finding.check == CheckName::DeleteShare), "{:?}", refused.findings);
    assert_eq!(world.makers().await.len(), 8);
    assert_eq!(world.stored(refused.sync).await.status.as_str(), "waiting-for-approval");

    let error = world.apply(refused.plan).await.unwrap_err();
    assert!(told(&error).contains("checks are against it"), "{error}");
    // A reason that says nothing is none.
    let blank = RunMode::ApplyApproved("  ".to_owned());
    assert_eq!(world.try_run(&shrunk, &blank).await.unwrap().status, SyncStatus::WaitingForApproval);
    assert!(world.runner.apply(refused.plan, Some(" "), &|_| {}).await.is_err());
    assert_eq!(world.makers().await.len(), 8);

    let applied = world.runner.apply(refused.plan, Some("they merged"), &|_| {}).await.unwrap();
    assert_eq!(applied.outcomes.unwrap().deleted, 7);
    assert_eq!(world.plan(refused.plan).await.approval.as_deref(), Some("they merged"));
}

#[tokio::test]
async fn protected_records_need_approval() {
    let world = World::new().await;
    world.have(&two()).await;
    let job = |about| {
        Made::makers(&[("Acme", about), ("Bolt", "second")]).protecting(Identity::new("manufacturer", ["Acme"]))
    };
    let mut changed = job("changed");
    changed.records.push(device_type("Acme", "X1"));
    let refused = world.sync(&changed).await;
    assert_eq!(refused.status, SyncStatus::WaitingForApproval);
    let finding = refused.findings.iter().find(|finding| finding.check == CheckName::ProtectedRecord).unwrap();
    assert!(finding.message.contains("Acme") && finding.message.contains("update"), "{finding:?}");
    assert_eq!(world.makers().await[0], "Acme | first");
    let approved = RunMode::ApplyApproved("renamed by its owner".to_owned());
    assert_eq!(world.try_run(&changed, &approved).await.unwrap().status, SyncStatus::Completed);
}

#[tokio::test]
async fn a_failing_source_changes_nothing_and_is_told() {
    let world = World::new().await;
    world.have(&two()).await;
    let error = world.try_run(&two().ending(Ending::Fails), &RunMode::Apply).await.unwrap_err();
    assert!(told(&error).ends_with("nothing was changed: the test failed while reading: the line went dead"));
    let sync = world.last_sync().await;
    assert_eq!((sync.status.as_str(), sync.message), ("failed", Some(told(&error))));
    assert_eq!((sync.plan, sync.outcomes), (None, None));
    assert_eq!(world.makers().await, ["Acme | first", "Bolt | second"]);
}

#[tokio::test]
async fn an_incomplete_source_deletes_nothing() {
    let world = World::new().await;
    world.have(&two()).await;
    let job = Made::makers(&[("Acme", "changed"), ("Core", "new")]).ending(Ending::Unconfirmed);
    let report = world.sync(&job).await;
    assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.findings);
    assert_eq!(world.makers().await, ["Acme | changed", "Bolt | second", "Core | new"]);
    let withheld: Vec<String> =
        world.runner.store().withheld(report.plan, 9).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(withheld.len(), 2, "{withheld:?}");
    assert!(withheld.iter().all(|line| line.starts_with("delete ") && line.contains("not complete")), "{withheld:?}");
    assert!(report.findings.iter().any(|finding| finding.check == CheckName::IncompleteSource));
}

#[tokio::test]
async fn a_rejected_record_is_listed_and_its_absence_is_no_delete() {
    let world = World::new().await;
    world.have(&two()).await;
    let mut job = Made::makers(&[("Acme", "first")]);
    job.records.push(device_type("Acme", "X1"));
    job.rejected.push(Rejected {
        place: Place::file("makers.csv").at_line(3),
        kinds: vec!["manufacturer".into()],
        key: Some(["Bolt"].into()),
        cause: "it is smudged".to_owned(),
    });
    let report = world.sync(&job).await;
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 0));
    assert_eq!(world.makers().await, ["Acme | first", "Bolt | second"]);
    let rejected = world.runner.store().rejected(report.sync, 9).await.unwrap();
    let expected = ["source", "makers.csv, line 3", "manufacturer Bolt", "it is smudged"];
    let [side, place, record, cause] = expected.map(str::to_owned);
    assert_eq!(rejected, [RejectedRow { side, place, record, cause }]);
    assert_eq!(report.source.rejected, ["makers.csv, line 3: manufacturer Bolt: it is smudged"]);
    assert_eq!(report.withheld.len(), 1);
    assert_eq!(report.withheld[0].record, "manufacturer Bolt");
}

#[tokio::test]
async fn a_record_of_a_kind_unknown_to_the_inventory_is_refused_before_the_run() {
    struct Bare(Made);
    impl trueup_jobs::DataSource for Bare {
        fn meta(&self) -> trueup_jobs::JobMeta {
            self.0.meta()
        }
        fn schema(&self, _: &trueup_inventory::Registry) -> Result<trueup_engine::Schema, trueup_jobs::JobError> {
            let kind = |name: &str| trueup_engine::Kind::builder(name).id("name", trueup_engine::FieldType::Text);
            let kinds = vec![kind("site").build()?, kind("rack").content_type("dcim.rock").build()?];
            Ok(trueup_engine::Schema::new(kinds)?)
        }
        fn load_source_adapter(
            &self,
            context: &trueup_jobs::JobContext,
        ) -> Result<Box<dyn trueup_connectors::Source>, trueup_jobs::JobError> {
            self.0.load_source_adapter(context)
        }
    }
    let world = World::new().await;
    let job = trueup_jobs::job::IntoJob::into_job(Bare(two()));
    let error = world.runner.run(&job, &Given::none(), &RunMode::DryRun, &|_| {}).await.unwrap_err().to_string();
    assert!(error.contains("kinds.site: it has no content type"), "{error}");
    assert!(error.contains("kinds.rack: ") && error.contains("dcim.rock"), "{error}");
    assert!(world.runner.store().history(&SyncFilter { limit: 9, ..SyncFilter::default() }).await.unwrap().is_empty());
}
