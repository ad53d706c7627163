//! Runs that are due at times. The clock is what the tests say.

use jiff::{SignedDuration, Timestamp};
use trueup_inventory::Args;
use trueup_jobs::run::{RunMode, Runner};
use trueup_jobs::schedule::{Missed, Timing};
use trueup_jobs::store::{NewSchedule, ScheduleRow, SyncId, SyncStatus};
use trueup_jobs::variable::{Given, Variable};
use trueup_jobs::{DataSource, JobContext, JobError, JobMeta};

use crate::support::{Made, World, told, with_job};

/// A job that takes a variable.
#[derive(Clone)]
struct Nightly(Made);

impl DataSource for Nightly {
    fn meta(&self) -> JobMeta {
        JobMeta::new("nightly")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::integer("most").default(10)]
    }

    fn schema(&self, registry: &trueup_inventory::Registry) -> Result<trueup_engine::Schema, JobError> {
        self.0.schema(registry)
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn trueup_connectors::Source>, JobError> {
        self.0.load_source_adapter(context)
    }
}

fn nightly(runner: &Runner) -> Runner {
    with_job(runner, Nightly(Made::makers(&[("A", "1")])))
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-28T12:00:00Z")
}

/// On the hour, every hour.
fn hourly(missed: Missed) -> NewSchedule {
    NewSchedule {
        name: "hourly".to_owned(),
        job: "nightly".to_owned(),
        mode: RunMode::Apply,
        timing: Timing::cron("0 * * * *", "UTC", noon()).unwrap(),
        missed,
        enabled: true,
    }
}

/// What was asked for at a time: the number of the sync, or why there is none.
async fn look(runner: &Runner, now: &str) -> Vec<Result<SyncId, String>> {
    runner.ask_for_due(at(now)).await.unwrap().into_iter().map(|(_, asked)| asked).collect()
}

async fn stored(world: &World) -> ScheduleRow {
    world.runner.store().schedule("hourly").await.unwrap()
}

/// Takes what waits out of the queue.
async fn done(world: &World) {
    world.sql("UPDATE jobs_sync SET status = 'completed' WHERE status = 'pending'").await;
}

#[tokio::test]
async fn a_due_run_is_asked_for_once_and_done_by_a_worker() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    let made = runner.asked_by("kim").add_schedule(hourly(Missed::Skip), &Given::none(), noon()).await.unwrap();
    assert_eq!((made.next_at, made.user.as_str()), (Some(at("2026-11-28T13:00:00Z")), "kim"));
    assert!(look(&runner, "2026-11-28T12:59:59Z").await.is_empty());
    let asked = look(&runner, "2026-11-28T13:00:00.2Z").await;
    let [Ok(sync)] = asked[..] else { panic!("{asked:?}") };
    assert!(look(&runner, "2026-11-28T13:00:00.4Z").await.is_empty(), "it was asked for");
    let (taken, ended) = runner.next(&|_| {}).await.unwrap().unwrap();
    assert_eq!((taken, ended.unwrap().outcomes.unwrap().created), (sync, 1));
    assert_eq!(world.authors().await, ["kim"]);
    let after = stored(&world).await;
    assert_eq!((after.next_at, after.last_at), (Some(at("2026-11-28T14:00:00Z")), Some(at("2026-11-28T13:00:00Z"))));
    assert_eq!((after.last_sync, after.message), (Some(sync), None));
}

#[tokio::test]
async fn of_many_workers_one_asks() {
    let world = World::new().await;
    let (one, other) = (nightly(&world.runner), nightly(&world.second_runner().await));
    one.add_schedule(hourly(Missed::Skip), &Given::none(), noon()).await.unwrap();
    for hour in 13..23 {
        let now = at(&format!("2026-11-28T{hour}:00:01Z"));
        let (asked, also) = tokio::join!(one.ask_for_due(now), other.ask_for_due(now));
        assert_eq!(asked.unwrap().len() + also.unwrap().len(), 1, "at {hour}");
        done(&world).await;
    }
    assert_eq!(world.count("jobs_sync").await, 10);
}

