use serde_json::{Value as Json, json};

use super::makers::{each, have, plan, work};
use crate::rest::openapi::{check, document};
use crate::write::world::World;

#[tokio::test]
async fn a_plan_and_its_steps_are_shown() {
    let world = World::new().await;
    have(&world, &["A,1", "B,1", "C,1", "D,1"]).await;
    let plan = plan(&world, &["A,2", "B,1", "C,1", "E,1"]).await;
    let document = document(&world).await;
    let shown = world.get(&format!("v1/plans/{plan}/")).await;
    check(&document, "get", "/v1/plans/{id}/", &shown);
    assert_eq!((&shown.body["status"], &shown.body["steps"]), (&json!("open"), &json!(3)));
    let counts = shown.body["counts"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap());
    assert_eq!(counts.collect::<Vec<_>>(), ["update", "create", "delete"]);

    let path = format!("v1/plans/{plan}/steps/");
    let all = world.get(&path).await;
    check(&document, "get", "/v1/plans/{id}/steps/", &all);
    assert_eq!(each(&all.body, "key"), [r#"["A"]"#, r#"["E"]"#, r#"["D"]"#]);
    assert_eq!((&all.body["next"], &all.body["more"]), (&json!("2"), &json!(false)));
    let first = &all.body["results"][0];
    assert_ne!(first["before"], Json::Null);
    assert_eq!((&first["position"], &first["outcome"]), (&json!(0), &Json::Null));
    // Page by page the same, and nothing behind the end.
    let mut at = String::new();
    for step in all.body["results"].as_array().unwrap() {
        let page = world.get(&format!("{path}?limit=1{at}")).await.body;
        assert_eq!((&page["results"][0], &page["more"]), (step, &json!(step["position"] != json!(2))));
        at = format!("&after={}", page["next"].as_str().unwrap());
    }
    assert_eq!(world.get(&format!("{path}?after=2")).await.body, json!({ "results": [], "next": "2", "more": false }));
    for (filter, keys) in [
        ("action=delete", &[r#"["D"]"#][..]),
        ("action=delete&action=create", &[r#"["E"]"#, r#"["D"]"#]),
        ("kind=manufacturer&action=update", &[r#"["A"]"#]),
        ("kind=rack", &[]),
        ("outcome=failed", &[]),
    ] {
        let found = world.get(&format!("{path}?{filter}")).await;
        check(&document, "get", "/v1/plans/{id}/steps/", &found);
        assert_eq!(each(&found.body, "key"), keys, "{filter}");
    }
}

#[tokio::test]
async fn a_plan_is_queued_and_a_worker_applies_it() {
    let world = World::new().await;
    let plan = plan(&world, &["A,1", "B,1"]).await;
    let document = document(&world).await;
    let apply = format!("v1/plans/{plan}/apply");
    let queued = world.post(&apply, json!({})).await;
    assert_eq!(queued.status, 202);
    check(&document, "post", "/v1/plans/{id}/apply/", &queued);
    assert_eq!((&queued.body["status"], &queued.body["plan"]), (&json!("pending"), &json!(plan)));
    assert_eq!(world.count("dcim/manufacturers").await, 0, "nothing is done within the request");
    assert_eq!(work(&world).await, queued.body["id"].as_i64());
    let sync = world.get(&format!("v1/syncs/{}/", queued.body["id"])).await.body;
    assert_eq!((&sync["status"], &sync["outcomes"]["created"]), (&json!("completed"), &json!(2)));
    let steps = world.get(&format!("v1/plans/{plan}/steps/?outcome=applied")).await;
    assert_eq!(each(&steps.body, "key"), [r#"["A"]"#, r#"["B"]"#]);
    // The worker did it, for the one who asked.
    assert_eq!(sync["user"], "admin");
    let changes = world.get(&format!("v1/changes/?request={}", sync["request"].as_str().unwrap())).await;
    assert_eq!(each(&changes.body, "user"), [r#""admin""#; 2]);
    assert_eq!(each(&changes.body, "context_detail"), [r#""makers""#; 2]);
    let undo = world.post(&format!("v1/syncs/{}/undo", sync["id"]), json!({})).await.body;
    assert_eq!(world.get(&format!("v1/syncs/{}/", undo["sync"])).await.body["user"], "admin");

    let again = world.post(&apply, json!({})).await;
    check(&document, "post", "/v1/plans/{id}/apply/", &again);
    assert_eq!((again.status, &again.body["error"]["code"]), (409, &json!("plan_not_open")));
    assert_eq!(work(&world).await, None);
}

#[tokio::test]
async fn what_checks_are_against_needs_a_reason() {
    let world = World::new().await;
    have(&world, &["A,1", "B,1", "C,1"]).await;
    let plan = plan(&world, &[]).await;
    let apply = format!("v1/plans/{plan}/apply");
    for body in [json!({}), json!({ "reason": " " })] {
        let refused = world.post(&apply, body).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("checks_against")));
        assert!(refused.body["error"]["hint"].as_str().unwrap().contains(&format!("/api/v1/plans/{plan}/")));
    }
    let findings = &world.get(&format!("v1/plans/{plan}/")).await.body["findings"];
    assert_eq!(findings["count"], json!(findings["first"].as_array().unwrap().len()));
    assert!(findings["first"].as_array().unwrap().iter().any(|one| one["severity"] == "error"), "{findings}");
    assert_eq!(world.post(&apply, json!({ "reason": "they are gone" })).await.status, 202);
    assert_eq!(world.get(&format!("v1/plans/{plan}/")).await.body["approval"], "they are gone");
    assert!(work(&world).await.is_some());
    assert_eq!(world.count("dcim/manufacturers").await, 0);
}

#[tokio::test]
async fn bodies_are_checked_before_anything_is_done() {
    let world = World::new().await;
    let plan = plan(&world, &["A,1"]).await;
    let document = document(&world).await;
    let apply = format!("v1/plans/{plan}/apply/");
    let unknown = "there is no such key; there are reason, kind, action, step";
    let a_step = "it has to be a number, a range such as `15-20`, or a list";
    let no_steps = "`20-15` names no steps; give a number, such as 12, or a range, such as 15-20";
    let nothing = "the list is empty; name something, or leave the key out, which means all";
    let no_word = "`destroy` is none of create, update, delete";
    for (body, keys) in [
        (r#"{"reason": 7, "why": "x"}"#, json!({ "keys": { "reason": "it has to be a text", "why": unknown } })),
        (r#"{"reason": "\u0000"}"#, json!({ "keys": { "reason": "it may hold no null character" } })),
        (r#"{"step": [1, true]}"#, json!({ "keys": { "step": a_step } })),
        (
            r#"{"step": ["20-15"], "action": ["create", "destroy"]}"#,
            json!({ "keys": { "step": no_steps, "action": no_word } }),
        ),
        (r#"{"step": []}"#, json!({ "keys": { "step": nothing } })),
        (r#"{"kind": [], "action": []}"#, json!({ "keys": { "kind": nothing, "action": nothing } })),
        (r#"{"kind": 7}"#, json!({ "keys": { "kind": "it has to be a text, or a list of texts" } })),
        (r#"{"step": 77}"#, json!({ "keys": { "step": "there is no step 77; choose among the steps 0" } })),
        (r#"{"kind": "moon"}"#, json!({ "keys": { "kind": "no step is of kind `moon`; choose among manufacturer" } })),
        (
            r#"{"action": "delete"}"#,
            json!({ "keys": { "action": "no step is what was asked for; choose other kinds or actions, or steps by their numbers" } }),
        ),
        ("[]", json!({})),
        ("{", json!({})),
    ] {
        let refused = world.send(axum::http::Method::POST, &apply, &[], body).await;
        check(&document, "post", "/v1/plans/{id}/apply/", &refused);
        let error = &refused.body["error"];
        assert_eq!((refused.status, &error["code"], &error["details"]), (400, &json!("bad_body"), &keys), "{body}");
    }
    let refused = world.post("v1/syncs/1/cancel", json!({ "reason": "x" })).await;
    let none = json!({ "keys": { "reason": "there is no such key; this address takes none" } });
    assert_eq!((refused.status, &refused.body["error"]["details"]), (400, &none));
    assert_eq!(work(&world).await, None);
    assert_eq!(world.send(axum::http::Method::POST, &apply, &[], "").await.status, 202, "no body is one without keys");
}

/// A page is cut out of a plan by its keys, and no statement is added for what it holds.
#[tokio::test]
async fn a_page_of_steps_costs_the_same_whatever_its_length() {
    let world = World::new().await;
    let makers: Vec<String> = (0..50).map(|number| format!("maker {number},")).collect();
    let plan = plan(&world, &makers.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let cost = async |query: &str| {
        let before = world.inventory.queries();
        let page = world.get(&format!("v1/plans/{plan}/steps/?{query}")).await;
        (page.body["results"].as_array().unwrap().len(), world.inventory.queries() - before)
    };
    cost("limit=1").await;
    let (one, few) = cost("limit=1").await;
    let (all, many) = cost("limit=1000").await;
    assert_eq!((one, all, few), (1, 50, many));
}

#[tokio::test]
async fn a_part_of_a_plan_is_applied() {
    let world = World::new().await;
    have(&world, &["A,1", "B,1"]).await;
    let plan = plan(&world, &["A,2", "B,2", "C,1", "D,1"]).await;
    let document = document(&world).await;
    let body = json!({ "action": ["create"], "kind": "manufacturer", "step": ["0-0"], "reason": "CHG-4711" });
    let queued = world.post(&format!("v1/plans/{plan}/apply"), body).await;
    check(&document, "post", "/v1/plans/{id}/apply/", &queued);
    assert_eq!((queued.status, &queued.body["pulled_in"]), (202, &json!({ "count": 0, "first": [] })));
    assert_eq!(work(&world).await, queued.body["id"].as_i64());
    let steps = world.get(&format!("v1/plans/{plan}/steps/?outcome=skipped")).await;
    assert_eq!(each(&steps.body, "key"), [r#"["B"]"#]);
    let sync = world.get(&format!("v1/syncs/{}/", queued.body["id"])).await;
    check(&document, "get", "/v1/syncs/{id}/", &sync);
    let outcomes = &sync.body["outcomes"];
    let counts = (&sync.body["status"], &outcomes["created"], &outcomes["updated"], &outcomes["not_chosen"]);
    assert_eq!(counts, (&json!("completed"), &json!(2), &json!(1), &json!(1)));
    let shown = world.get(&format!("v1/plans/{plan}/")).await;
    check(&document, "get", "/v1/plans/{id}/", &shown);
    let approval = &shown.body["approvals"][0];
    let kept = (&approval["user"], &approval["chosen"], &approval["reason"], &approval["sync"]);
    assert_eq!(kept, (&json!("admin"), &json!("0,2-3"), &json!("CHG-4711"), &queued.body["id"]));
}

#[tokio::test]
async fn a_plan_is_asked_for_once_and_the_newest_is_meant() {
    let world = World::new().await;
    let (old, new) = (plan(&world, &["A,1"]).await, plan(&world, &["A,1", "B,1"]).await);
    let superseded = world.post(&format!("v1/plans/{old}/apply"), json!({})).await;
    let error = &superseded.body["error"];
    assert_eq!(
        (superseded.status, &error["code"], &error["details"]),
        (409, &json!("superseded"), &json!({ "plan": new }))
    );
    assert!(error["hint"].as_str().unwrap().contains(&format!("/api/v1/plans/{new}/")), "{error}");
    let apply = format!("v1/plans/{new}/apply");
    let (one, two) = tokio::join!(world.post(&apply, json!({})), world.post(&apply, json!({})));
    let (queued, refused) = if one.status == 202 { (one, two) } else { (two, one) };
    let error = &refused.body["error"];
    check(&document(&world).await, "post", "/v1/plans/{id}/apply/", &refused);
    assert_eq!((queued.status, refused.status, &error["code"]), (202, 409, &json!("asked_already")));
    assert_eq!(error["details"]["sync"], queued.body["id"]);
    assert_eq!(work(&world).await, queued.body["id"].as_i64());
    assert_eq!(world.post(&format!("v1/plans/{old}/apply"), json!({ "reason": "all the same" })).await.status, 202);
}
