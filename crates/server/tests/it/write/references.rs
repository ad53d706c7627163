//! Every form in which a client names another record.

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_reference_takes_every_form() {
    let world = World::with_basics().await;
    let ams = world.get("dcim/locations/?name=AMS").await.body["results"][0]["id"].as_str().unwrap().to_owned();
    let forms = [
        json!(ams),
        json!(ams.to_uppercase()),
        json!({ "id": ams }),
        json!({ "id": ams, "name": "something else" }),
        json!({ "url": format!("http://nautobot.example/api/dcim/locations/{ams}/") }),
        json!(format!("http://nautobot.example/api/dcim/locations/{ams}/")),
        json!({ "name": "AMS" }),
        json!({ "name": "AMS", "parent": { "name": "North" } }),
        json!({ "name": "AMS", "parent__name": "North" }),
        json!("AMS;North"),
    ];
    for (place, form) in forms.iter().enumerate() {
        let body = json!({
            "name": format!("sw{place}"), "location": form, "device_type": "Acme;X1", "role": { "name": "Switch" },
            "status": "Active",
        });
        let answer = world.post("dcim/devices", body).await;
        assert_eq!(answer.status, 201, "{form}: {}", answer.body);
        assert_eq!(answer.body["location"]["id"], json!(ams), "{form}");
    }
    assert_eq!(world.count("dcim/devices").await, forms.len() as u64);
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_told() {
    let world = World::with_basics().await;
    world.created("dcim/locations", json!({ "name": "South", "location_type": "Region", "status": "Active" })).await;
    let twin = json!({ "name": "AMS", "location_type": "Site", "status": "Active", "parent": "South" });
    world.created("dcim/locations", twin).await;
    let nowhere = "00000000-0000-0000-0000-000000000000";
    let cases = [
        (json!({ "name": "Nope" }), "Related object not found using the provided attributes: {'name': 'Nope'}"),
        (
            json!({ "name": "AMS", "parent": { "name": "Nope" } }),
            "Related object not found using the provided attributes: {'name': 'AMS', 'parent__name': 'Nope'}",
        ),
        (json!({ "name": "AMS" }), "Multiple objects match the provided attributes: {'name': 'AMS'}"),
        // A part that is left out is null, and AMS has a parent.
        (json!("AMS"), "Related object not found using provided composite-key: AMS"),
        (json!("a;b"), "Related object not found using provided composite-key: a;b"),
        (json!({ "name": "it's" }), "Related object not found using the provided attributes: {'name': \"it's\"}"),
        (
            json!(nowhere),
            "Related object not found using the provided attributes: {'id': '00000000-0000-0000-0000-000000000000'}",
        ),
        (
            json!(5),
            "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: 5",
        ),
        (json!(null), "This field may not be null."),
        (json!(""), "This field may not be null."),
        (json!({ "asn": "many" }), "Related object not found using the provided attributes: {'asn': 'many'}"),
    ];
    for (form, expected) in cases {
        let body = json!({
            "name": "sw", "location": form, "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
        });
        let answer = world.post("dcim/devices", body).await;
        assert_eq!(answer.shown(), (400, json!({ "location": [expected] })), "{form}");
    }
    let body = json!({ "manufacturer": { "foo": 1 }, "model": "x" });
    let answer = world.post("dcim/device-types", body).await;
    let message = answer.body["manufacturer"][0].as_str().unwrap().to_owned();
    assert_eq!(answer.status, 400);
    assert!(message.starts_with("Cannot resolve keyword 'foo' into field. Choices are: "), "{message}");
}

#[tokio::test]
async fn what_is_for_other_types_is_not_found() {
    let world = World::with_basics().await;
    let device = |key: &str, value: serde_json::Value| {
        let mut body = json!({
            "name": "sw", "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch",
            "status": "Active",
        });
        body[key] = value;
        body
    };
    let cases = [
        ("tags", json!(["places"]), "Related object not found using provided composite-key: places"),
        (
            "tags",
            json!([{ "name": "places" }]),
            "Related object not found using the provided attributes: {'name': 'places'}",
        ),
        (
            "status",
            json!({ "name": "Connected" }),
            "Related object not found using the provided attributes: {'name': 'Connected'}",
        ),
    ];
    for (key, value, expected) in cases {
        let answer = world.post("dcim/devices", device(key, value.clone())).await;
        assert_eq!(answer.shown(), (400, json!({ key: [expected] })), "{value}");
    }
}

#[tokio::test]
async fn many_records_take_every_form_and_are_replaced() {
    let world = World::with_basics().await;
    let tag = world.created("extras/tags", json!({ "name": "prod", "content_types": ["dcim.device"] })).await;
    let body = json!({
        "name": "sw", "location": { "name": "AMS" }, "device_type": { "model": "X1" }, "role": "Switch",
        "status": "Active", "tags": ["core", { "name": "prod" }, tag, { "id": tag }],
    });
    let id = world.created("dcim/devices", body).await;
    let device = format!("dcim/devices/{id}");
    let names = |answer: super::world::Answer| answer.body["tags"].as_array().map(Vec::len);
    assert_eq!(names(world.get(&format!("{device}/")).await), Some(2));
    // What is not said stays.
    assert_eq!(names(world.patch(&device, json!({ "serial": "1" })).await), Some(2));
    assert_eq!(names(world.patch(&device, json!({ "tags": [tag] })).await), Some(1));
    assert_eq!(names(world.patch(&device, json!({ "tags": [] })).await), Some(0));
    for (value, expected) in [
        (json!(null), "This field may not be null."),
        (json!({ "name": "prod" }), "Expected a list of items but got type \"dict\"."),
        (json!("prod"), "Expected a list of items but got type \"str\"."),
        (json!(["nope"]), "Related object not found using provided composite-key: nope"),
    ] {
        let answer = world.patch(&device, json!({ "tags": value })).await;
        assert_eq!(answer.shown(), (400, json!({ "tags": [expected] })));
    }
    // The change log names tags, however they were written.
    world.patch(&device, json!({ "tags": [tag] })).await;
    let changes = world.get(&format!("extras/object-changes/?changed_object_id={id}&limit=1")).await;
    let data = &changes.body["results"][0]["object_data"];
    assert_eq!((&data["tags"], &data["serial"]), (&json!(["prod"]), &json!("1")), "{data}");
}

#[tokio::test]
async fn older_clients_know_one_location() {
    let world = World::with_basics().await;
    let body = json!({ "vid": 7, "name": "seven", "status": "Active", "location": { "name": "AMS" } });
    let id = world.created("ipam/vlans", body).await;
    let answer = world.get(&format!("ipam/vlans/{id}/?exclude_m2m=false")).await;
    let ams = answer.body["locations"][0]["id"].clone();
    assert_eq!(answer.body["locations"].as_array().map(Vec::len), Some(1), "{}", answer.body);
    let shown = async |version: &str| world.get(&format!("ipam/vlans/{id}/?api_version={version}")).await.body;
    assert_eq!((&shown("2.0").await["location"]["id"], shown("3.1").await.get("location")), (&ams, None));
    // Who says the whole list means that, and null is none.
    let both = json!({ "location": null, "locations": [{ "name": "AMS" }] });
    world.patch(&format!("ipam/vlans/{id}"), both).await;
    assert_eq!(shown("2.1").await["location"]["id"], ams);
    world.patch(&format!("ipam/vlans/{id}"), json!({ "location": null })).await;
    assert_eq!(shown("2.0").await["location"], json!(null));
    // Only types that have such a key know it: a config context has locations too.
    let context = json!({ "name": "c", "data": {}, "location": { "name": "nowhere" } });
    let context = world.created("extras/config-contexts", context).await;
    let answer = world.get(&format!("extras/config-contexts/{context}/?exclude_m2m=false")).await;
    assert_eq!(answer.body["locations"], json!([]), "{}", answer.body);
}