#[tokio::test]
async fn a_clock_that_goes_back_runs_nothing_again() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    runner.add_schedule(hourly(Missed::CatchUp), &Given::none(), noon()).await.unwrap();
    assert_eq!(look(&runner, "2026-11-28T13:00:01Z").await.len(), 1);
    done(&world).await;
    for now in ["2026-11-28T12:30:00Z", "2026-11-28T13:00:01Z", "2026-11-28T13:59:59Z"] {
        assert!(look(&runner, now).await.is_empty(), "{now}");
    }
    assert_eq!(look(&runner, "2026-11-28T14:00:00Z").await.len(), 1, "what comes next comes");
}

#[tokio::test]
async fn times_that_passed_while_nobody_looked_are_skipped_or_made_up_for_once() {
    for missed in [Missed::Skip, Missed::CatchUp] {
        let world = World::new().await;
        let runner = nightly(&world.runner);
        runner.add_schedule(hourly(missed), &Given::none(), noon()).await.unwrap();
        // Down for five hours, or the clock has jumped.
        let asked = look(&runner, "2026-11-28T17:30:00Z").await;
        match missed {
            Missed::Skip => {
                let [Err(why)] = &asked[..] else { panic!("{asked:?}") };
                assert!(why.contains("13:00:00") && why.contains("is skipped"), "{why}");
                assert_eq!(stored(&world).await.message.as_ref(), Some(why));
            }
            Missed::CatchUp => assert!(matches!(asked[..], [Ok(_)]), "{asked:?}"),
        }
        assert!(look(&runner, "2026-11-28T17:30:01Z").await.is_empty(), "one for all of them");
        done(&world).await;
        assert_eq!(stored(&world).await.next_at, Some(at("2026-11-28T18:00:00Z")));
        let asked = look(&runner, "2026-11-28T18:00:59Z").await;
        assert!(matches!(asked[..], [Ok(_)]), "a little late is not missed: {asked:?}");
        assert_eq!(stored(&world).await.message, None);
    }
}

#[tokio::test]
async fn no_heap_of_runs_grows_where_nobody_works() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    runner.add_schedule(hourly(Missed::CatchUp), &Given::none(), noon()).await.unwrap();
    assert!(matches!(look(&runner, "2026-11-28T13:00:00Z").await[..], [Ok(_)]));
    let asked = look(&runner, "2026-11-28T14:00:00Z").await;
    let [Err(why)] = &asked[..] else { panic!("{asked:?}") };
    assert!(why.contains("sync 1, the one before it, still waits"), "{why}");
    assert_eq!(world.count("jobs_sync").await, 1);
    done(&world).await;
    assert!(matches!(look(&runner, "2026-11-28T15:00:00Z").await[..], [Ok(_)]));
}

