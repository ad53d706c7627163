//! Two records with one key, on either side.

use trueup_connectors::models::ModelTarget;
use trueup_connectors::{Source, Target};
use trueup_engine::check::CheckName;
use trueup_engine::{Kind, Model as _, Record};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, SyncReport};
use trueup_jobs::store::{StoredFinding, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{Job, JobContext, JobError, JobMeta};

use crate::elsewhere::{Elsewhere, Maker, Sided, maker};
use crate::support::{MAKERS, Made, World, device_type, told};

const TWICE: &str = "manufacturer Acme is already present; two records of one kind cannot have the same identifiers";

/// What its adapter does about a second record with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// Its load fails, as that of DiffSync does.
    Fails,
    /// It is told of.
    IsRejected,
}

/// From one list of makers to another.
#[derive(Clone)]
struct Lists {
    from: Elsewhere,
    to: Elsewhere,
    second: Second,
}

impl Lists {
    fn new(from: &[Maker], to: &[Maker], second: Second) -> Self {
        Self { from: Elsewhere::holding(from), to: Elsewhere::holding(to), second }
    }

    async fn run(&self, world: &World, mode: &RunMode) -> Result<SyncReport, JobError> {
        world.runner.run(&self.clone().into_job(), &Given::none(), mode, &|_| {}).await
    }
}

fn strictly(list: &Elsewhere) -> Made {
    Made::new(MAKERS, list.holds.lock().unwrap().iter().map(Maker::to_record).collect())
}

impl Job for Lists {
    fn meta(&self) -> JobMeta {
        JobMeta::new("lists")
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Maker::kind()?])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(match self.second {
            Second::Fails => Box::new(strictly(&self.from)),
            Second::IsRejected => Box::new(self.from.source()),
        })
    }

    fn load_target_adapter(&self, _context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        let target = ModelTarget::new(self.to.source()).hooks::<Maker>(self.to.clone());
        Ok(match self.second {
            Second::Fails => Box::new(Sided { source: strictly(&self.to), target, asked: Box::new(|| {}) }),
            Second::IsRejected => self.to.target(),
        })
    }
}

#[tokio::test]
async fn a_side_that_fails_on_a_second_record_with_one_key_changes_nothing_and_the_key_is_told() {
    let (once, twice) = ([maker("Acme", "a")], [maker("Acme", "a"), maker("Bolt", ""), maker("Acme", "b")]);
    for (from, to, side) in [(&twice[..], &once[..], "source"), (&once[..], &twice[..], "target")] {
        let world = World::new().await;
        let job = Lists::new(from, to, Second::Fails);
        let error = told(&job.run(&world, &RunMode::Apply).await.unwrap_err());
        assert!(error.starts_with(&format!("the {side} could not be loaded; nothing was changed")), "{error}");
        assert!(error.ends_with(TWICE), "{error}");
        let sync = world.last_sync().await;
        assert_eq!((sync.status, sync.message, sync.plan), (SyncStatus::Failed, Some(error), None));
        assert!(job.to.writes().is_empty(), "{side}: {:?}", job.to.writes());
        // Once it is there once, there is a plan.
        for list in [&job.from, &job.to] {
            list.holds.lock().unwrap().truncate(2);
        }
        let report = job.run(&world, &RunMode::DryRun).await.unwrap();
        assert_eq!((report.status, report.steps), (SyncStatus::Completed, 1), "{side}");
    }
}

#[tokio::test]
async fn of_two_records_with_one_key_none_counts_and_both_are_left_alone() {
    let (old, twice) = ([maker("Acme", "old"), maker("Bolt", "")], [maker("Acme", "a"), maker("Acme", "b")]);
    let in_source =
        "1 update of manufacturer left out; first, Acme: the source has this record twice, or it could not be read";
    let in_target =
        "1 update of manufacturer left out; first, Acme: the target has this record twice, or it could not be read";
    let there = vec![twice[0].clone(), twice[1].clone(), maker("Bolt", "")];
    for (from, to, side, checks, left_out, held) in [
        (
            &twice,
            &old,
            "source",
            [CheckName::IncompleteSource, CheckName::RejectedRecord],
            in_source,
            vec![old[0].clone()],
        ),
        (&old, &twice, "target", [CheckName::DuplicateKey, CheckName::DuplicateKey], in_target, there),
    ] {
        let world = World::new().await;
        let job = Lists::new(from, to, Second::IsRejected);
        let report = job.run(&world, &RunMode::Apply).await.unwrap();
        assert_eq!(report.status, SyncStatus::Completed, "{side}: {:?}", report.findings);
        assert_eq!(*job.to.holds.lock().unwrap(), held, "{side}");
        let found: Vec<_> = report.findings.iter().map(|found| (found.check, found.message.as_str())).collect();
        assert_eq!(found.iter().map(|(check, _)| *check).collect::<Vec<_>>(), checks, "{side}: {found:?}");
        assert!(found[0].1 == left_out && found[1].1.ends_with(TWICE), "{side}: {found:?}");
        let rejected = world.runner.store().rejected(report.sync, 9).await.unwrap();
        let told = rejected.iter().map(|row| [row.side.as_str(), &row.record, &row.cause]).collect::<Vec<_>>();
        assert_eq!(told, [[side, "manufacturer Acme", TWICE]]);
    }
}

/// PostgreSQL has no such character in a text, and other systems may.
#[tokio::test]
async fn what_is_told_of_records_with_null_characters_is_kept() {
    let world = World::new().await;
    let job = Lists::new(&[maker("A\0", "a"), maker("A\0", "b"), maker("B\0", "c")], &[], Second::IsRejected);
    let report = job.run(&world, &RunMode::Apply).await.unwrap();
    assert_eq!((report.status, report.outcomes.unwrap().created), (SyncStatus::Completed, 1), "{report:?}");
    assert_eq!(*job.to.holds.lock().unwrap(), [maker("B\0", "c")]);
    let rejected = world.runner.store().rejected(report.sync, 9).await.unwrap();
    assert_eq!(rejected[0].record, "manufacturer A\u{fffd}");
    assert_eq!(world.runner.store().findings(report.plan, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_record_that_the_identifiers_of_a_job_do_not_tell_from_another_is_not_written() {
    let world = World::new().await;
    let mut both = Made::makers(&[("Acme", ""), ("Bolt", "")]);
    both.records.extend([device_type("Acme", "X1"), device_type("Bolt", "X1")]);
    world.have(&both).await;
    let kinds = "
  device_type: {content_type: dcim.devicetype, identifiers: [model], attributes: [part_number]}
";
    let job = Made::new(kinds, vec![Record::new("device_type", ["X1"]).with("part_number", "p")]);
    let report = world.sync(&job).await;
    assert_eq!((report.status, report.outcomes.unwrap().failed), (SyncStatus::CompletedWithFailures, 1));
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    let StoredFinding { check, message, .. } = &report.findings[0];
    assert!(*check == CheckName::DuplicateKey && message.contains("device_type X1"), "{message}");
    let failed = "failed: 2 records of device type match model=X1; say more about which one is meant";
    assert_eq!(world.journal(report.plan).await, [format!("device_type update [\"X1\"], sent, {failed}")]);
    assert_eq!(world.read("dcim.devicetype", &["part_number"]).await, ["", ""], "neither is taken for the other");
}
