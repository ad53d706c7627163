use axum::http::Method;
use serde_json::{Value as Json, json};
use trueup_inventory::Args;
use trueup_jobs::{DeclarativeJob, JobFile, Jobs};

use super::makers::{JOB, each};
use crate::rest::openapi::{check, document};
use crate::write::world::World;

/// A server that has the job `makers`.
async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("job.yaml"), JOB).unwrap();
    let mut jobs = Jobs::default();
    jobs.add(DeclarativeJob::new(JobFile::read(&folder.path().join("job.yaml")).unwrap()).unwrap()).unwrap();
    World::with_jobs(jobs).await
}

fn nightly() -> Json {
    json!({ "name": "nightly", "job": "makers", "cron": "30 2 * * *", "zone": "Europe/Berlin", "missed": "catch-up", "mode": "apply" })
}

#[tokio::test]
async fn a_schedule_is_made_shown_and_forgotten() {
    let (world, path) = (world().await, "/v1/schedules/{name}/");
    let document = document(&world).await;
    let made = world.post("v1/schedules", nightly()).await;
    check(&document, "post", "/v1/schedules/", &made);
    assert_eq!(made.status, 201, "{:?}", made.body);
    let timing = json!({ "cron": "30 2 * * *", "zone": "Europe/Berlin" });
    for (key, value) in [
        ("name", json!("nightly")),
        ("job", json!("makers")),
        ("mode", json!("apply")),
        ("reason", Json::Null),
        ("timing", timing),
        ("missed", json!("catch-up")),
        ("enabled", json!(true)),
        ("user", json!("admin")),
        ("last_sync", Json::Null),
    ] {
        assert_eq!(made.body[key], value, "{key}");
    }
    let upcoming = made.body["upcoming"].as_array().unwrap();
    assert!(upcoming.len() == 3 && upcoming[0].as_str().unwrap().ends_with("[Europe/Berlin]"), "{upcoming:?}");
    let list = world.get("v1/schedules/").await;
    check(&document, "get", "/v1/schedules/", &list);
    assert_eq!(list.body["results"][0]["id"], made.body["id"]);
    let disabled = world.post("v1/schedules/nightly/disable", json!({})).await;
    check(&document, "post", "/v1/schedules/{name}/disable/", &disabled);
    assert_eq!((&disabled.body["enabled"], &disabled.body["upcoming"]), (&json!(false), &json!([])));
    let enabled = world.post("v1/schedules/nightly/enable", json!({})).await;
    assert_eq!(enabled.body["next_at"], made.body["next_at"]);
    check(&document, "get", path, &world.get("v1/schedules/nightly/").await);
    let again = world.post("v1/schedules", nightly()).await;
    check(&document, "post", "/v1/schedules/", &again);
    assert_eq!((again.status, &again.body["error"]["code"]), (409, &json!("schedule_taken")));
    let removed = world.ask(Method::DELETE, "v1/schedules/nightly/", json!({})).await;
    check(&document, "delete", path, &removed);
    assert_eq!(removed.body, json!({ "removed": "nightly" }));
    for (method, path) in [
        (Method::GET, "v1/schedules/nightly/"),
        (Method::DELETE, "v1/schedules/nightly/"),
        (Method::POST, "v1/schedules/nightly/enable/"),
    ] {
        let gone = world.ask(method, path, json!({})).await;
        assert_eq!((gone.status, &gone.body["error"]["code"]), (404, &json!("no_such_schedule")), "{path}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_schedule_is_told() {
    let world = world().await;
    let document = document(&world).await;
    for (key, value, fault) in [
        ("name", json!("a/b"), "use letters, digits"),
        ("job", json!("others"), "there is no job `others`"),
        ("cron", json!("0 0 31 2 *"), "never comes"),
        ("cron", json!("soon"), "cannot be read"),
        ("zone", json!("Europe/Nowhere"), "no time zone"),
        ("every", json!("15m"), "either `cron` or `every`"),
        ("missed", json!("perhaps"), "`perhaps` is none of skip, catch-up"),
        ("mode", json!("wet"), "`wet` is none of dry-run, apply"),
        ("state", json!("off"), "`off` is none of enabled, disabled"),
        ("variables", json!([1]), "it has to be an object"),
        ("variables", json!({ "dryrun": true }), "`dryrun` says otherwise than the mode `apply`"),
        ("start", json!("2026-12-01T00:00:00Z"), "it goes with `every` only"),
        ("name", json!(".."), "not dots alone"),
        ("variables", json!({ "nope": 1 }), "there is no variable `nope`"),
        ("whenever", json!("x"), "there is no such key"),
    ] {
        let mut body = nightly();
        body[key] = value.clone();
        let refused = world.post("v1/schedules", body).await;
        check(&document, "post", "/v1/schedules/", &refused);
        let message = refused.body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(refused.status, 400, "{key} {value}: {message}");
        assert!(message.contains(fault), "{key} {value}: {message}");
    }
    let empty = world.post("v1/schedules", json!({ "mode": "wet" })).await;
    let keys = empty.body["error"]["details"]["keys"].as_object().unwrap();
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["mode"], "words are looked at first");
    let empty = world.post("v1/schedules", json!({ "reason": "so", "zone": "UTC" })).await;
    let keys = empty.body["error"]["details"]["keys"].as_object().unwrap();
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["name", "job", "zone", "reason", "cron"]);
    let mut nowhere = nightly();
    nowhere["zone"] = json!("Europe/Nowhere");
    let refused = world.post("v1/schedules", nowhere).await;
    assert!(refused.body["error"]["details"]["keys"]["zone"].is_string(), "{:?}", refused.body);
    assert_eq!(world.get("v1/schedules/").await.body, json!({ "results": [] }));
}

