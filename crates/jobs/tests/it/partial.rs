//! A part of a plan: what is chosen, what is pulled in, what is left; and which plan is applied at all.

use trueup_engine::Identity;
use trueup_engine::check::Limits;
use trueup_engine::diff::Scope;
use trueup_engine::plan::{Choice, StepAction};
use trueup_jobs::JobError;
use trueup_jobs::run::{Approval, Event, RunMode};
use trueup_jobs::store::{PlanId, SyncStatus};

use crate::support::{Made, World, device_type, maker, told};

fn kinds(kinds: &[&str]) -> Choice {
    Choice { kinds: kinds.iter().map(|kind| (*kind).into()).collect(), ..Choice::default() }
}

fn actions(actions: &[StepAction]) -> Choice {
    Choice { actions: actions.to_vec(), ..Choice::default() }
}

fn steps(steps: &[&str]) -> Choice {
    Choice { steps: steps.iter().map(|steps| steps.parse().unwrap()).collect(), ..Choice::default() }
}

/// Two makers, each with a device type: steps 0 and 1, then 2 and 3.
fn four() -> Made {
    let mut job = Made::makers(&[("Acme", "a"), ("Bolt", "b")]);
    job.records.extend([device_type("Acme", "A1"), device_type("Bolt", "B1")]);
    job
}

impl World {
    async fn apply_part(&self, plan: PlanId, choice: Choice) -> Result<trueup_jobs::run::SyncReport, JobError> {
        self.runner.apply(plan, choice, &|_| {}).await
    }
}

#[tokio::test]
async fn what_a_chosen_step_depends_on_is_pulled_in_and_the_rest_is_left() {
    let world = World::new().await;
    let plan = world.dry(&four()).await.plan;
    let fingerprint = world.plan(plan).await.fingerprint;
    let report = world.apply_part(plan, steps(&["3"])).await.unwrap();
    assert_eq!(report.pulled_in, ["1 create manufacturer Bolt"]);
    let counts = report.outcomes.unwrap();
    assert_eq!((report.status, report.steps, counts.created, counts.not_chosen), (SyncStatus::Completed, 2, 2, 2));
    assert_eq!((counts.skipped, report.trouble.len()), (0, 0));
    let left = ", not sent, skipped: it was not chosen; run the job again for what is left";
    let journal = world.journal(plan).await;
    assert!(journal[0].ends_with(left) && journal[2].ends_with(left), "{journal:?}");
    assert_eq!(world.makers().await, ["Bolt | b"]);

    let row = world.plan(plan).await;
    assert_eq!((row.status.as_str(), row.fingerprint), ("applied", fingerprint));
    let [approval] = row.approvals.as_slice() else { panic!("{:?}", row.approvals) };
    let kept = (approval.user.as_str(), approval.chosen.as_deref(), approval.reason.as_deref(), approval.sync);
    assert_eq!(kept, ("tester", Some("1,3"), None, report.sync));
    // The rest is what the next run finds.
    assert!(matches!(world.apply(plan).await, Err(JobError::NotOpen { .. })));
    assert_eq!(world.sync(&four()).await.outcomes.unwrap().created, 2);
    assert_eq!(world.dry(&four()).await.steps, 0);
    // And only what was done is taken back.
    let undo = world.undo(report.sync).await.unwrap();
    assert_eq!(undo.steps, 2, "{undo:?}");
}

