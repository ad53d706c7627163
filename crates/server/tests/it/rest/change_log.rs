//! `object_data_v2` of the change log: records in the shape of the API, as they were.

use serde_json::{Value as Json, json};

use crate::write::world::World;

const HOST: &str = "http://nautobot.example";

/// A record as it is read with one level of references, without what the log does not show: hosts and counts.
async fn read(world: &World, list: &str, id: &str) -> Json {
    let answer = world.get(&format!("{list}/{id}/?depth=1&exclude_m2m=false")).await;
    let mut object: Json = serde_json::from_str(&answer.body.to_string().replace(HOST, "")).unwrap();
    let counts = |name: &String, _: &mut Json| !name.ends_with("_count") && name != "tagged_items";
    object.as_object_mut().unwrap().retain(counts);
    object
}

/// What the log keeps of a record, the newest change first.
async fn logged(world: &World, id: &str) -> Vec<Json> {
    let answer = world.get(&format!("extras/object-changes/?changed_object_id={id}")).await;
    answer.body["results"].as_array().unwrap().iter().map(|change| change["object_data_v2"].clone()).collect()
}

/// Device `sw1` with an interface, in a world of basics.
async fn world_with_device() -> (World, String) {
    let world = World::with_basics().await;
    let device = json!({
        "name": "sw1", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active", "serial": "7",
        "location": { "name": "AMS" }, "tags": ["core"], "local_config_context_data": { "a": [1] },
    });
    let device = world.created("dcim/devices", device).await;
    (world, device)
}

#[tokio::test]
async fn a_new_record_is_logged_as_it_is_read() {
    let (world, device) = world_with_device().await;
    world
        .created(
            "extras/custom-fields",
            json!({ "label": "N", "type": "integer", "content_types": ["dcim.interface"] }),
        )
        .await;
    let mut tried = vec![("dcim/devices", device)];
    for (list, body) in [
        ("tenancy/tenant-groups", json!({ "name": "top" })),
        ("tenancy/tenants", json!({ "name": "t", "tenant_group": "top" })),
        (
            "dcim/locations",
            json!({
                "name": "BER", "location_type": "Site", "status": "Active", "parent": { "name": "North" }, "latitude": "52.5",
                "time_zone": "Europe/Berlin", "tags": ["places"],
            }),
        ),
        ("ipam/vlan-groups", json!({ "name": "VG" })),
        (
            "ipam/vlans",
            json!({ "name": "v", "vid": 1, "vlan_group": "VG", "status": "Active", "locations": ["AMS;North"] }),
        ),
        (
            "ipam/prefixes",
            json!({ "prefix": "10.0.0.0/8", "status": "Active", "tenant": "t", "date_allocated": "2026-01-02T03:04:05Z" }),
        ),
        ("ipam/ip-addresses", json!({ "address": "10.0.0.1/24", "status": "Active", "namespace": "Global" })),
        (
            "dcim/interfaces",
            json!({
                "device": { "name": "sw1" }, "name": "e1", "type": "1000base-t", "status": "Active", "mode": "tagged",
                "tagged_vlans": ["VG;1"], "mac_address": "aa:bb:cc:00:11:22", "custom_fields": { "n": 3 },
            }),
        ),
        (
            "extras/webhooks",
            json!({ "name": "w", "content_types": ["dcim.device"], "payload_url": "https://h.example/", "type_create": true }),
        ),
        ("extras/config-contexts", json!({ "name": "cc", "data": { "x": 1 }, "locations": ["AMS;North"] })),
    ] {
        tried.push((list, world.created(list, body).await));
    }
    for (list, id) in tried {
        let (found, expected) = (logged(&world, &id).await, read(&world, list, &id).await);
        assert_eq!(found.len(), 1, "{list}");
        assert_eq!(found[0], expected, "{list}");
    }
}

#[tokio::test]
async fn each_state_is_shown_as_it_was() {
    let (world, device) = world_with_device().await;
    let path = format!("dcim/devices/{device}");
    world.patch(&path, json!({ "name": "sw2", "tags": [] })).await;
    world.patch(&path, json!({ "name": "sw3", "serial": "8" })).await;
    assert_eq!(world.delete(&path, json!({})).await.status, 204);
    let states: Vec<(Json, Json, Json)> = logged(&world, &device)
        .await
        .iter()
        .map(|state| (state["display"].clone(), state["serial"].clone(), state["tags"][0]["name"].clone()))
        .collect();
    let state = |name: &str, serial: &str, tag: Option<&str>| (json!(name), json!(serial), json!(tag));
    // The delete keeps what was deleted.
    let expected =
        [state("sw3", "8", None), state("sw3", "8", None), state("sw2", "7", None), state("sw1", "7", Some("core"))];
    assert_eq!(states, expected);
    for state in logged(&world, &device).await {
        assert_eq!(state["id"], device.as_str());
        assert_eq!(state["url"], format!("/api/dcim/devices/{device}/"));
        assert_eq!(state["location"]["display"], "North → AMS");
    }
}

#[tokio::test]
async fn names_are_those_of_now_and_what_is_gone_is_an_id() {
    let world = World::with_basics().await;
    let group = world.created("tenancy/tenant-groups", json!({ "name": "old" })).await;
    let tag = json!({ "name": "short", "content_types": ["tenancy.tenant"] });
    let tag = world.created("extras/tags", tag).await;
    let tenant = json!({ "name": "t", "tenant_group": "old", "tags": ["short"] });
    let tenant = world.created("tenancy/tenants", tenant).await;
    world.patch(&format!("tenancy/tenant-groups/{group}"), json!({ "name": "new" })).await;
    assert_eq!(logged(&world, &tenant).await[0]["tenant_group"]["name"], "new");
    world.delete(&format!("tenancy/tenant-groups/{group}"), json!({})).await;
    world.delete(&format!("extras/tags/{tag}"), json!({})).await;
    let states = logged(&world, &tenant).await;
    let first = states.last().unwrap();
    let brief = json!({
        "id": group, "object_type": "tenancy.tenantgroup", "url": format!("/api/tenancy/tenant-groups/{group}/"),
    });
    assert_eq!((&first["tenant_group"], &first["tags"]), (&brief, &json!([])));
}

#[tokio::test]
async fn changes_cost_no_queries_each() {
    let world = World::with_basics().await;
    let mut asked = Vec::new();
    for number in [3, 40] {
        let tenants = (0..number).map(|place| json!({ "name": format!("t{number}-{place}") }));
        let answer = world.post("tenancy/tenants", tenants.collect()).await;
        let request = world
            .get(&format!("extras/object-changes/?changed_object_id={}", answer.body[0]["id"].as_str().unwrap()))
            .await;
        let request = request.body["results"][0]["request_id"].as_str().unwrap().to_owned();
        let path = format!("extras/object-changes/?request_id={request}&limit=0");
        assert_eq!(world.get(&path).await.body["count"], number);
        let before = world.inventory.queries();
        world.get(&path).await;
        asked.push(world.inventory.queries() - before);
    }
    assert_eq!(asked[0], asked[1]);
}
