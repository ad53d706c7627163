//! What users may write who are no administrators.

use serde_json::{Value as Json, json};
use trueup_inventory::Dialect;
use trueup_inventory::testing::TestDatabase;

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

/// A bad expression is told to whoever writes the permission, not to those who look at records later.
#[tokio::test]
async fn expressions_in_constraints_are_good() {
    let world = World::new().await;
    let reader = world.as_user("reader", &[]).await;
    let body = |name: &str, constraints: Json| {
        json!({
            "name": name, "object_types": ["tenancy.tenant"], "actions": ["view"], "users": [{ "username": "reader" }],
            "constraints": constraints,
        })
    };
    // Rust's expressions know what PostgreSQL's do not.
    let only_here = r"\p{Lu}.*";
    let on_postgres = TestDatabase::dialect() == Dialect::Postgres;
    for (constraints, status) in [
        (json!({ "name__regex": "^a[0-9]+$" }), 201),
        (json!({ "name__regex": "(" }), 400),
        (json!([{ "name": "x" }, { "name__iregex": "[" }]), 400),
        (json!({ "name__regex": only_here }), if on_postgres { 400 } else { 201 }),
        (json!({ "name": "(" }), 201),
    ] {
        let answer = world.post("users/permissions", body(&constraints.to_string(), constraints.clone())).await;
        assert_eq!(answer.status, status, "{constraints}: {}", answer.body);
        if status == 400 {
            let told = answer.body["constraints"][0].as_str().unwrap();
            assert!(told.starts_with("constraint `name__") && told.contains("regular expression"), "{told}");
        }
    }
    assert_eq!(reader.get("tenancy/tenants/").await.status, 200);
}