#[tokio::test]
async fn who_may_only_look_makes_none() {
    let world = world().await;
    world.post("v1/schedules", nightly()).await;
    let reader = world.as_user("reader", &[(&["view"], &["nautobot_ssot.sync"], Json::Null)]).await;
    assert_eq!(reader.get("v1/schedules/nightly/").await.status, 200);
    for (method, path) in [
        (Method::POST, "v1/schedules/"),
        (Method::DELETE, "v1/schedules/nightly/"),
        (Method::POST, "v1/schedules/nightly/disable/"),
    ] {
        assert_eq!(reader.ask(method, path, json!({})).await.status, 403, "{path}");
    }
    let nobody = world.as_user("nobody", &[]).await;
    assert_eq!(nobody.get("v1/schedules/").await.status, 403);
}

#[tokio::test]
async fn no_schedule_keeps_the_others_from_being_shown() {
    let world = world().await;
    let last = json!({ "name": "nächtlich", "job": "makers", "every": "1h", "start": "9999-12-30T21:30:00Z",
                       "mode": "apply", "reason": "so" });
    let made = world.post("v1/schedules", last).await;
    assert_eq!((made.status, made.body["upcoming"].as_array().unwrap().len()), (201, 1), "{:?}", made.body);
    assert_eq!((&made.body["mode"], &made.body["reason"]), (&json!("apply"), &json!("so")));
    assert_eq!(world.post("v1/schedules", nightly()).await.status, 201);
    // As a program writes it whose zones are others than ours.
    let elsewhere = r#"{"cron": "30 2 * * *", "zone": "Elsewhere/Far"}"#;
    let update = "UPDATE jobs_schedule SET timing = ? WHERE name = 'nightly'";
    world.inventory.database().execute(update, Args::default().with(elsewhere)).await.unwrap();
    assert_eq!(each(&world.get("v1/schedules/").await.body, "name"), ["\"nightly\"", "\"nächtlich\""]);
    assert_eq!(world.get("v1/schedules/n%C3%A4chtlich/").await.body["id"], made.body["id"]);
}

#[tokio::test]
async fn a_job_that_is_switched_off_is_not_run_at_times() {
    let world = world().await;
    world.runner.jobs().register("tests", &world.inventory).await.unwrap();
    assert_eq!(world.post("v1/schedules", nightly()).await.status, 201);
    let switched = "UPDATE extras_job SET enabled = ?";
    world.inventory.database().execute(switched, Args::default().with(false)).await.unwrap();
    let due = world.runner.ask_for_due("2099-01-01T10:00:00Z".parse().unwrap()).await.unwrap();
    let [(name, Err(why))] = &due[..] else { panic!("{due:?}") };
    assert!(name == "nightly" && why.contains("the job `makers` is switched off"), "{why}");
    let mut another = nightly();
    another["name"] = json!("another");
    let refused = world.post("v1/schedules", another).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("job_disabled")));
}
