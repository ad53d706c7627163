//! What hangs below records, and what is answered beside the lists.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use trueup_server::{App, Settings, router};

use crate::write::world::World;

async fn network() -> (World, String) {
    let world = World::with_basics().await;
    let prefix = world.created("ipam/prefixes", json!({ "prefix": "10.0.0.0/24", "status": "Active" })).await;
    (world, prefix)
}

fn texts(list: &Json, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn callers_at_once_get_different_addresses() {
    let (world, prefix) = network().await;
    let path = format!("ipam/prefixes/{prefix}/available-ips");
    let free = world.get(&format!("{path}/?limit=2&range_start=10.0.0.9")).await;
    assert_eq!(
        free.shown(),
        (
            200,
            json!([
                { "ip_version": 4, "address": "10.0.0.9/24" },
                { "ip_version": 4, "address": "10.0.0.10/24" },
            ])
        )
    );
    let asked = (0..20).map(|_| world.post(&path, json!({ "status": "Active" })));
    let mut taken: Vec<String> = join_all(asked)
        .await
        .into_iter()
        .map(|answer| {
            assert_eq!(answer.status, 201, "{:?}", answer.body);
            answer.body["address"].as_str().unwrap().to_owned()
        })
        .collect();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 20);
    // The address is not the client's to say, and nothing is half given.
    let two = world.post(&path, json!([{ "status": "Active", "address": "10.9.9.9/8" }, { "status": "Nope" }])).await;
    assert_eq!(two.status, 400);
    assert_eq!(world.count("ipam/ip-addresses").await, 20);
    let many: Vec<Json> = (0..235).map(|_| json!({ "status": "Active" })).collect();
    assert_eq!(world.post(&path, Json::Array(many)).await.status, 204);
    assert_eq!(world.count("ipam/ip-addresses").await, 20);
}

#[tokio::test]
async fn networks_and_vlans_are_carved_and_given() {
    let (world, prefix) = network().await;
    let path = format!("ipam/prefixes/{prefix}/available-prefixes");
    let made = world
        .post(
            &path,
            json!([
                { "prefix_length": 26, "status": "Active" },
                { "prefix_length": "25", "status": "Active" },
            ]),
        )
        .await;
    assert_eq!((made.status, texts(&made.body, "prefix")), (201, vec!["10.0.0.0/26".into(), "10.0.0.128/25".into()]));
    assert_eq!(texts(&world.get(&format!("{path}/")).await.body, "prefix"), ["10.0.0.64/26"]);
    for (body, expected) in [
        (json!({ "prefix_length": 25, "status": "Active" }), (204, Json::Null)),
        (json!({ "status": "Active" }), (400, json!({ "prefix_length": ["This field is required."] }))),
        (json!({ "prefix_length": "x" }), (400, json!({ "prefix_length": ["A valid integer is required."] }))),
        (json!({ "prefix_length": 33 }), (400, json!({ "prefix_length": ["A prefix length is at most 32 here."] }))),
    ] {
        assert_eq!(world.post(&path, body.clone()).await.shown(), expected, "{body}");
    }
    let group = world.created("ipam/vlan-groups", json!({ "name": "g", "range": "5,10-11" })).await;
    let path = format!("ipam/vlan-groups/{group}/available-vlans");
    assert_eq!(world.get(&format!("{path}/")).await.body["results"], json!([5, 10, 11]));
    let made =
        world.post(&path, json!([{ "name": "a", "status": "Active" }, { "name": "b", "status": "Active" }])).await;
    assert_eq!((&made.body[0]["vid"], &made.body[1]["vid"]), (&json!(5), &json!(10)));
    let none =
        world.post(&path, json!([{ "name": "c", "status": "Active" }, { "name": "d", "status": "Active" }])).await;
    assert_eq!(none.status, 204);
}

#[tokio::test]
async fn what_is_given_is_within_the_rights_of_the_caller() {
    let (world, prefix) = network().await;
    let path = format!("ipam/prefixes/{prefix}/available-ips");
    let looks = world.as_user("looks", &[(&["view"], &["ipam.prefix"], Json::Null)]).await;
    assert_eq!(looks.get(&format!("{path}/?limit=1")).await.status, 200);
    assert_eq!(looks.post(&path, json!({ "status": "Active" })).await.status, 403);
    let bound = json!({ "dns_name": "mine.example" });
    let adds = world
        .as_user(
            "adds",
            &[
                (&["view"], &["ipam.prefix", "extras.status"], Json::Null),
                (&["add", "view"], &["ipam.ipaddress"], bound),
            ],
        )
        .await;
    assert_eq!(adds.post(&path, json!({ "status": "Active" })).await.status, 403);
    assert_eq!(adds.post(&path, json!({ "status": "Active", "dns_name": "mine.example" })).await.status, 201);
    assert_eq!(world.count("ipam/ip-addresses").await, 1);
    let blind = world.as_user("blind", &[(&["add"], &["ipam.ipaddress"], Json::Null)]).await;
    assert_eq!(blind.post(&path, json!({ "status": "Active" })).await.status, 403);
}