#[tokio::test]
async fn kinds_and_actions_narrow_each_other_and_steps_come_besides() {
    let world = World::new().await;
    let mut old = Made::makers(&[("Acme", "old"), ("Gone", "g")]);
    old.records.push(device_type("Acme", "Old"));
    world.have(&old).await;
    let mut new = four();
    new.records[0] = maker("Acme", "new");
    for (choice, wanted) in [
        (
            kinds(&["manufacturer"]),
            r#"manufacturer create ["Bolt"], manufacturer delete ["Gone"], manufacturer update ["Acme"]"#,
        ),
        (actions(&[StepAction::Delete]), r#"device_type delete ["Acme","Old"], manufacturer delete ["Gone"]"#),
        (Choice { actions: vec![StepAction::Create], ..kinds(&["manufacturer"]) }, r#"manufacturer create ["Bolt"]"#),
        (
            Choice { actions: vec![StepAction::Update], steps: vec!["1".parse().unwrap()], ..Choice::default() },
            r#"manufacturer create ["Bolt"], manufacturer update ["Acme"]"#,
        ),
    ] {
        let world = World::new().await;
        world.have(&old).await;
        let plan = world.dry(&new).await.plan;
        let approval = Approval { reason: Some("a test".to_owned()), choice };
        let report = world.runner.apply(plan, approval, &|_| {}).await.unwrap();
        assert_eq!(report.status, SyncStatus::Completed, "{:?}", report.trouble);
        let applied = world.journal(plan).await.into_iter().filter(|step| step.ends_with(", sent, applied"));
        let mut applied: Vec<String> = applied.map(|step| step.replace(", sent, applied", "")).collect();
        applied.sort_unstable();
        assert_eq!(applied.join(", "), wanted);
    }
    let plan = world.dry(&new).await.plan;
    for (choice, wanted) in [
        (kinds(&["moon"]), "no step is of kind `moon`; choose among device_type, manufacturer"),
        (steps(&["3-77"]), "there is no step 77; choose among the steps 0-5"),
        (
            Choice { actions: vec![StepAction::Update], ..kinds(&["device_type"]) },
            "plan 2 cannot be applied in part: no step is what was asked for; choose other kinds",
        ),
    ] {
        let refused = told(&world.apply_part(plan, choice).await.unwrap_err());
        assert!(refused.contains(wanted), "{refused}");
    }
    assert_eq!(world.plan(plan).await.status.as_str(), "open");
}

#[tokio::test]
async fn checks_of_steps_that_are_not_chosen_do_not_object() {
    let world = World::new().await;
    let old: Vec<(String, &str)> = (0..20).map(|number| (format!("M{number:02}"), "old")).collect();
    let old: Vec<(&str, &str)> = old.iter().map(|(name, about)| (name.as_str(), *about)).collect();
    world.have(&Made::makers(&old)).await;
    let mut new = Made::makers(&[&[("M19", "new"), ("New", "n")], &old[..9]].concat());
    new = new.protecting(Identity::new("manufacturer", "M19"));
    new.settings.checks.limits = Limits { delete_count: 3, ..Limits::default() };
    let plan = world.dry(&new).await.plan;
    let refused = |choice| {
        let world = &world;
        async move {
            match world.apply_part(plan, choice).await {
                Err(JobError::ChecksAgainst { checks, .. }) => checks,
                other => panic!("{other:?}"),
            }
        }
    };
    // 0 is the update of a protected record, 1 the create, then ten deletes.
    assert_eq!(refused(Choice::default()).await, 3, "the share, the number, and what is protected");
    assert_eq!(refused(actions(&[StepAction::Delete])).await, 2);
    assert_eq!(refused(steps(&["0"])).await, 1);
    assert_eq!(refused(steps(&["2-5"])).await, 1, "four deletes of twenty are a small share, but more than three");
    let report = world.apply_part(plan, steps(&["1-4"])).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.deleted, counts.not_chosen), (1, 3, 8));
}

