//! Jobs as Nautobot's clients know them: what they take, runs, results and logs.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use trueup_inventory::Args;
use trueup_jobs::Jobs;
use trueup_jobs::run::{RunMode, Runner};
use trueup_jobs::variable::Given;
use trueup_server::{App, Settings, router};

use crate::write::world::{Answer, World};

const JOB: &str = "
name: makers
description: Manufacturers from a file
vars:
  about: {default: made, help: What is said of each}
  count: {type: integer, min: 1, max: 3, default: 2}
  sort: {type: choice, choices: [router, switch]}
source: {connector: file, path: .}
target: {connector: inventory}
settings: {flags: [LOG_UNCHANGED_RECORDS], time_limit: 90}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
mapping:
  - kind: manufacturer
    from: makers.csv
    when: row.number | int <= vars.count
    fields: {name: row.name, description: \"vars.about ~ ' ' ~ vars.sort\"}
";

/// A server whose program has the job `makers`, from a file.
struct Shop {
    world: World,
    runner: Runner,
    folder: TempDir,
}

impl Shop {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("makers.yaml"), JOB).unwrap();
        std::fs::write(folder.path().join("makers.csv"), "number,name\n1,Cisco\n2,Arista\n3,Juniper\n").unwrap();
        let mut world = World::new().await;
        let runner = Runner::new(world.inventory.clone(), "worker").await.unwrap();
        let runner = runner.with_jobs(Jobs::default().with_folder(folder.path()));
        runner.jobs().register("tests", &world.inventory).await.unwrap();
        world.router = router(App::new(runner.clone(), Settings::default()));
        Self { world, runner, folder }
    }

    async fn get(&self, path: &str) -> Answer {
        self.world.get(&with_slash(path)).await
    }

    async fn post(&self, path: &str, body: Json) -> Answer {
        self.world.post(path, body).await
    }

    async fn patch(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.world.send(Method::PATCH, &with_slash(path), &[], body).await
    }

    /// Asks for a run, and does it as a worker would.
    async fn ran(&self, data: Json) -> String {
        let answer = self.post("extras/jobs/makers/run", json!({ "data": data })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let (_, ended) = self.runner.next(&|_| {}).await.unwrap().unwrap();
        let _report = ended.unwrap();
        answer.body["job_result"]["id"].as_str().unwrap().to_owned()
    }
}

/// A path with its last slash, before its parameters.
fn with_slash(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    format!("{path}/{query}")
}

fn each<'a>(rows: &'a Json, key: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_job_is_listed_and_says_what_it_takes() {
    let shop = Shop::new().await;
    let job = shop.get("extras/jobs/makers").await.body;
    for (key, expected) in [
        ("name", json!("makers")),
        ("module_name", json!("tests")),
        ("description", json!("Manufacturers from a file")),
        ("installed", json!(true)),
        ("enabled", json!(true)),
        ("supports_dryrun", json!(true)),
        ("dryrun_default", json!(true)),
    ] {
        assert_eq!(job[key], expected, "{key}");
    }
    let variables = shop.get("extras/jobs/makers/variables").await.body;
    assert_eq!(each(&variables, "name")[..1], ["dryrun"]);
    let own = variables.as_array().unwrap().len() - 3;
    assert_eq!(each(&variables, "name")[own..], ["about", "count", "sort"]);
    assert_eq!(each(&variables, "type")[own..], ["StringVar", "IntegerVar", "ChoiceVar"]);
    assert_eq!(variables[own + 2]["choices"], json!([["router", "router"], ["switch", "switch"]]));
    assert_eq!(shop.post("extras/jobs", json!({ "name": "mine" })).await.status, 405, "jobs are not made");
}

