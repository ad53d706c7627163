use serde_json::{Value as Json, json};

use crate::rest::openapi::{check, document};
use crate::write::world::World;

/// Everything behind a cursor, in pages of a size.
async fn follow(world: &World, query: &str, after: Option<&str>, limit: usize) -> (Vec<Json>, String) {
    let (mut seen, mut at) = (Vec::new(), after.map(str::to_owned));
    loop {
        let from = at.map_or_else(String::new, |at| format!("&after={at}"));
        let page = world.get(&format!("v1/changes/?limit={limit}{from}{query}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        seen.extend(page.body["results"].as_array().unwrap().iter().cloned());
        let next = page.body["next"].as_str().unwrap().to_owned();
        if page.body["more"] == json!(false) {
            return (seen, next);
        }
        at = Some(next);
    }
}

fn told(changes: &[Json]) -> Vec<String> {
    let text = |change: &Json, key: &str| change[key].as_str().unwrap().to_owned();
    changes
        .iter()
        .map(|change| format!("{} {} {}", text(change, "action"), text(change, "content_type"), text(change, "name")))
        .collect()
}

#[tokio::test]
async fn the_log_is_followed_oldest_first() {
    let world = World::with_basics().await;
    let document = document(&world).await;
    check(&document, "get", "/v1/changes/", &world.get("v1/changes/").await);
    let (all, end) = follow(&world, "", None, 1000).await;
    assert_eq!(follow(&world, "", None, 2).await, (all.clone(), end.clone()));
    assert_eq!(
        told(&all)[..3],
        ["create dcim.locationtype Region", "create dcim.locationtype Site", "create dcim.location North"]
    );

    let id = world.created("tenancy/tenants", json!({ "name": "a" })).await;
    world.patch(&format!("tenancy/tenants/{id}"), json!({ "description": "d" })).await;
    world.delete(&format!("tenancy/tenants/{id}"), json!(null)).await;
    let (new, later) = follow(&world, "", Some(&end), 1).await;
    assert_eq!(told(&new), ["create tenancy.tenant a", "update tenancy.tenant a", "delete tenancy.tenant a"]);
    assert_eq!(follow(&world, "", Some(&later), 1).await, (Vec::new(), later.clone()));
    assert_eq!(
        world.get("v1/changes/?after=newest").await.body,
        json!({ "results": [], "next": later, "more": false })
    );
    // A change tells the same as the record of the log does.
    let logged = world.get(&format!("extras/object-changes/{}/", new[1]["id"].as_str().unwrap())).await.body;
    assert_eq!(new[1]["time"], logged["time"]);
    assert_eq!(new[1]["data"], logged["object_data"]);
    assert_eq!((&new[1]["object"], &new[1]["request"]), (&logged["changed_object_id"], &logged["request_id"]));
    assert_eq!(new[1]["user"], "admin");
}

#[tokio::test]
async fn filters_and_what_a_component_is_part_of() {
    let world = World::with_basics().await;
    let device = json!({
        "name": "sw1", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active", "location": { "name": "AMS" },
    });
    let device = world.created("dcim/devices", device).await;
    let interface = json!({ "device": device, "name": "a", "type": "virtual", "status": "Active" });
    let interface = world.created("dcim/interfaces", interface).await;
    world.delete(&format!("dcim/devices/{device}"), json!(null)).await;
    let (all, _) = follow(&world, "", None, 1000).await;
    let request = all.last().unwrap()["request"].as_str().unwrap();
    for (query, expected) in [
        (format!("&object={interface}"), vec!["create dcim.interface a", "delete dcim.interface a"]),
        (format!("&request={request}"), vec!["delete dcim.interface a", "delete dcim.device sw1"]),
        ("&content_type=dcim.device&action=create".to_owned(), vec!["create dcim.device sw1"]),
        (
            "&content_type=dcim.device&content_type=dcim.interface&action=delete".to_owned(),
            vec!["delete dcim.interface a", "delete dcim.device sw1"],
        ),
    ] {
        let (found, _) = follow(&world, &query, None, 1).await;
        assert_eq!(told(&found), expected, "{query}");
    }
    let (found, _) = follow(&world, &format!("&object={interface}"), None, 10).await;
    assert_eq!(found[0]["part_of"], json!({ "content_type": "dcim.device", "object": device }));
}

/// Who may see part of the log follows that part.
#[tokio::test]
async fn permissions_count() {
    let world = World::with_basics().await;
    let only = json!({ "changed_object_type": "dcim.location" });
    let reader = world.as_user("reader", &[(&["view"], &["extras.objectchange"], only)]).await;
    let (seen, _) = follow(&reader, "", None, 1).await;
    assert_eq!(told(&seen), ["create dcim.location North", "create dcim.location AMS"]);
}

/// The number of queries does not depend on how many changes there are.
#[tokio::test]
async fn a_page_costs_the_same_whatever_its_length() {
    let world = World::with_basics().await;
    let cost = async |limit: usize| {
        let before = world.inventory.queries();
        assert_eq!(world.get(&format!("v1/changes/?limit={limit}")).await.status, 200);
        world.inventory.queries() - before
    };
    cost(1).await;
    assert_eq!(cost(1).await, cost(1000).await);
}
