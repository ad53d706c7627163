//! The OpenAPI document: it names what is served, and what it says of answers is true.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use super::schema::faults;
use crate::write::world::{Answer, World};

pub async fn document(world: &World) -> Json {
    let answer = world.get("swagger.json").await;
    assert_eq!(answer.status, 200);
    answer.body
}

/// The methods of each path.
fn methods(document: &Json) -> Vec<(&str, Vec<&str>)> {
    document["paths"].as_object().unwrap().iter().map(|(path, item)| (path.as_str(), verbs(item))).collect()
}

fn verbs(item: &Json) -> Vec<&str> {
    let keys = item.as_object().unwrap().keys().map(String::as_str);
    keys.filter(|key| *key != "parameters").collect()
}

#[tokio::test]
async fn paths_have_the_methods_that_are_served() {
    let world = World::new().await;
    let document = document(&world).await;
    let found = methods(&document);
    let list = &["get", "post", "put", "patch", "delete"][..];
    for (path, expected) in [
        ("/", &["get"][..]),
        ("/status/", &["get"]),
        ("/swagger.json", &["get"]),
        ("/docs/", &["get"]),
        ("/graphql/", &["post"]),
        ("/plugins/ssot/", &["get"]),
        ("/users/config/", &["get", "patch"]),
        ("/core/render-jinja-template/", &["post"]),
        ("/ipam/prefixes/{id}/available-ips/", &["get", "post"]),
        ("/ipam/vlan-groups/{id}/available-vlans/", &["get", "post"]),
        ("/dcim/interfaces/{id}/trace/", &["get"]),
        ("/extras/graphql-queries/{id}/run/", &["post"]),
        ("/extras/content-types/", &["get"]),
        ("/extras/content-types/{id}/", &["get"]),
        ("/dcim/devices/", list),
        ("/dcim/devices/{id}/", &["get", "put", "patch", "delete"]),
        ("/dcim/devices/{id}/notes/", &["get", "post"]),
        ("/extras/jobs/", &["get", "put", "patch", "delete"]),
        ("/extras/object-changes/", &["get"]),
        ("/plugins/ssot/history/", &["get"]),
        ("/users/tokens/", list),
        ("/virtualization/virtual-machines/", list),
    ] {
        let (_, verbs) = found.iter().find(|(one, _)| *one == path).unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!(verbs, expected, "{path}");
    }
    let names: Vec<&str> = found.iter().map(|(path, _)| *path).collect();
    assert!(!names.contains(&"/users/users/{id}/notes/"), "users carry no notes");
    let lists = world.inventory.registry().content_types().filter(|one| one.endpoint().is_some()).count();
    assert!(found.len() > 2 * lists, "{} paths for {lists} lists", found.len());
}

#[tokio::test]
async fn every_method_of_every_path_is_answered() {
    let world = World::new().await;
    let document = document(&world).await;
    let mut asked = 0;
    for (path, verbs) in methods(&document) {
        let id = if path.starts_with("/extras/content-types/") { "1" } else { "00000000-0000-0000-0000-000000000000" };
        let address = path.trim_start_matches('/').replace("{id}", id);
        for verb in verbs {
            let method: Method = verb.to_ascii_uppercase().parse().unwrap();
            let body = if path.ends_with("{id}/") || verb == "post" { "{}" } else { "[]" };
            let answer = world.send(method, &address, &[], Body::from(body)).await;
            // A record that is not there is another 404 than a path that is not.
            assert!(answer.status != 405 && answer.body["detail"] != json!("Not found."), "{verb} {path}: {answer:?}");
            let said = &document["paths"][path][verb]["responses"];
            assert!(said.get(answer.status.to_string()).is_some(), "{verb} {path} does not say {}", answer.status);
            asked += 1;
        }
    }
    assert!(asked > 600, "{asked}");
}

#[tokio::test]
async fn names_are_unique_and_lead_somewhere() {
    let world = World::new().await;
    let document = document(&world).await;
    let mut names = HashSet::new();
    for (path, verbs) in methods(&document) {
        for verb in verbs {
            let operation = &document["paths"][path][verb];
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} is there twice");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters: Vec<&str> = parameters.filter_map(|one| one["name"].as_str()).collect();
            let once: HashSet<&&str> = parameters.iter().collect();
            assert_eq!(once.len(), parameters.len(), "{name}: {parameters:?}");
        }
    }
    check_references(&document, &document);
    let parameters = document["paths"]["/dcim/devices/"]["get"]["parameters"].as_array().unwrap();
    for name in ["name", "name__ic", "location", "tenant_id", "has_primary_ip", "q", "limit", "depth", "sort"] {
        assert!(parameters.iter().any(|one| one["name"] == json!(name)), "devices have no filter {name}");
    }
}

fn check_references(document: &Json, part: &Json) {
    match part {
        Json::Object(object) => {
            if let Some(Json::String(name)) = object.get("$ref") {
                assert!(document.pointer(name.strip_prefix('#').unwrap()).is_some(), "{name} leads nowhere");
            }
            object.values().for_each(|part| check_references(document, part));
        }
        Json::Array(parts) => parts.iter().for_each(|part| check_references(document, part)),
        _ => {}
    }
}