#[tokio::test]
async fn a_schedule_is_disabled_and_counts_again_from_when_it_is_enabled() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    runner
        .add_schedule(NewSchedule { enabled: false, ..hourly(Missed::CatchUp) }, &Given::none(), noon())
        .await
        .unwrap();
    assert_eq!(stored(&world).await.next_at, None);
    assert!(look(&runner, "2026-11-28T14:00:00Z").await.is_empty());
    let now = at("2026-11-28T14:30:00Z");
    let enabled = runner.enable_schedule("hourly", true, now).await.unwrap();
    assert_eq!((enabled.enabled, enabled.next_at), (true, Some(at("2026-11-28T15:00:00Z"))), "nothing is made up for");
    let again = runner.enable_schedule("hourly", true, now + SignedDuration::from_hours(9)).await.unwrap();
    assert_eq!(again.next_at, enabled.next_at);
    assert_eq!(runner.enable_schedule("hourly", false, now).await.unwrap().next_at, None);
    runner.store().remove_schedule("hourly").await.unwrap();
    for gone in [
        runner.enable_schedule("hourly", true, now).await.unwrap_err(),
        runner.store().remove_schedule("hourly").await.unwrap_err(),
    ] {
        assert!(matches!(gone, JobError::NoSuchSchedule(_)), "{}", told(&gone));
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_is_refused() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    let refused = async |new, given| told(&runner.add_schedule(new, &given, noon()).await.unwrap_err());
    let unknown = refused(NewSchedule { job: "nope".to_owned(), ..hourly(Missed::Skip) }, Given::none()).await;
    assert!(unknown.contains("no job `nope`") && unknown.contains("nightly"), "{unknown}");
    let given = |most| Given::texts([("most", most)]);
    let wrong = refused(hourly(Missed::Skip), given("many")).await;
    assert!(wrong.contains("most"), "{wrong}");
    let blank = refused(NewSchedule { name: " ".to_owned(), ..hourly(Missed::Skip) }, Given::none()).await;
    assert!(blank.contains("cannot be called ` `"), "{blank}");
    assert_eq!(world.count("jobs_schedule").await, 0);
    runner.add_schedule(hourly(Missed::Skip), &given("3"), noon()).await.unwrap();
    assert!(refused(hourly(Missed::Skip), Given::none()).await.contains("a schedule `hourly` already"));
    let rows = world.tables().rows("SELECT variables FROM jobs_schedule", Args::default()).await.unwrap();
    assert!(rows[0].some_text(0).unwrap().contains("\"most\":3"));
}

#[tokio::test]
async fn a_schedule_whose_zone_is_gone_is_disabled_and_keeps_no_other_one_waiting() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    runner.add_schedule(hourly(Missed::Skip), &Given::none(), noon()).await.unwrap();
    world.sql("UPDATE jobs_schedule SET timing = '{\"cron\":\"0 * * * *\",\"zone\":\"Old/Empire\"}'").await;
    let other = NewSchedule { name: "other".to_owned(), ..hourly(Missed::Skip) };
    runner.add_schedule(other, &Given::none(), noon()).await.unwrap();
    let asked = look(&runner, "2026-11-28T13:00:00Z").await;
    let [Err(why), Ok(_)] = &asked[..] else { panic!("{asked:?}") };
    assert!(why.contains("no time zone `Old/Empire`"), "{why}");
    let given_up = stored(&world).await;
    assert_eq!((given_up.enabled, given_up.next_at, given_up.message.as_ref()), (false, None, Some(why)));
    let enabled = told(&runner.enable_schedule("hourly", true, noon()).await.unwrap_err());
    assert!(enabled.contains("no time zone `Old/Empire`"), "{enabled}");
}

#[tokio::test]
async fn who_lacks_the_job_leaves_its_schedules_to_those_who_have_it() {
    let world = World::new().await;
    nightly(&world.runner).add_schedule(hourly(Missed::Skip), &Given::none(), noon()).await.unwrap();
    assert!(look(&world.runner, "2026-11-28T13:00:00Z").await.is_empty());
    assert_eq!(look(&nightly(&world.runner), "2026-11-28T13:00:00Z").await.len(), 1);
}

#[tokio::test]
async fn a_worker_asks_by_itself_and_does_what_it_asked_for() {
    let world = World::new().await;
    let runner = nightly(&world.runner);
    runner.add_schedule(hourly(Missed::CatchUp), &Given::none(), noon()).await.unwrap();
    world.sql("UPDATE jobs_schedule SET next_at = 1000000").await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let ended = async {
        let _first = told.recv().await;
    };
    let news = |news: trueup_jobs::worker::News<'_>| {
        if let trueup_jobs::worker::News::Ended((_, ended)) = news {
            tell.send(ended.as_ref().unwrap().status).unwrap();
        }
    };
    trueup_jobs::worker::work(&runner, ended, &|_| {}, &news).await;
    assert_eq!(world.last_sync().await.status, SyncStatus::Completed);
    assert_eq!(world.makers().await, ["A | 1"]);
}