#[tokio::test]
async fn a_reason_is_kept_for_the_steps_that_it_was_given_for() {
    let world = World::new().await;
    world.have(&Made::makers(&[("A", "1"), ("B", "1"), ("C", "1")])).await;
    let plan = world.dry(&Made::makers(&[])).await.plan;
    let approval = Approval { reason: Some("A and B are gone".to_owned()), choice: steps(&["0-1"]) };
    let sync = world.runner.enqueue(plan, approval).await.unwrap().sync;
    world.runner.store().cancel(sync).await.unwrap();
    // Nothing came of it. For these steps, or fewer, no new one is needed.
    for choice in [steps(&["2"]), steps(&["1-2"]), Choice::default()] {
        assert!(matches!(world.apply_part(plan, choice).await, Err(JobError::ChecksAgainst { .. })));
    }
    let report = world.apply_part(plan, steps(&["1"])).await.unwrap();
    assert_eq!(report.outcomes.unwrap().deleted, 1);
    let approvals = world.plan(plan).await.approvals;
    let kept: Vec<_> = approvals.iter().map(|one| (one.chosen.as_deref(), one.reason.as_deref())).collect();
    assert_eq!(kept, [(Some("0-1"), Some("A and B are gone")), (Some("1"), None)]);
}

#[tokio::test]
async fn a_part_is_queued_and_what_is_stale_of_it_is_left_alone() {
    let world = World::new().await;
    world.have(&Made::makers(&[("A", "1"), ("B", "1"), ("C", "1")])).await;
    let plan = world.dry(&Made::makers(&[("A", "2"), ("B", "2"), ("C", "2")]).going_on()).await.plan;
    let asked = world.runner.enqueue(plan, steps(&["0-1"])).await.unwrap();
    for name in ["B", "C"] {
        world.describe_maker(name, "meanwhile").await;
    }
    // One worker takes it, and is killed before it has begun.
    world.sql("UPDATE jobs_sync SET status = 'running', owner = 'w', beat_at = 0 WHERE status = 'pending'").await;
    assert!(world.runner.recover(&|_| {}).await.unwrap().is_empty());
    let (sync, ended) = world.second_runner().await.next(&|_| {}).await.unwrap().unwrap();
    let counts = ended.unwrap().outcomes.unwrap();
    assert_eq!((sync, counts.updated, counts.stale, counts.not_chosen), (asked.sync, 1, 1, 1));
    assert_eq!(world.makers().await, ["A | 2", "B | meanwhile", "C | meanwhile"]);
}

#[tokio::test]
async fn a_part_that_is_broken_off_is_resumed_as_that_part() {
    let world = World::new().await;
    let plan = world.dry(&four()).await.plan;
    // Cancelled when the makers are there and their device types are not.
    let another = world.another_program();
    let cancel = |event| {
        if matches!(event, Event::Applying { done: 1.., .. }) {
            another.sql("UPDATE jobs_sync SET wanted = 'cancel' WHERE status = 'running'");
        }
    };
    let progress = std::sync::Mutex::new(Vec::new());
    let watch = |event: Event| {
        if let Event::Applying { done, total, .. } = event {
            progress.lock().unwrap().push((done, total));
        }
        cancel(event);
    };
    let stopped = world.runner.apply(plan, steps(&["3"]), &watch).await.unwrap_err();
    assert!(matches!(stopped, JobError::Cancelled { .. }), "{stopped}");
    assert_eq!(world.makers().await, ["Bolt | b"]);
    let sync = world.last_sync().await;
    let counts = sync.outcomes.unwrap();
    assert_eq!((counts.created, counts.not_chosen), (1, 2));
    // What was sent last is not known to have been done.
    world.sql("UPDATE jobs_step SET outcome = NULL, settled_at = NULL, message = NULL WHERE outcome = 'applied'").await;
    let report = world.resume(sync.id).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((report.status, report.steps), (SyncStatus::Completed, 2), "{:?}", report.trouble);
    assert_eq!((counts.created, counts.not_chosen), (2, 2));
    assert_eq!(world.read("dcim.devicetype", &["manufacturer__name", "model"]).await, ["Bolt | B1"]);
    assert_eq!(progress.into_inner().unwrap(), [(0, 2), (1, 2)], "of the steps that are chosen");
}

