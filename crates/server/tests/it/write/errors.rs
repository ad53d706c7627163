//! What is wrong with a body, in the words of the contract.

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::world::World;

#[tokio::test]
async fn every_kind_of_error_has_its_text() {
    let world = World::with_basics().await;
    let long = "x".repeat(256);
    world.created("tenancy/tenants", json!({ "name": "T1" })).await;
    world.created("ipam/prefixes", json!({ "prefix": "10.0.0.0/24", "status": "Active" })).await;
    let required = "This field is required.";
    let cases: Vec<(&str, Json, Json)> = vec![
        ("tenancy/tenants", json!({}), json!({ "name": [required] })),
        ("tenancy/tenants", json!({ "name": null }), json!({ "name": ["This field may not be null."] })),
        ("tenancy/tenants", json!({ "name": "  " }), json!({ "name": ["This field may not be blank."] })),
        ("tenancy/tenants", json!({ "name": {} }), json!({ "name": ["Not a valid string."] })),
        (
            "tenancy/tenants",
            json!({ "name": long }),
            json!({ "name": ["Ensure this field has no more than 255 characters."] }),
        ),
        ("tenancy/tenants", json!({ "name": "T1" }), json!({ "name": ["tenant with this name already exists."] })),
        ("tenancy/tenants", json!({ "name": " T1 " }), json!({ "name": ["tenant with this name already exists."] })),
        ("tenancy/tenants", json!({ "name": "T2", "id": "x" }), json!({ "id": ["Must be a valid UUID."] })),
        (
            "tenancy/tenants",
            json!(5),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got int."] }),
        ),
        (
            "tenancy/tenants",
            json!("a"),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got str."] }),
        ),
        (
            "tenancy/tenants",
            json!([1, {}]),
            json!([{ "non_field_errors": ["Invalid data. Expected a dictionary, but got int."] }, {}]),
        ),
        (
            "dcim/devices",
            json!({ "name": "x" }),
            json!({ "device_type": [required], "status": [required], "role": [required], "location": [required] }),
        ),
        (
            "dcim/devices",
            json!({ "face": "left", "position": "first", "vc_position": 256, "location": { "name": "Nope" } }),
            json!({
                "position": ["A valid integer is required."],
                "face": ["left is not a valid choice."],
                "vc_position": ["Ensure this value is less than or equal to 255."],
                "location": ["Related object not found using the provided attributes: {'name': 'Nope'}"],
                "device_type": [required], "status": [required], "role": [required],
            }),
        ),
        (
            "dcim/device-types",
            json!({ "manufacturer": "Acme", "model": "X1" }),
            json!({ "non_field_errors": ["The fields manufacturer, model must make a unique set."] }),
        ),
        (
            "dcim/device-types",
            json!({ "manufacturer": "Acme", "model": "X2", "is_full_depth": "maybe" }),
            json!({ "is_full_depth": ["Must be a valid boolean."] }),
        ),
        (
            "extras/statuses",
            json!({ "name": "S", "content_types": ["x.y"] }),
            json!({ "content_types": ["Invalid content type: x.y"] }),
        ),
        ("extras/statuses", json!({ "name": "S" }), json!({ "content_types": [required] })),
        (
            "extras/statuses",
            json!({ "name": "S", "content_types": [] }),
            json!({ "content_types": ["This list may not be empty."] }),
        ),
        (
            "ipam/prefixes",
            json!({ "prefix": "10.0.0.0/24", "status": "Active" }),
            json!({ "__all__": ["Prefix with this Namespace, Network and Prefix length already exists."] }),
        ),
        (
            "ipam/prefixes",
            json!({ "prefix": "10.0.0.300/24", "status": "Active" }),
            json!({ "prefix": ["Invalid IP address: 10.0.0.300/24"] }),
        ),
        ("ipam/prefixes", json!({ "status": "Active" }), json!({ "prefix": [required] })),
        (
            "ipam/prefixes",
            json!({ "prefix": "", "status": "Active" }),
            json!({ "prefix": ["This field may not be blank."] }),
        ),
        (
            "ipam/ip-addresses",
            json!({ "address": "192.0.2.1/24", "status": "Active", "namespace": "Global" }),
            json!({ "namespace": ["No suitable parent Prefix for 192.0.2.1 exists in Namespace Global"] }),
        ),
        (
            "dcim/locations",
            json!({ "name": "L", "status": "Active", "location_type": "Site" }),
            json!({ "parent": ["A Location of type Site must have a parent Location."] }),
        ),
        (
            "dcim/locations",
            json!({ "name": "L", "status": "Active", "location_type": "Region", "latitude": 91 }),
            json!({ "latitude": ["Ensure this value is less than or equal to 90."] }),
        ),
        (
            "dcim/locations",
            json!({ "name": "L", "status": "Active", "location_type": "Region", "latitude": "1.1234567" }),
            json!({ "latitude": ["Ensure that there are no more than 6 decimal places."] }),
        ),
        (
            "dcim/locations",
            json!({ "name": "North", "status": "Active", "location_type": "Region" }),
            json!({ "__all__": ["Location with this Name and Parent already exists."] }),
        ),
    ];
    for (list, body, expected) in cases {
        let answer = world.post(list, body.clone()).await;
        assert_eq!(answer.shown(), (400, expected), "{list} {body}");
    }
    assert_eq!(world.count("tenancy/tenants").await, 1);
    assert_eq!(world.count("dcim/devices").await, 0);
}

