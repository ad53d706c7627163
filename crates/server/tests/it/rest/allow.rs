//! `Allow` is on every answer of an address that is there, whatever the answer is.

use axum::body::Body;
use axum::http::{Method, Request};
use tower::ServiceExt as _;

use crate::write::world::World;

const LIST: &str = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS";
const OBJECT: &str = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";
const SHOWN: &str = "GET, HEAD, OPTIONS";

#[tokio::test]
async fn answers_say_what_is_allowed() {
    let world = World::new().await;
    let id = world.created("tenancy/tenants", serde_json::json!({ "name": "a" })).await;
    let tenant = format!("tenancy/tenants/{id}/");
    let notes = format!("{tenant}notes/");
    let cases = [
        (Method::GET, "", 200, SHOWN),
        (Method::POST, "", 405, SHOWN),
        (Method::GET, "dcim/", 200, SHOWN),
        (Method::GET, "tenancy/tenants/", 200, LIST),
        (Method::HEAD, "tenancy/tenants/", 200, LIST),
        (Method::GET, "tenancy/tenants/?bogus=1", 400, LIST),
        (Method::GET, "tenancy/tenants/?format=xml", 404, LIST),
        (Method::TRACE, "tenancy/tenants/", 405, LIST),
        (Method::POST, "tenancy/tenants/", 400, LIST),
        (Method::GET, &tenant, 200, OBJECT),
        (Method::POST, &tenant, 405, OBJECT),
        (Method::GET, "tenancy/tenants/none/", 404, OBJECT),
        (Method::OPTIONS, &notes, 200, "GET, POST, HEAD, OPTIONS"),
        (Method::DELETE, &notes, 405, "GET, POST, HEAD, OPTIONS"),
        (Method::PUT, "extras/object-changes/", 405, SHOWN),
        (Method::POST, "extras/jobs/", 405, OBJECT),
        (Method::GET, "graphql/", 405, "POST, OPTIONS"),
        (Method::GET, "dcim/nope/", 404, ""),
        (Method::GET, "tenancy/tenants/a/b/c/", 404, ""),
    ];
    for (method, path, status, allow) in cases {
        let answer = world.send(method.clone(), path, &[], Body::empty()).await;
        let found = answer.headers.get("allow").map_or("", |allow| allow.to_str().unwrap());
        assert_eq!((answer.status, found), (status, allow), "{method} {path}");
    }
}

#[tokio::test]
async fn who_is_not_let_in_learns_it_too() {
    let world = World::new().await;
    for (accept, status) in [("*/*", 403), ("text/plain", 406)] {
        let request = Request::get("/api/tenancy/tenants/").header("accept", accept).body(Body::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (status, &LIST.parse().unwrap()));
    }
}