/// An answer is as the document says.
pub fn check(document: &Json, verb: &str, path: &str, answer: &Answer) {
    let mut said = &document["paths"][path][verb]["responses"][answer.status.to_string()];
    if let Some(name) = said.get("$ref").and_then(Json::as_str) {
        said = document.pointer(name.strip_prefix('#').unwrap()).unwrap();
    }
    assert!(said.is_object(), "{verb} {path} does not say {}: {}", answer.status, answer.body);
    let schema = &said["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert_eq!(answer.body, Json::Null);
        return;
    }
    let found = faults(document, schema, &answer.body, "body");
    assert!(found.is_empty(), "{verb} {path}: {found:#?}");
}

/// The data of an event is as the document says.
pub fn check_event(document: &Json, path: &str, data: &Json) {
    let schema = &document["paths"][path]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"];
    assert!(schema.is_object(), "{path} has no events");
    let found = faults(document, schema, data, "data");
    assert!(found.is_empty(), "{path}: {found:#?}");
}

#[tokio::test]
async fn answers_are_as_the_document_says() {
    let world = World::with_basics().await;
    let document = document(&world).await;
    let device = json!({
        "name": "sw1", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
        "location": { "name": "AMS" }, "tags": ["core"],
    });
    let made = world.post("dcim/devices", device).await;
    check(&document, "post", "/dcim/devices/", &made);
    let id = made.id();
    let interfaces = json!([
        { "device": id, "name": "a", "type": "virtual", "status": "Active" },
        { "device": id, "name": "b", "type": "lag", "status": "Active" },
    ]);
    let interfaces = world.post("dcim/interfaces", interfaces).await;
    check(&document, "post", "/dcim/interfaces/", &interfaces);
    let (a, b) = (&interfaces.body[0]["id"], &interfaces.body[1]["id"]);
    let cable = json!({
        "termination_a_type": "dcim.interface", "termination_a_id": a,
        "termination_b_type": "dcim.interface", "termination_b_id": b, "status": "Connected",
    });
    check(&document, "post", "/dcim/cables/", &world.post("dcim/cables", cable).await);
    for (list, body) in [
        ("ipam/prefixes", json!({ "prefix": "10.0.0.0/8", "status": "Active" })),
        ("ipam/ip-addresses", json!({ "address": "10.0.0.1/24", "status": "Active", "namespace": "Global" })),
        ("extras/custom-fields", json!({ "label": "Owner", "type": "text", "content_types": ["dcim.device"] })),
        ("tenancy/tenants", json!({})),
        ("tenancy/tenants", json!([{ "name": "t" }, {}])),
        ("tenancy/tenants", json!([])),
    ] {
        check(&document, "post", &format!("/{list}/"), &world.post(list, body).await);
    }
    check(
        &document,
        "post",
        "/dcim/devices/{id}/notes/",
        &world.post(&format!("dcim/devices/{id}/notes"), json!({ "note": "x" })).await,
    );
    let one = format!("dcim/devices/{id}");
    check(&document, "patch", "/dcim/devices/{id}/", &world.patch(&one, json!({ "serial": "s", "face": null })).await);
    check(
        &document,
        "patch",
        "/dcim/devices/",
        &world.patch("dcim/devices", json!([{ "id": id, "face": "rear" }])).await,
    );
    check(&document, "put", "/dcim/devices/{id}/", &world.put(&one, json!({})).await);
    check(
        &document,
        "delete",
        "/dcim/manufacturers/",
        &world.delete("dcim/manufacturers", json!([{ "id": "x" }])).await,
    );
    let mut shown = 0;
    for (path, verbs) in methods(&document) {
        let own = path.starts_with("/v1/");
        if !verbs.contains(&"get") || path.contains("{id}") || path == "/docs/" || own {
            continue;
        }
        let address = path.trim_start_matches('/');
        for query in
            ["", "?depth=1", "?exclude_m2m=true&include=config_context", "?api_version=2.0&exclude_m2m=false&depth=2"]
        {
            let answer = world.get(&format!("{address}{query}")).await;
            assert_eq!(answer.status, 200, "{path}{query}: {}", answer.body);
            check(&document, "get", path, &answer);
            for record in answer.body["results"].as_array().into_iter().flatten().take(1) {
                let url = record["url"].as_str().unwrap().split_once("/api/").unwrap().1;
                check(&document, "get", &format!("{path}{{id}}/"), &world.get(&format!("{url}{query}")).await);
                shown += 1;
            }
        }
    }
    assert!(shown > 60, "{shown} records were looked at");
}

#[tokio::test]
async fn where_it_is() {
    let world = World::new().await;
    for path in ["docs/?format=openapi", "docs/"] {
        let answer = world.send(Method::GET, path, &[("x-forwarded-prefix", "/in")], Body::empty()).await;
        assert_eq!((answer.status, &answer.headers["location"]), (301, &"/in/api/swagger.json".parse().unwrap()));
    }
    let accept = [("accept", "application/vnd.oai.openapi+json")];
    let first = world.send(Method::GET, "swagger.json?format=openapi", &accept, Body::empty()).await;
    assert_eq!((first.status, &first.headers["content-type"]), (200, &"application/json".parse().unwrap()));
    assert_eq!(first.body["openapi"], json!("3.0.3"));
    assert_eq!(first.body["servers"], json!([{ "url": "/api" }]));
    assert_eq!(first.body, document(&world).await);
    let request = Request::get("/api/swagger.json").body(Body::empty()).unwrap();
    assert_eq!(world.router.clone().oneshot(request).await.unwrap().status().as_u16(), 403);
}
