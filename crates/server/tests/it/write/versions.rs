//! Writes that demand the version that a client has read.

use axum::http::Method;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_write_may_demand_a_version() {
    let world = World::new().await;
    let answer = world.post("tenancy/tenants", json!({ "name": "T" })).await;
    let path = format!("tenancy/tenants/{}/", answer.id());
    let tag = answer.headers["etag"].to_str().unwrap().to_owned();
    let read = world.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(read, tag);

    let patch = |tag: String, text: &'static str| {
        let (world, path) = (&world, &path);
        async move {
            let body = json!({ "description": text }).to_string();
            world.send(Method::PATCH, path, &[("if-match", tag.as_str())], body).await
        }
    };
    let answer = patch(tag.clone(), "one").await;
    assert_eq!(answer.status, 200);
    let newer = answer.headers["etag"].to_str().unwrap().to_owned();
    assert_ne!(newer, tag);
    assert_eq!(patch(tag.clone(), "two").await.status, 412);
    assert_eq!(world.send(Method::DELETE, &path, &[("if-match", tag.as_str())], "").await.status, 412);
    assert_eq!(world.get(&path).await.body["description"], json!("one"));
    assert_eq!(patch("*".to_owned(), "three").await.status, 200);

    let long_ago = [("if-unmodified-since", "Wed, 21 Oct 2015 07:28:00 GMT")];
    assert_eq!(world.send(Method::DELETE, &path, &long_ago, "").await.status, 412);
    let some_day = [("if-unmodified-since", "Wed, 21 Oct 2099 07:28:00 GMT")];
    assert_eq!(world.send(Method::DELETE, &path, &some_day, "").await.status, 204);
}