#[tokio::test]
async fn what_is_no_json_is_told_by_place() {
    let world = World::new().await;
    let text = |detail: &str| json!({ "detail": format!("JSON parse error - {detail}") });
    for (body, detail) in [
        ("{bad", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("nope", "Expecting value: line 1 column 1 (char 0)"),
        ("{\"name\": \"a\"\n \"b\": 1}", "Expecting ',' delimiter: line 2 column 2 (char 14)"),
    ] {
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            let answer = world.send(method, "tenancy/tenants/", &[], body).await;
            assert_eq!(answer.shown(), (400, text(detail)), "{body}");
        }
    }
    let deep = "[".repeat(100_000);
    assert_eq!(world.send(Method::POST, "tenancy/tenants/", &[], deep).await.status, 400);
    let bytes = b"{\"name\": \"\xff\"}".to_vec();
    assert_eq!(world.send(Method::POST, "tenancy/tenants/", &[], bytes).await.status, 400);
}

#[tokio::test]
async fn other_bodies_and_methods_are_refused() {
    let world = World::new().await;
    let plain = world.send_as("text/plain", Method::POST, "tenancy/tenants/", "name=x").await;
    let detail = json!({ "detail": "Unsupported media type \"text/plain\" in request." });
    assert_eq!(plain.shown(), (415, detail));
    let answer = world.post("extras/object-changes", json!({ "action": "create" })).await;
    assert_eq!(answer.shown(), (405, json!({ "detail": "Method \"POST\" not allowed." })));
}

#[tokio::test]
async fn texts_of_every_kind_are_data() {
    let world = World::with_basics().await;
    for text in
        ["'; DROP TABLE tenancy_tenant; --", "../../etc/passwd", "%00", "a\"b", "\u{202e}x", "100%_", "\\", "{{7*7}}"]
    {
        let id = world.created("tenancy/tenants", json!({ "name": text, "comments": text })).await;
        let answer = world.get(&format!("tenancy/tenants/{id}/")).await;
        assert_eq!((&answer.body["name"], &answer.body["comments"]), (&json!(text), &json!(text)));
        let missing = world.post("dcim/platforms", json!({ "name": "p", "manufacturer": { "name": text } })).await;
        assert_eq!(missing.status, 400, "{text}");
    }
    let nul = world.post("tenancy/tenants", json!({ "name": "a\u{0}b" })).await;
    assert_eq!(nul.shown(), (400, json!({ "name": ["Null characters are not allowed."] })));
    let nul = world.post("dcim/platforms", json!({ "name": "p", "manufacturer": { "name": "a\u{0}b" } })).await;
    assert_eq!(nul.status, 400);
    let nul = world.post("dcim/platforms", json!({ "name": "p", "manufacturer": "a\u{0}b" })).await;
    assert_eq!(nul.status, 400);
}