#[tokio::test]
async fn a_run_is_told_from_its_request_to_its_end() {
    let shop = Shop::new().await;
    let asked = shop.post("extras/jobs/makers/run", json!({ "data": { "sort": "router" }, "else": 1 })).await;
    assert_eq!(asked.status, 201, "{asked:?}");
    assert_eq!(asked.body["scheduled_job"], Json::Null);
    let result = &asked.body["job_result"];
    assert_eq!(result["status"], json!({ "value": "PENDING", "label": "PENDING" }));
    assert_eq!((&result["date_started"], &result["date_done"]), (&Json::Null, &Json::Null));
    let given = json!({ "dryrun": true, "about": "made", "count": 2, "sort": "router" });
    for (name, value) in given.as_object().unwrap() {
        assert_eq!(&result["task_kwargs"][name], value, "{name}");
    }
    let job = shop.get("extras/jobs/makers").await.id();
    assert_eq!(result["job_model"]["id"], job);
    let admin = shop.get("users/users?username=admin").await.id_of_first();
    assert_eq!(result["user"]["id"], admin);

    assert!(shop.runner.next(&|_| {}).await.unwrap().is_some());
    let id = result["id"].as_str().unwrap();
    let done = shop.get(&format!("extras/job-results/{id}")).await.body;
    assert_eq!(done["status"]["value"], "SUCCESS");
    assert_eq!(done["result"], json!({ "sync": 1, "status": "completed", "plan": 1, "outcomes": null }));
    assert!(done["date_created"].as_str() <= done["date_started"].as_str(), "{done}");
    assert!(done["date_started"].as_str() <= done["date_done"].as_str(), "{done}");
    assert!(done["info_log_count"].as_i64() > Some(0), "{done}");
    assert_eq!(shop.get("dcim/manufacturers").await.body["count"], 0, "a dry run is what it does by itself");

    let logs = shop.get(&format!("extras/job-results/{id}/logs")).await.body;
    let lines = shop.get(&format!("extras/job-logs?job_result={id}")).await.body;
    assert_eq!(logs.as_array().unwrap().len() as i64, lines["count"].as_i64().unwrap());
    assert!(each(&logs, "message").contains(&"create 2, update 0, delete 0, no-change 0, skip 0"), "{logs}");
    assert_eq!(logs.as_array().unwrap().last().unwrap()["log_level"], "success");
    let first = &lines["results"][0];
    assert_eq!(shop.get(&format!("extras/job-logs/{}", first["id"].as_str().unwrap())).await.body, *first);
}