#[tokio::test]
async fn a_plan_that_a_newer_one_stands_for_needs_a_reason() {
    let world = World::new().await;
    let older = world.dry(&Made::makers(&[("A", "1")])).await.plan;
    let same = world.dry(&Made::makers(&[("A", "1")])).await.plan;
    let asked = world.runner.enqueue(older, None).await.unwrap().sync;
    world.runner.store().cancel(asked).await.unwrap();
    let newer = world.dry(&Made::makers(&[("A", "1"), ("B", "1")])).await.plan;
    let refused = world.apply(older).await.unwrap_err();
    assert!(matches!(refused, JobError::Superseded { plan: 1, by: 3 }), "{refused}");
    assert!(told(&refused).contains("plan 3 of the same job was made after it"), "{refused}");
    assert_eq!((same.0, newer.0), (2, 3), "a newer one that says the same stood for nothing");
    assert!(matches!(world.apply_part(older, steps(&["0"])).await, Err(JobError::Superseded { .. })));
    let report = world.runner.apply(older, Some("A first"), &|_| {}).await.unwrap();
    assert_eq!(report.outcomes.unwrap().created, 1);
    // What the newer one has to say of the same record is stale then, and nothing is done twice.
    let report = world.apply(newer).await.unwrap();
    let counts = report.outcomes.unwrap();
    assert_eq!((counts.created, counts.stale), (1, 1));
    // What takes something back is superseded by no run.
    let done = world.try_run(&Made::makers(&[("A", "2"), ("B", "1")]), &RunMode::Apply).await.unwrap();
    let undo = world.undo(done.sync).await.unwrap().plan;
    assert_eq!(world.dry(&Made::makers(&[("A", "3"), ("B", "1")])).await.steps, 1);
    assert_eq!(world.apply(undo).await.unwrap().status, SyncStatus::Completed);
}

/// Makers of which the job has those in its scope that are called `In…`, among thirty others.
async fn scoped(world: &World, inside: usize) -> Made {
    let names: Vec<String> = (0..inside).map(|number| format!("In{number}")).collect();
    let others: Vec<String> = (0..30).map(|number| format!("Other{number}")).collect();
    let mut makers: Vec<(&str, &str)> = names.iter().chain(&others).map(|name| (name.as_str(), "")).collect();
    world.have(&Made::makers(&makers)).await;
    makers.truncate(inside);
    let mut job = Made::makers(&makers);
    job.settings.diff.scope = Scope::all().only("manufacturer", "name__isw", ["In"]);
    job
}

#[tokio::test]
async fn a_part_is_measured_by_the_scope_of_its_job() {
    let world = World::new().await;
    let mut job = scoped(&world, 10).await;
    job.records = vec![maker("In0", "new"), maker("In1", ""), maker("In2", ""), maker("In3", "")];
    let plan = world.dry(&job).await.plan;
    // Six of ten; that thirty others are there makes them no fewer.
    for choice in [Choice::default(), actions(&[StepAction::Delete])] {
        let refused = world.apply_part(plan, choice).await;
        assert!(matches!(refused, Err(JobError::ChecksAgainst { checks: 1, .. })), "{refused:?}");
    }
    assert_eq!(world.apply_part(plan, steps(&["0"])).await.unwrap().steps, 1);
}

#[tokio::test]
async fn an_undo_is_measured_by_the_scope_of_its_job() {
    let world = World::new().await;
    let mut job = scoped(&world, 0).await;
    job.records.extend((0..6).map(|number| maker(&format!("In{number}"), "")));
    let done = world.sync(&job).await;
    let undo = world.undo(done.sync).await.unwrap();
    let told: Vec<&str> = undo.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(told, ["6 of 6 manufacturer records would be deleted (100.0 %); the limit is 20.0 %"]);
    assert!(matches!(world.apply(undo.plan).await, Err(JobError::ChecksAgainst { checks: 1, .. })));
}
