//! Lists of objects: all or nothing, and errors where their objects are.

use serde_json::{Value as Json, json};

use super::world::World;

#[tokio::test]
async fn a_list_is_created_whole() {
    let world = World::new().await;
    let answer = world.post("tenancy/tenants", json!([{ "name": "b" }, { "name": "a", "tags": [] }])).await;
    assert_eq!(answer.status, 201);
    let names: Vec<&Json> = answer.body.as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(world.post("tenancy/tenants", json!([])).await.shown(), (201, json!([])));
}

#[tokio::test]
async fn errors_stand_where_their_objects_do() {
    let world = World::new().await;
    world.created("tenancy/tenants", json!({ "name": "taken" })).await;
    let exists = json!({ "name": ["tenant with this name already exists."] });
    let required = json!({ "name": ["This field is required."] });
    let cases = [
        (json!([{ "name": "a" }, { "name": "taken" }, { "description": "x" }]), json!([{}, exists, required])),
        // What the server finds by itself, and what only the database knows, in one answer.
        (
            json!([{ "name": ["x"] }, { "name": "taken" }, { "name": "c" }]),
            json!([{ "name": ["Not a valid string."] }, exists, {}]),
        ),
        // The same thing twice.
        (json!([{ "name": "a" }, { "name": "a" }]), json!([{}, exists])),
        (
            json!([{ "name": "a" }, 5]),
            json!([{}, { "non_field_errors": ["Invalid data. Expected a dictionary, but got int."] }]),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(world.post("tenancy/tenants", body.clone()).await.shown(), (400, expected), "{body}");
        assert_eq!(world.count("tenancy/tenants").await, 1, "{body}");
    }
    // The same again without the fault: nothing of what failed was remembered.
    let answer = world.post("tenancy/tenants", json!([{ "name": "a" }, { "name": "b" }])).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test]
async fn ten_thousand_with_one_bad_one() {
    let world = World::new().await;
    let mut bodies: Vec<Json> = (0..10_000).map(|number| json!({ "name": format!("t{number}") })).collect();
    bodies[7_777] = json!({ "name": "t3" });
    let answer = world.post("tenancy/tenants", Json::Array(bodies.clone())).await;
    assert_eq!(answer.status, 400);
    let errors = answer.body.as_array().unwrap();
    assert_eq!(errors.len(), 10_000);
    let bad: Vec<usize> = (0..10_000).filter(|place| errors[*place] != json!({})).collect();
    assert_eq!(bad, [7_777]);
    assert_eq!(world.count("tenancy/tenants").await, 0);
    bodies[7_777] = json!({ "name": "good" });
    bodies.push(json!({ "name": "one too many" }));
    let answer = world.post("tenancy/tenants", Json::Array(bodies)).await;
    assert_eq!(answer.status, 400);
    let message = answer.body["non_field_errors"][0].as_str().unwrap();
    assert!(message.contains("at most 10000"), "{message}");
}

#[tokio::test]
async fn lists_are_changed_and_deleted_by_id() {
    let world = World::new().await;
    let answer = world.post("tenancy/tenants", json!([{ "name": "a" }, { "name": "b" }, { "name": "c" }])).await;
    let ids: Vec<String> =
        answer.body.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let nowhere = "00000000-0000-0000-0000-000000000000";

    let body = json!([{ "id": ids[0], "description": "x" }, { "id": nowhere, "description": "x" }, { "id": ids[1] }]);
    let answer = world.patch("tenancy/tenants", body).await;
    assert_eq!(answer.status, 200);
    let shown: Vec<&Json> = answer.body.as_array().unwrap().iter().map(|one| &one["description"]).collect();
    assert_eq!(shown, ["x", ""]);
    // Names may be passed around.
    let body = json!([{ "id": ids[0], "name": "d" }, { "id": ids[1], "name": "a" }]);
    assert_eq!(world.patch("tenancy/tenants", body).await.status, 200);

    let required = json!({ "id": ["This field is required."] });
    let cases = [
        (json!([{ "description": "x" }]), json!([required])),
        (json!([{ "id": ids[0] }, { "name": "x" }]), json!([{}, required])),
        (json!([{ "id": "x" }]), json!([{ "id": ["Must be a valid UUID."] }])),
        (json!({ "id": ids[0] }), json!({ "non_field_errors": ["Expected a list of items but got type \"dict\"."] })),
        (
            json!([{ "id": ids[0], "description": "kept?" }, { "id": ids[1], "name": "" }]),
            json!({ "name": ["This field may not be blank."] }),
        ),
        (
            json!([{ "id": ids[0], "description": "kept?" }, { "id": ids[1], "name": "c" }]),
            json!({ "name": ["tenant with this name already exists."] }),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(world.patch("tenancy/tenants", body.clone()).await.shown(), (400, expected), "{body}");
    }
    let first = world.get(&format!("tenancy/tenants/{}/", ids[0])).await;
    assert_eq!(first.body["description"], json!("x"));
    let answer = world.put("tenancy/tenants", json!([{ "id": ids[0], "description": "y" }])).await;
    assert_eq!(answer.shown(), (400, json!({ "name": ["This field is required."] })));

    for (path, body) in [("tenancy/tenants", json!([])), ("tenancy/tenants", json!([{ "id": nowhere }]))] {
        assert_eq!(world.patch(path, body.clone()).await.shown(), (200, json!([])));
        assert_eq!(world.delete(path, body).await.status, 204);
    }
    assert_eq!(world.count("tenancy/tenants").await, 3);
    let answer = world.send(axum::http::Method::DELETE, "tenancy/tenants/", &[], "").await;
    assert_eq!(answer.status, 400);
    let body = json!([{ "id": ids[0] }, { "id": nowhere }, { "id": ids[2] }]);
    assert_eq!(world.delete("tenancy/tenants", body).await.status, 204);
    assert_eq!(world.count("tenancy/tenants").await, 1);
}

#[tokio::test]
async fn a_delete_of_many_is_all_or_nothing() {
    let world = World::with_basics().await;
    let spare = world.created("dcim/manufacturers", json!({ "name": "Spare" })).await;
    let acme = world.get("dcim/manufacturers/?name=Acme").await.body["results"][0]["id"].clone();
    let answer = world.delete("dcim/manufacturers", json!([{ "id": spare }, { "id": acme }])).await;
    assert_eq!(answer.status, 409);
    assert_eq!(world.count("dcim/manufacturers").await, 2);
}

#[tokio::test]
async fn a_list_costs_no_query_per_object() {
    let world = World::with_basics().await;
    let devices = |from: usize, count: usize| {
        let device = |number: usize| {
            json!({
                "name": format!("d{number}"), "location": { "name": "AMS" }, "device_type": "Acme;X1",
                "role": { "name": "Switch" }, "status": "Active", "tags": ["core"],
            })
        };
        Json::Array((from..from + count).map(device).collect())
    };
    assert_eq!(world.post("dcim/devices", devices(0, 4)).await.status, 201);
    let mut asked = Vec::new();
    for (from, count) in [(10, 16), (100, 256)] {
        let before = world.inventory.queries();
        assert_eq!(world.post("dcim/devices", devices(from, count)).await.status, 201);
        asked.push(world.inventory.queries() - before);
    }
    assert!(asked[1] <= asked[0] + 24, "{asked:?}");
}