#[tokio::test]
async fn a_token_tells_its_key_once_and_ends_at_once() {
    let world = World::new().await;
    let made = world.post("users/tokens", json!({ "description": "for a script", "write_enabled": false })).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let key = made.body["key"].as_str().unwrap().to_owned();
    assert_eq!(key.len(), 40);
    let path = format!("users/tokens/{}", made.id());
    assert!(!world.get(&format!("{path}/")).await.body.to_string().contains(&key));
    let ask = |method: Method| {
        let request = Request::builder().method(method).uri("/api/extras/tags/");
        let request = request.header("authorization", format!("Token {key}")).body(Body::from("{}")).unwrap();
        let router = world.router.clone();
        async move { router.oneshot(request).await.unwrap().status().as_u16() }
    };
    assert_eq!((ask(Method::GET).await, ask(Method::POST).await), (200, 403));
    assert_eq!(world.patch(&path, json!({ "write_enabled": true })).await.status, 200);
    assert_eq!(ask(Method::POST).await, 400);
    assert_eq!(world.delete(&path, Json::Null).await.status, 204);
    assert_eq!(ask(Method::GET).await, 403);
    // For oneself only, unless one is an administrator.
    let user = world.as_user("user", &[(&["add", "view"], &["users.token", "users.user"], Json::Null)]).await;
    assert_eq!(user.post("users/tokens", json!({ "user": { "username": "admin" } })).await.status, 403);
    assert_eq!(user.post("users/tokens", json!({})).await.status, 201);
    for (key, status) in [(json!("short"), 400), (json!("a".repeat(40)), 201), (json!("a".repeat(40)), 400)] {
        assert_eq!(world.post("users/tokens", json!({ "key": key })).await.status, status, "{key}");
    }
}

#[tokio::test]
async fn settings_stay_with_their_user() {
    let world = World::new().await;
    let patch = |body: Json| world.patch("users/config", body);
    patch(json!({ "tables": { "devices": { "columns": ["name"] } }, "theme": "dark" })).await;
    let merged = patch(json!({ "tables": { "sites": 1 }, "theme": "light" })).await;
    let expected = json!({ "tables": { "devices": { "columns": ["name"] }, "sites": 1 }, "theme": "light" });
    assert_eq!(merged.shown(), (200, expected.clone()));
    assert_eq!(world.get("users/config/").await.body, expected);
    let other = world.as_user("other", &[]).await;
    assert_eq!(other.get("users/config/").await.body, json!({}));
    assert_eq!(patch(json!(["x"])).await.status, 400);
}

#[tokio::test]
async fn a_group_has_the_members_that_its_filter_finds() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.created("tenancy/tenants", json!({ "name": name })).await;
    }
    let group = json!({ "name": "g", "content_type": "tenancy.tenant", "filter": { "name": ["a", "c"] } });
    let group = world.created("extras/dynamic-groups", group).await;
    let members = world.get(&format!("extras/dynamic-groups/{group}/members/?sort=-name")).await;
    assert_eq!((members.status, texts(&members.body["results"], "name")), (200, vec!["c".into(), "a".into()]));
    let set = json!({ "name": "s", "content_type": "tenancy.tenant", "group_type": "dynamic-set" });
    let set = world.created("extras/dynamic-groups", set).await;
    assert_eq!(world.get(&format!("extras/dynamic-groups/{set}/members/")).await.status, 400);
}

#[tokio::test]
async fn urls_are_those_of_the_client() {
    let world = World::new().await;
    world.created("tenancy/tenants", json!({ "name": "a" })).await;
    for (headers, expected) in [
        (&[][..], "http://nautobot.example"),
        (&[("x-forwarded-proto", "https"), ("x-forwarded-host", "sot.example")], "https://sot.example"),
        (&[("x-forwarded-prefix", "/inventory")], "http://nautobot.example/inventory"),
    ] {
        let answer = world.send(Method::GET, "tenancy/tenants/", headers, Body::empty()).await;
        let url = answer.body["results"][0]["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{expected}/api/tenancy/tenants/")), "{url}");
    }
}

