//! What users may write who are no administrators.

use serde_json::json;

use super::world::World;

const NO: &str = "You do not have permission to perform this action.";

#[tokio::test]
async fn without_a_right_nothing_is_written() {
    let world = World::new().await;
    let id = world.created("tenancy/tenants", json!({ "name": "a" })).await;
    let path = format!("tenancy/tenants/{id}");
    let reader = world.as_user("reader", &[(&["view"], &["tenancy.tenant"], json!(null))]).await;
    let refused = (403, json!({ "detail": NO }));
    for answer in [
        reader.post("tenancy/tenants", json!({ "name": "b" })).await,
        reader.patch(&path, json!({ "name": "b" })).await,
        reader.put(&path, json!({ "name": "b" })).await,
        reader.delete(&path, json!(null)).await,
        reader.patch("tenancy/tenants", json!([])).await,
        reader.delete("tenancy/tenants", json!([{ "id": id }])).await,
    ] {
        assert_eq!(answer.shown(), refused);
    }
    assert_eq!(world.get(&format!("{path}/")).await.body["name"], json!("a"));
}

#[tokio::test]
async fn nothing_leaves_or_enters_a_constraint() {
    let world = World::new().await;
    let foreign = world.created("tenancy/tenants", json!({ "name": "other" })).await;
    let all = &["view", "add", "change", "delete"];
    let bound = json!({ "name__startswith": "ams" });
    let user =
        world.as_user("ams", &[(all, &["tenancy.tenant"], bound), (&["view"], &["tenancy.tenant"], json!(null))]).await;
    let refused = (403, json!({ "detail": NO }));

    assert_eq!(user.post("tenancy/tenants", json!({ "name": "fra1" })).await.shown(), refused);
    let both = json!([{ "name": "ams1" }, { "name": "fra1" }]);
    assert_eq!(user.post("tenancy/tenants", both).await.shown(), refused);
    assert_eq!(world.count("tenancy/tenants").await, 1);
    let id = user.created("tenancy/tenants", json!({ "name": "ams1" })).await;
    let path = format!("tenancy/tenants/{id}");
    assert_eq!(user.patch(&path, json!({ "name": "fra1" })).await.shown(), refused);
    assert_eq!(user.patch(&path, json!({ "name": "ams2" })).await.status, 200);

    // What lies outside is not there to be changed.
    let other = format!("tenancy/tenants/{foreign}");
    assert_eq!(user.patch(&other, json!({ "description": "x" })).await.status, 404);
    assert_eq!(user.delete(&other, json!(null)).await.status, 404);
    let list = json!([{ "id": foreign, "description": "x" }]);
    assert_eq!(user.patch("tenancy/tenants", list.clone()).await.shown(), (200, json!([])));
    assert_eq!(user.delete("tenancy/tenants", list).await.status, 204);
    assert_eq!(world.count("tenancy/tenants").await, 2);
    // Errors are told within a constraint too, and nothing stays open after them.
    let answer = user.post("tenancy/tenants", json!({ "name": "ams2" })).await;
    assert_eq!(answer.status, 400);
    world.created("tenancy/tenants", json!({ "name": "after" })).await;
    assert_eq!(user.delete(&path, json!(null)).await.status, 204);
}
