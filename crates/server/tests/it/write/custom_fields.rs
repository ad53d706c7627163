//! Custom fields over REST.

use serde_json::{Value as Json, json};

use super::world::World;

async fn field(world: &World, body: Json) -> String {
    let mut whole = json!({ "content_types": ["tenancy.tenant"], "type": "text" });
    for (key, value) in body.as_object().unwrap() {
        whole[key] = value.clone();
    }
    world.created("extras/custom-fields", whole).await
}

#[tokio::test]
async fn values_are_merged_and_unknown_keys_dropped() {
    let world = World::new().await;
    field(&world, json!({ "label": "Asset owner" })).await;
    field(&world, json!({ "label": "Floor", "type": "integer", "default": 3, "validation_maximum": 9 })).await;
    let kind = field(&world, json!({ "label": "Kind", "type": "select" })).await;
    world.created("extras/custom-field-choices", json!({ "custom_field": kind, "value": "big" })).await;
    let values = |answer: &super::world::Answer| answer.body["custom_fields"].clone();

    let answer = world.post("tenancy/tenants", json!({ "name": "T" })).await;
    assert_eq!(values(&answer), json!({ "asset_owner": null, "floor": 3, "kind": null }), "{}", answer.body);
    let path = format!("tenancy/tenants/{}", answer.id());
    let body = json!({ "custom_fields": { "asset_owner": "me", "bogus": 1, "kind": "big" } });
    let answer = world.patch(&path, body).await;
    assert_eq!(values(&answer), json!({ "asset_owner": "me", "floor": 3, "kind": "big" }));
    let answer = world.patch(&path, json!({ "custom_fields": { "floor": "4", "kind": null } })).await;
    assert_eq!(values(&answer), json!({ "asset_owner": "me", "floor": 4, "kind": null }));

    let wrong = |text: &str| json!({ "__all__": [text] });
    for (given, expected) in [
        (json!({ "asset_owner": 5 }), wrong("Invalid value for custom field 'asset_owner': Value must be a string")),
        (json!({ "floor": "x" }), wrong("Invalid value for custom field 'floor': Value must be an integer.")),
        (json!({ "floor": 10 }), wrong("Invalid value for custom field 'floor': Value must not exceed 9")),
        (
            json!({ "kind": "small" }),
            wrong("Invalid value for custom field 'kind': Invalid choice (small). Available choices are: big"),
        ),
        (json!(null), json!({ "custom_fields": ["This field may not be null."] })),
    ] {
        let answer = world.patch(&path, json!({ "custom_fields": given })).await;
        assert_eq!(answer.shown(), (400, expected), "{given}");
    }
    // A definition that changes is noticed.
    field(&world, json!({ "label": "Must", "required": true })).await;
    let answer = world.post("tenancy/tenants", json!({ "name": "U" })).await;
    assert_eq!(answer.shown(), (400, wrong("Missing required custom field 'must'.")));
    let body = json!({ "name": "U", "custom_fields": { "must": "x" } });
    assert_eq!(world.post("tenancy/tenants", body).await.status, 201);
}
