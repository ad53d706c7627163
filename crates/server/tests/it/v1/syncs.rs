use axum::http::Method;
use serde_json::{Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::{Action, Args, Change, ChangeContext};
use trueup_jobs::run::RunMode;

use super::makers::{each, have, plan, run, work};
use crate::rest::openapi::{check, document};
use crate::write::world::World;

#[tokio::test]
async fn syncs_are_listed_newest_first() {
    let world = World::new().await;
    let empty = world.get("v1/syncs/").await;
    assert_eq!(empty.body, json!({ "results": [], "next": null, "more": false }));
    have(&world, &["A,1"]).await;
    plan(&world, &["A,2"]).await;
    let plan = plan(&world, &["A,3"]).await;
    world.post(&format!("v1/plans/{plan}/apply"), json!({})).await;
    let document = document(&world).await;
    for answer in [&empty, &world.get("v1/syncs/").await] {
        check(&document, "get", "/v1/syncs/", answer);
    }
    for (query, ids, next, more) in [
        ("", &["4", "3", "2", "1"][..], "1", false),
        ("limit=2", &["4", "3"], "3", true),
        ("limit=2&before=3", &["2", "1"], "1", false),
        ("before=1", &[], "1", false),
        ("status=pending", &["4"], "4", false),
        ("status=pending&status=completed&limit=3", &["4", "3", "2"], "2", true),
        ("job=makers&before=2", &["1"], "1", false),
    ] {
        let page = world.get(&format!("v1/syncs/?{query}")).await.body;
        assert_eq!(each(&page, "id"), ids, "{query}");
        assert_eq!((&page["next"], &page["more"]), (&json!(next), &json!(more)), "{query}");
    }
    assert_eq!(world.get("v1/syncs/?job=others").await.body, empty.body);
}

#[tokio::test]
async fn a_sync_tells_what_stands_beside_it() {
    let world = World::new().await;
    have(&world, &["A,1", "B,1", "C,1"]).await;
    // What cannot be read is counted, and it is not deleted.
    let report = run(&world, &["A,1", "A,2"], RunMode::DryRun).await;
    let shown = world.get(&format!("v1/syncs/{}/", report.sync)).await;
    check(&document(&world).await, "get", "/v1/syncs/{id}/", &shown);
    assert_eq!(shown.body["plan"], json!(report.plan));
    for (key, count) in [("findings", report.findings.len()), ("withheld", report.withheld.len())] {
        assert_eq!(shown.body[key]["count"], json!(count), "{key}");
        assert_eq!(shown.body[key]["first"].as_array().unwrap().len(), count, "{key}");
    }
    let rejected = report.source.rejected.len();
    assert!(rejected > 0 && !report.findings.is_empty(), "{report:?}");
    assert_eq!(shown.body["rejected"]["count"], json!(rejected));
    let first = &shown.body["rejected"]["first"][0];
    assert_eq!((&first["side"], first["place"].as_str().unwrap().contains("makers.csv")), (&json!("source"), true));
}

#[tokio::test]
async fn a_sync_that_waits_or_runs_is_cancelled() {
    let world = World::new().await;
    let plan = plan(&world, &["A,1"]).await;
    let document = document(&world).await;
    let path = "/v1/syncs/{id}/cancel/";
    let sync = world.post(&format!("v1/plans/{plan}/apply"), json!({})).await.body["id"].clone();
    let cancel = format!("v1/syncs/{sync}/cancel");
    let cancelled = world.post(&cancel, json!({})).await;
    check(&document, "post", path, &cancelled);
    assert_eq!((cancelled.status, &cancelled.body["status"]), (202, &json!("cancelled")));
    assert_eq!(work(&world).await, None);
    let again = world.post(&cancel, json!({})).await;
    check(&document, "post", path, &again);
    assert_eq!((again.status, &again.body["error"]["code"]), (409, &json!("sync_not_running")));

    // One that runs is asked; whoever works on it ends it.
    let sync = world.post(&format!("v1/plans/{plan}/apply"), json!({})).await.body["id"].clone();
    let tables = world.inventory.database();
    let begin = "UPDATE jobs_sync SET status = 'running', owner = 'w' WHERE status = 'pending'";
    tables.execute(begin, Args::default()).await.unwrap();
    let asked = world.post(&format!("v1/syncs/{sync}/cancel"), json!({})).await;
    assert_eq!((asked.status, &asked.body["status"]), (202, &json!("running")));
    let wanted = "SELECT wanted FROM jobs_sync WHERE status = 'running'";
    assert_eq!(tables.rows(wanted, Args::default()).await.unwrap()[0].some_text(0).unwrap(), "cancel");
}

#[tokio::test]
async fn a_sync_is_paused_and_a_worker_is_asked_for_the_rest() {
    let world = World::new().await;
    let plan = plan(&world, &["A,1"]).await;
    let document = document(&world).await;
    let sync = world.post(&format!("v1/plans/{plan}/apply"), json!({})).await.body["id"].clone();
    let act = async |what: &str| {
        let answer = world.post(&format!("v1/syncs/{sync}/{what}"), json!({})).await;
        check(&document, "post", &format!("/v1/syncs/{{id}}/{what}/"), &answer);
        (answer.status, answer.body["status"].clone(), answer.body["wanted"].clone())
    };
    assert_eq!(act("pause").await, (202, json!("pending"), json!("pause")));
    assert_eq!(work(&world).await, None);
    assert_eq!(act("resume").await, (202, json!("pending"), Json::Null));
    // Broken off in its apply.
    let tables = world.inventory.database();
    for begun in
        ["UPDATE jobs_plan SET status = 'started'", "UPDATE jobs_sync SET status = 'interrupted' WHERE dry_run = 0"]
    {
        tables.execute(begun, Args::default()).await.unwrap();
    }
    assert_eq!(act("pause").await, (202, json!("interrupted"), json!("pause")));
    assert!(world.runner.recover(&|_| {}).await.unwrap().is_empty());
    assert_eq!(act("resume").await, (202, json!("pending"), json!("resume")));
    assert_eq!(work(&world).await, sync.as_i64());
    assert_eq!(world.get(&format!("v1/syncs/{sync}/")).await.body["status"], json!("completed"));
    for (what, code) in [("pause", "not_pausable"), ("resume", "not_resumable")] {
        let refused = world.post(&format!("v1/syncs/{sync}/{what}"), json!({})).await;
        check(&document, "post", &format!("/v1/syncs/{{id}}/{what}/"), &refused);
        assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!(code)));
    }
}

