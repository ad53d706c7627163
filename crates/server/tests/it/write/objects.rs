//! One object: created, changed, replaced, deleted.

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn an_object_lives_and_goes() {
    let world = World::new().await;
    let answer = world.post("tenancy/tenants", json!({ "name": " T ", "bogus": 1, "created": "1999-01-01" })).await;
    assert_eq!(answer.status, 201);
    let id = answer.id();
    let url = format!("http://nautobot.example/api/tenancy/tenants/{id}/");
    assert_eq!(answer.headers["location"], url.as_str());
    assert_eq!((&answer.body["name"], &answer.body["url"]), (&json!("T"), &json!(url)));
    assert!(!answer.body["created"].as_str().unwrap().starts_with("1999"), "{}", answer.body);

    let path = format!("tenancy/tenants/{id}");
    let answer = world.patch(&path, json!({ "description": "one" })).await;
    assert_eq!((answer.status, &answer.body["description"], &answer.body["name"]), (200, &json!("one"), &json!("T")));
    // PUT demands what is required and leaves the rest.
    let answer = world.put(&path, json!({ "description": "two" })).await;
    assert_eq!(answer.shown(), (400, json!({ "name": ["This field is required."] })));
    let answer = world.put(&path, json!({ "name": "U" })).await;
    assert_eq!((answer.status, &answer.body["description"], &answer.body["name"]), (200, &json!("one"), &json!("U")));
    // An object that was read can be sent back whole.
    let mut whole = world.get(&format!("{path}/")).await.body;
    whole["name"] = json!("V");
    let answer = world.put(&path, whole).await;
    assert_eq!((answer.status, &answer.body["name"]), (200, &json!("V")));

    assert_eq!(world.delete(&path, json!(null)).await.status, 204);
    for answer in [world.delete(&path, json!(null)).await, world.patch(&path, json!({})).await] {
        assert_eq!(answer.status, 404);
    }
}

#[tokio::test]
async fn a_client_may_give_the_id() {
    let world = World::new().await;
    let id = "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
    assert_eq!(world.created("tenancy/tenants", json!({ "name": "a", "id": id })).await, id);
    let answer = world.post("tenancy/tenants", json!({ "name": "b", "id": id })).await;
    assert_eq!(answer.shown(), (400, json!({ "id": ["tenant with this id already exists."] })));
    // A PATCH does not move an object to another id.
    let other = "7c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
    let answer = world.patch(&format!("tenancy/tenants/{id}"), json!({ "id": other, "name": "c" })).await;
    assert_eq!((answer.status, &answer.body["id"], &answer.body["name"]), (200, &json!(id), &json!("c")));
}

#[tokio::test]
async fn values_are_taken_leniently() {
    let world = World::with_basics().await;
    let body = json!({
        "name": 5, "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch",
        "status": { "name": "Active" }, "vc_priority": "2", "face": { "value": "front", "label": "Front" }, "serial": 7,
    });
    let answer = world.post("dcim/devices", body).await;
    // Without a rack there is no face; what counts here is that everything else was understood.
    assert!(matches!(answer.status, 201 | 400), "{}", answer.body);
    let device = json!({
        "name": 5, "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch",
        "status": { "name": "Active" }, "vc_priority": "2", "serial": 7, "face": null, "tenant": null,
    });
    if answer.status == 400 {
        assert_eq!(
            answer.body.as_object().map(|errors| errors.keys().cloned().collect::<Vec<_>>()),
            Some(vec!["face".to_owned()])
        );
        world.created("dcim/devices", device).await;
    }
    let device = world.get("dcim/devices/?name=5").await.body["results"][0].clone();
    assert_eq!((&device["name"], &device["vc_priority"], &device["serial"]), (&json!("5"), &json!(2), &json!("7")));
    let body = json!({
        "device": device["id"], "name": "eth0", "type": "1000base-t", "status": "Active", "enabled": "false",
        "mtu": "1500", "mac_address": "aabb.ccdd.eeff",
    });
    let interface = world.post("dcim/interfaces", body).await;
    assert_eq!(interface.status, 201, "{}", interface.body);
    assert_eq!(
        (&interface.body["enabled"], &interface.body["mtu"], &interface.body["mac_address"]),
        (&json!(false), &json!(1500), &json!("AA:BB:CC:DD:EE:FF")),
    );
}

#[tokio::test]
async fn a_prefix_may_come_in_two_parts() {
    let world = World::new().await;
    let body =
        json!({ "network": "10.1.0.0", "prefix_length": 16, "status": "Active", "namespace": { "name": "Global" } });
    let id = world.created("ipam/prefixes", body).await;
    let answer = world.get(&format!("ipam/prefixes/{id}/")).await;
    assert_eq!(answer.body["prefix"], json!("10.1.0.0/16"));
    // The whole wins over its parts, as in an object that was read and is sent back.
    let mut whole = answer.body.clone();
    whole["prefix"] = json!("10.2.0.0/16");
    let answer = world.put(&format!("ipam/prefixes/{id}"), whole).await;
    assert_eq!((answer.status, &answer.body["network"]), (200, &json!("10.2.0.0")), "{}", answer.body);
}

#[tokio::test]
async fn what_others_need_stays() {
    let world = World::with_basics().await;
    world.created("dcim/platforms", json!({ "name": "IOS", "manufacturer": "Acme" })).await;
    let acme = world.get("dcim/manufacturers/?name=Acme").await.body["results"][0]["id"].as_str().unwrap().to_owned();
    for path in [format!("dcim/manufacturers/{acme}"), "dcim/manufacturers".to_owned()] {
        let answer = world.delete(&path, json!([{ "id": acme }])).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("Unable to delete object. 2 dependent objects were found: "), "{detail}");
        assert!(detail.contains("IOS (") && detail.contains("X1 ("), "{detail}");
    }
    assert_eq!(world.count("dcim/manufacturers").await, 1);
}

#[tokio::test]
async fn the_log_tells_who_and_how() {
    let world = World::with_basics().await;
    let body = json!({
        "name": "sw", "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
    });
    let device = world.created("dcim/devices", body).await;
    let body = json!({ "device": device, "name": "eth0", "type": "virtual", "status": "Active" });
    let interface = world.created("dcim/interfaces", body).await;
    world.patch(&format!("dcim/interfaces/{interface}"), json!({ "label": "x" })).await;
    let path = format!("extras/object-changes/?changed_object_id={interface}&sort=time");
    let changes = world.get(&path).await.body["results"].clone();
    let shown: Vec<_> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
            (text("user_name"), text("change_context"), text("change_context_detail"), text("related_object_id"))
        })
        .collect();
    let row = |what: &str| ("admin".to_owned(), "web".to_owned(), format!("dcim-api:interface-{what}"), device.clone());
    assert_eq!(shown, [row("list"), row("detail")]);
    let first = &changes[0];
    assert_eq!(first["related_object_type"], json!("dcim.device"));
    assert_ne!(first["user"], json!(null));
    let data = &first["object_data"];
    assert_eq!((&data["device"], &data["label"], &data["tags"]), (&json!(device), &json!(""), &json!([])));
    assert_eq!(data.get("id"), None);
}