#[tokio::test]
async fn the_history_and_the_logs_of_ssot_tell_what_became_of_each_record() {
    let shop = Shop::new().await;
    let first = shop.ran(json!({ "dryrun": false, "sort": "router" })).await;
    let second = shop.ran(json!({ "dryrun": false, "sort": "router", "count": 1 })).await;
    let history = shop.get("plugins/ssot/history").await.body;
    assert_eq!(history["count"], 2);
    assert_eq!(each(&history["results"], "id"), [first.as_str(), second.as_str()]);
    let sync = shop.get(&format!("plugins/ssot/history/{first}")).await.body;
    assert_eq!(sync["dry_run"], false);
    assert_eq!(sync["summary"], json!({ "create": 2, "update": 0, "delete": 0, "no-change": 0, "skip": 0 }));
    let made = json!({ "+": { "description": "made router" } });
    assert_eq!(sync["diff"], json!({ "manufacturer": { "Arista": made, "Cisco": made } }));
    assert_eq!(sync["job_result"]["id"], first.as_str());
    assert!(sync["sync_time"].as_str().unwrap().starts_with("00:00:"), "{sync}");

    let logs = shop.get(&format!("plugins/ssot/logs?sync={second}")).await.body;
    let row = |action: &str| {
        let rows = logs["results"].as_array().unwrap();
        rows.iter().find(|row| row["action"] == action).unwrap_or_else(|| panic!("{logs}")).clone()
    };
    assert_eq!(logs["count"], 2);
    let deleted = row("delete");
    assert_eq!(deleted["object_repr"], "manufacturer Arista");
    assert_eq!((&deleted["status"], &deleted["message"]), (&json!("success"), &json!("Deleted successfully")));
    assert_eq!(deleted["diff"], json!({ "-": { "description": "made router" } }));
    let unchanged = row("no-change");
    assert_eq!((&unchanged["object_repr"], &unchanged["diff"]), (&json!("manufacturer Cisco"), &Json::Null));
    for row in [deleted, unchanged] {
        assert_eq!(shop.get(&format!("plugins/ssot/logs/{}", row["id"].as_str().unwrap())).await.body, row);
    }
    for (filter, count) in [("action=create", 2), ("status=error", 0), ("q=Arista", 2), ("action=no-change", 1)] {
        assert_eq!(shop.get(&format!("plugins/ssot/logs?{filter}")).await.body["count"], count, "{filter}");
    }
    assert_eq!(shop.get("plugins/ssot/history?dry_run=true").await.body["count"], 0);
    let nested = shop.get("plugins/ssot/logs?depth=1").await.body;
    assert_eq!(nested["results"][0]["sync"]["diff"], json!({}), "a sync is not shown whole with each of its records");
    let query = json!({ "query": "{ sync_log_entries(action: \"delete\") { object_repr sync { dry_run } } }" });
    let told = shop.post("graphql", query).await.body;
    let expected = json!([{ "object_repr": "manufacturer Arista", "sync": { "dry_run": false } }]);
    assert_eq!(told["data"]["sync_log_entries"], expected, "{told}");
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_in_the_words_of_nautobot() {
    let shop = Shop::new().await;
    let refused = async |body: Json| shop.post("extras/jobs/makers/run", body).await.shown();
    let unknown = "Job data contained an unknown property";
    for (data, errors) in [
        (json!({}), json!({ "sort": ["This field is required."] })),
        (json!({ "sort": "router", "bogus": 1 }), json!({ "bogus": [unknown] })),
        (json!({ "sort": "hub" }), json!({ "sort": ["`sort` is `hub`; choose from router, switch"] })),
        (json!({ "sort": "router", "count": 9 }), json!({ "count": ["`count` is 9; at most 3 is allowed"] })),
        (
            json!({ "sort": "router", "count": "x", "dryrun": "perhaps" }),
            json!({
                "dryrun": ["`dryrun` is `perhaps`, but true or false was expected"],
                "count": ["`count` is `x`, but a whole number was expected"],
            }),
        ),
    ] {
        assert_eq!(refused(json!({ "data": data })).await, (400, json!({ "errors": errors })));
    }
    let queue = json!({ "data": { "sort": "router" }, "task_queue": "nope" });
    assert_eq!(refused(queue).await, (400, json!({ "task_queue": ["\"nope\" is not a valid choice."] })));
    assert_eq!(refused(json!({ "data": [] })).await.0, 400);
    assert_eq!(refused(json!([])).await.0, 400);
    let missing = shop.post("extras/jobs/nope/run", json!({})).await;
    assert_eq!(missing.shown(), (404, json!({ "detail": "No Job matches the given query." })));

    let id = shop.get("extras/jobs/makers").await.id();
    let off = shop.patch(&format!("extras/jobs/{id}"), r#"{"enabled": false}"#).await;
    assert_eq!(off.status, 200, "{off:?}");
    shop.runner.jobs().register("tests", &shop.world.inventory).await.unwrap();
    assert_eq!(refused(json!({ "data": { "sort": "router" } })).await.0, 403, "it stays switched off");
    assert_eq!(refused(json!({ "data": {} })).await.0, 403, "what it lacks is nothing that would help");
    assert_eq!(shop.get("extras/job-results").await.body["count"], 0);
}

#[tokio::test]
async fn who_may_not_run_a_job_does_not() {
    let shop = Shop::new().await;
    let (jobs, data) = (&["extras.job"], json!({ "data": { "sort": "router" } }));
    let looks = shop.world.as_user("looks", &[(&["view"], jobs, Json::Null)]).await;
    let other = shop.world.as_user("other", &[(&["view", "run"], jobs, json!([{ "name": "else" }]))]).await;
    let runs = shop.world.as_user("runs", &[(&["view", "run"], jobs, Json::Null)]).await;
    assert_eq!(looks.post("extras/jobs/makers/run", data.clone()).await.status, 403);
    assert_eq!(other.post("extras/jobs/makers/run", data.clone()).await.status, 404, "it may not even look at it");
    assert_eq!(runs.post("extras/jobs/makers/run", data).await.status, 201);
    assert!(shop.runner.next(&|_| {}).await.unwrap().is_some());
    let sync = &shop.get("v1/syncs").await.body["results"][0];
    assert_eq!(sync["user"], "runs");
}

#[tokio::test]
async fn jobs_follow_their_files_and_people_keep_what_they_have_said() {
    let shop = Shop::new().await;
    let id = shop.get("extras/jobs/makers").await.id();
    let said = r#"{"description": "Ours", "description_override": true, "dryrun_default": false}"#;
    assert_eq!(shop.patch(&format!("extras/jobs/{id}"), said).await.status, 200);
    let register = async || shop.runner.jobs().register("tests", &shop.world.inventory).await.unwrap();
    register().await;
    let job = shop.get(&format!("extras/jobs/{id}")).await.body;
    assert_eq!((&job["description"], &job["dryrun_default"]), (&json!("Ours"), &json!(true)));
    std::fs::remove_file(shop.folder.path().join("makers.yaml")).unwrap();
    register().await;
    assert_eq!(shop.get(&format!("extras/jobs/{id}")).await.body["installed"], false);
    let gone = shop.post(&format!("extras/jobs/{id}/run"), json!({ "data": { "sort": "router" } })).await;
    assert_eq!(gone.status, 404);
    assert!(gone.body["detail"].as_str().unwrap().contains("no job `makers`"), "{gone:?}");
    std::fs::write(shop.folder.path().join("makers.yaml"), JOB).unwrap();
    register().await;
    assert_eq!(shop.get("extras/jobs/makers").await.body["installed"], true);
    assert_eq!(shop.get("extras/jobs").await.body["count"], 1);
    // The program may be called otherwise one day.
    shop.runner.jobs().register("renamed", &shop.world.inventory).await.unwrap();
    let job = shop.get(&format!("extras/jobs/{id}")).await.body;
    assert_eq!((&job["module_name"], &job["description"]), (&json!("renamed"), &json!("Ours")));
    assert_eq!(shop.get("extras/jobs").await.body["count"], 1);
}

#[tokio::test]
async fn what_people_say_of_a_job_holds_for_runs_that_are_asked_for() {
    let shop = Shop::new().await;
    let (address, data) = ("extras/jobs/makers", json!({ "data": { "sort": "router" } }));
    let id = shop.get(address).await.id();
    let job = shop.get(address).await.body;
    let own = json!([false, 0.0, 90.0]);
    assert_eq!(json!([job["is_singleton"], job["soft_time_limit"], job["time_limit"]]), own, "as the job says");
    let held = async || {
        let sync = shop.runner.request("makers", &Given::texts([("sort", "router")]), &RunMode::DryRun).await.unwrap();
        serde_json::to_value(shop.runner.store().sync(sync).await.unwrap().control).unwrap()
    };
    assert_eq!(held().await, json!({ "time_limit": 90.0, "is_singleton": false }));
    let say = async |said: Json| shop.patch(&format!("extras/jobs/{id}"), said.to_string()).await.status;
    assert_eq!(say(json!({ "is_singleton": true, "time_limit": 60 })).await, 200);
    assert_eq!(held().await, json!({ "time_limit": 90.0, "is_singleton": false }), "said, but not that it counts");
    let counts = json!({ "is_singleton_override": true, "time_limit_override": true });
    assert_eq!(say(counts).await, 200);
    assert_eq!(held().await, json!({ "time_limit": 60.0, "is_singleton": true }));
    assert_eq!(say(json!({ "soft_time_limit": 60, "soft_time_limit_override": true })).await, 200);
    let (status, why) = shop.post(&format!("{address}/run"), data.clone()).await.shown();
    assert_eq!(
        (status, why["detail"].as_str().unwrap().contains("soft_time_limit: 60 s never pass")),
        (409, true),
        "{why}"
    );
    assert_eq!(say(json!({ "time_limit": 0 })).await, 200);
    assert_eq!(held().await, json!({ "soft_time_limit": 60.0, "is_singleton": true }), "0 is no limit");
}

#[tokio::test]
async fn a_variable_that_is_null_is_as_the_record_of_the_job_says() {
    let shop = Shop::new().await;
    let id = shop.get("extras/jobs/makers").await.id();
    for (default, dry) in [("true", true), ("false", false)] {
        let said = format!(r#"{{"dryrun_default": {default}, "dryrun_default_override": true}}"#);
        assert_eq!(shop.patch(&format!("extras/jobs/{id}"), said).await.status, 200);
        let run = shop.post("extras/jobs/makers/run", json!({ "data": { "sort": "router", "dryrun": null } })).await;
        assert_eq!(run.status, 201, "{:?}", run.body);
        assert_eq!(run.body["job_result"]["task_kwargs"]["dryrun"], dry);
    }
}

#[tokio::test]
async fn a_run_may_be_asked_for_at_times() {
    let shop = Shop::new().await;
    let ask = async |schedule: Json| {
        let body = json!({ "data": { "sort": "router" }, "schedule": schedule });
        shop.post("extras/jobs/makers/run", body).await.shown()
    };
    let (status, made) = ask(json!({ "name": "nightly", "interval": "custom", "crontab": "30 2 * * *" })).await;
    assert_eq!((status, &made["job_result"]), (201, &Json::Null), "{made}");
    let scheduled = &made["scheduled_job"];
    for (key, expected) in [
        ("name", json!("nightly")),
        ("task", json!("makers")),
        ("interval", json!("custom")),
        ("crontab", json!("30 2 * * *")),
        ("time_zone", json!("UTC")),
        ("enabled", json!(true)),
        ("total_run_count", json!(0)),
        ("last_run_at", Json::Null),
    ] {
        assert_eq!(scheduled[key], expected, "{key}");
    }
    assert_eq!(scheduled["kwargs"]["sort"], "router");
    let listed = shop.get("extras/scheduled-jobs").await.body;
    assert_eq!((&listed["count"], &listed["results"][0]["id"]), (&json!(1), &scheduled["id"]));

    let hourly = json!({ "name": "hourly", "interval": "hourly", "start_time": "2026-11-28T10:00:00Z" });
    let (_, made) = ask(hourly).await;
    assert_eq!(made["scheduled_job"]["interval"], "hourly");
    assert_eq!(made["scheduled_job"]["start_time"], "2026-11-28T10:00:00Z");
    let later = "2099-01-01T10:00:30Z".parse().unwrap();
    assert_eq!(shop.runner.ask_for_due(later).await.unwrap().len(), 2, "both are due by then");
    shop.world
        .inventory
        .database()
        .execute("UPDATE jobs_schedule SET missed = 'catch-up'", Args::default())
        .await
        .unwrap();
    let later = "2099-01-02T10:00:30Z".parse().unwrap();
    shop.runner.ask_for_due(later).await.unwrap();
    let listed = shop.get("extras/scheduled-jobs?name=nightly").await.body;
    assert_eq!(listed["results"][0]["total_run_count"], 1);
    let results = shop.get("extras/job-results").await.body;
    let of: Vec<&Json> = results["results"].as_array().unwrap().iter().map(|run| &run["scheduled_job"]["id"]).collect();
    assert!(of.len() == 2 && of.contains(&&scheduled["id"]), "{results}");

    for (schedule, key) in [
        (json!({ "name": "nightly", "interval": "daily" }), "name"),
        (json!({ "name": "x" }), "interval"),
        (json!({ "name": "x", "interval": "yearly" }), "interval"),
        (json!({ "name": "x", "interval": "future", "start_time": "2099-01-01T00:00:00Z" }), "interval"),
        (json!({ "name": "x", "interval": "custom", "crontab": "0 0 31 2 *" }), "crontab"),
        (json!({ "name": "x", "interval": "custom" }), "crontab"),
        (json!({ "name": "x", "interval": "daily", "start_time": "tomorrow" }), "start_time"),
        (json!({ "interval": "daily" }), "name"),
        (json!({ "name": "x", "interval": "daily", "start_time": 5 }), "start_time"),
        (json!({ "name": "x", "interval": "custom", "crontab": "0 0 * * *", "time_zone": "Far/Away" }), "time_zone"),
        (json!({ "name": "a b", "interval": "daily" }), "name"),
        (json!("daily"), "non_field_errors"),
    ] {
        let (status, body) = ask(schedule.clone()).await;
        assert!(status == 400 && body["schedule"][key].is_array(), "{schedule}: {status} {body}");
    }
    let (status, now) = ask(json!({ "interval": "immediately" })).await;
    assert_eq!((status, &now["scheduled_job"]), (201, &Json::Null), "{now}");
    assert_eq!(shop.post("extras/scheduled-jobs", json!({ "name": "by hand" })).await.status, 405);
}