#[tokio::test]
async fn what_a_sync_did_is_taken_back_by_a_plan() {
    let world = World::new().await;
    let done = run(&world, &["A,1", "B,1"], RunMode::Apply).await;
    let document = document(&world).await;
    let undo = world.post(&format!("v1/syncs/{}/undo", done.sync), json!({})).await;
    check(&document, "post", "/v1/syncs/{id}/undo/", &undo);
    assert_eq!((undo.status, &undo.body["status"]), (201, &json!("open")));
    assert_eq!((&undo.body["undoes"], &undo.body["steps"]), (&json!(done.plan), &json!(2)));
    assert_eq!(world.count("dcim/manufacturers").await, 2, "it is a plan and no more");
    assert_eq!(world.post(&format!("v1/plans/{}/apply", undo.body["id"]), json!({})).await.status, 202);
    assert!(work(&world).await.is_some());
    assert_eq!(world.count("dcim/manufacturers").await, 0);

    let dry = run(&world, &["A,1"], RunMode::DryRun).await;
    let refused = world.post(&format!("v1/syncs/{}/undo", dry.sync), json!({})).await;
    check(&document, "post", "/v1/syncs/{id}/undo/", &refused);
    assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("not_undoable")));
}

#[tokio::test]
async fn a_run_that_was_profiled_has_a_flame_graph() {
    let world = World::new().await;
    let plain = run(&world, &["A,1"], RunMode::DryRun).await;
    let missing = world.get(&format!("v1/syncs/{}/flame-graph", plain.sync)).await;
    check(&document(&world).await, "get", "/v1/syncs/{id}/flame-graph/", &missing);
    assert_eq!((missing.status, &missing.body["error"]["code"]), (404, &json!("no_flame_graph")));
    let keep = "INSERT INTO jobs_flame_graph (sync, svg) VALUES (?, '<svg/>')";
    world.inventory.database().execute(keep, Args::default().with(plain.sync.0)).await.unwrap();
    let shown = world.get(&format!("v1/syncs/{}/flame-graph", plain.sync)).await;
    assert_eq!((shown.status, &shown.body), (200, &json!("<svg/>")));
    assert_eq!(shown.headers["content-type"], "image/svg+xml");
    assert!(shown.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
}

/// Every address, with whether it does something.
fn addresses(sync: impl std::fmt::Display, plan: impl std::fmt::Display) -> [(Method, String); 11] {
    [
        (Method::GET, "v1/syncs/".to_owned()),
        (Method::GET, format!("v1/syncs/{sync}/")),
        (Method::GET, format!("v1/syncs/{sync}/flame-graph/")),
        (Method::GET, format!("v1/syncs/{sync}/progress/")),
        (Method::GET, format!("v1/plans/{plan}/")),
        (Method::GET, format!("v1/plans/{plan}/steps/")),
        (Method::POST, format!("v1/plans/{plan}/apply/")),
        (Method::POST, format!("v1/syncs/{sync}/cancel/")),
        (Method::POST, format!("v1/syncs/{sync}/pause/")),
        (Method::POST, format!("v1/syncs/{sync}/resume/")),
        (Method::POST, format!("v1/syncs/{sync}/undo/")),
    ]
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let world = World::new().await;
    for id in ["7", "x", "99999999999999999999"] {
        for (method, path) in addresses(id, id).into_iter().skip(1) {
            let answer = world.ask(method, &path, json!({})).await;
            let code = if path.contains("plans") { "no_such_plan" } else { "no_such_sync" };
            assert_eq!((answer.status, &answer.body["error"]["code"]), (404, &json!(code)), "{path}");
        }
    }
}

#[tokio::test]
async fn reading_takes_view_and_acting_takes_run() {
    let world = World::new().await;
    let report = run(&world, &["A,1"], RunMode::DryRun).await;
    let (view, both, change) = (&["view"][..], &["view", "run"][..], &["view", "change"][..]);
    let of = &["nautobot_ssot.sync"][..];
    let anything = || Json::Null;
    let nobody = world.as_user("nobody", &[(both, &["dcim.device"], anything())]).await;
    let reader = world.as_user("reader", &[(view, of, anything())]).await;
    let editor = world.as_user("editor", &[(change, of, anything())]).await;
    let bound = world.as_user("bound", &[(both, of, json!({ "job__name": "makers" }))]).await;
    let runner = world.as_user("runner", &[(both, of, anything())]).await;
    let blind = world.as_user("blind", &[(&["run"], of, anything())]).await;
    let stale = world.as_user("stale", &[(both, of, anything())]).await;
    let lock = Change::new(
        "users.token",
        Action::Update,
        vec![("user__username".into(), "stale".into())],
        vec![("write_enabled".into(), Value::Bool(false))],
    );
    for answer in world.inventory.write(&[lock], &ChangeContext::job("tester", "tests")).await.unwrap() {
        answer.unwrap();
    }
    for (name, user, reads, acts) in [
        ("nobody", &nobody, false, false),
        ("reader", &reader, true, false),
        ("editor", &editor, true, false),
        ("bound", &bound, false, false),
        ("blind", &blind, false, false),
        ("stale", &stale, true, false),
        ("runner", &runner, true, true),
    ] {
        for (method, path) in addresses(report.sync, report.plan) {
            let allowed = if method == Method::GET { reads } else { acts };
            let answer = user.ask(method, &path, json!({})).await;
            assert_eq!(answer.status != 403, allowed, "{name} {path}: {}", answer.body);
        }
    }
    let pending = world.get("v1/syncs/?job=makers").await.body["results"][0]["status"].clone();
    assert_eq!(pending, "pending", "what was refused has done nothing, what was not has asked for one sync");
}