#[tokio::test]
async fn a_server_says_how_it_is() {
    let world = World::new().await;
    for (path, status, body) in [
        ("/health", 200, r#"{"status":"ok"}"#),
        ("/ready", 200, r#"{"status":"ready"}"#),
        ("/nope", 404, r#"{"detail":"Not found."}"#),
    ] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert!(answer.headers().contains_key("x-request-id"));
        let bytes = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), body);
    }
    // Without its database, a server lives on and is not ready.
    world.inventory.close().await;
    for (path, status) in [("/health", 200), ("/ready", 503), ("/api/status/", 503)] {
        let request = Request::builder().uri(path).header("authorization", "Token x").body(Body::empty()).unwrap();
        let answer = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_cable_is_followed_and_a_rack_drawn() {
    let world = World::with_basics().await;
    let site = world.get("dcim/location-types/?name=Site").await.body["results"][0]["id"].as_str().unwrap().to_owned();
    let holds = ["dcim.device", "dcim.rack", "ipam.prefix", "ipam.vlan"];
    world.patch(&format!("dcim/location-types/{site}"), json!({ "content_types": holds })).await;
    let place = json!({ "name": "AMS" });
    let rack = world
        .created("dcim/racks", json!({ "name": "R1", "location": place, "status": "Active", "u_height": 3 }))
        .await;
    let device = |name: &str, position: Option<u8>| {
        let mut device = json!({
            "name": name, "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch",
            "status": "Active",
        });
        if let Some(position) = position {
            device["rack"] = json!({ "name": "R1" });
            device["position"] = json!(position);
            device["face"] = json!("front");
        }
        device
    };
    let one = world.created("dcim/devices", device("one", Some(2))).await;
    world.created("dcim/devices", device("two", None)).await;
    let mut ports = Vec::new();
    for (of, name) in [("one", "e0"), ("one", "e1"), ("two", "e0")] {
        let port = json!({ "device": { "name": of }, "name": name, "type": "1000base-t", "status": "Active" });
        ports.push(world.created("dcim/interfaces", port).await);
    }
    let cable = world
        .created(
            "dcim/cables",
            json!({
                "termination_a_type": "dcim.interface", "termination_a_id": ports[0],
                "termination_b_type": "dcim.interface", "termination_b_id": ports[2], "status": "Connected",
            }),
        )
        .await;
    let trace = world.get(&format!("dcim/interfaces/{}/trace/", ports[2])).await.body;
    assert_eq!(
        (&trace[0][0]["id"], &trace[0][1]["id"], &trace[0][2]["id"]),
        (&json!(ports[2]), &json!(cable), &json!(ports[0]))
    );
    let loose = world.get(&format!("dcim/interfaces/{}/trace/", ports[1])).await.body;
    assert_eq!((&loose[0][0]["id"], &loose[0][1], &loose[0][2]), (&json!(ports[1]), &Json::Null, &Json::Null));
    let units = world.get(&format!("dcim/racks/{rack}/elevation/?face=front")).await.body["results"].clone();
    let shown: Vec<(Json, Json)> =
        units.as_array().unwrap().iter().map(|unit| (unit["name"].clone(), unit["device"]["id"].clone())).collect();
    assert_eq!(shown, [(json!("U3"), Json::Null), (json!("U2"), json!(one)), (json!("U1"), Json::Null),]);
    assert_eq!(world.get(&format!("dcim/racks/{rack}/elevation/?face=top")).await.status, 400);
}

#[tokio::test]
async fn a_request_has_its_time() {
    let world = World::new().await;
    let token = world.post("users/tokens", json!({})).await;
    let settings = Settings { max_time: Duration::from_millis(20), ..Settings::default() };
    let hurried = router(App::new(world.runner.clone(), settings));
    // A body that never ends, and never comes either.
    let body = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let request = Request::builder().method(Method::POST).uri("/api/tenancy/tenants/");
    let request = request.header("authorization", format!("Token {}", token.body["key"].as_str().unwrap()));
    let answer = hurried.oneshot(request.body(body).unwrap()).await.unwrap();
    assert_eq!(answer.status().as_u16(), 503);
    let bytes = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("There was no answer within"), "{bytes:?}");
}
