//! Every refusal has one form.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::rest::openapi::{check, document};
use crate::write::world::World;

#[tokio::test]
async fn refusals_say_what_happened_and_what_to_do() {
    let world = World::new().await;
    let document = document(&world).await;
    let nobody = world.as_user("nobody", &[]).await;
    let bad = |parameters: Json| json!({ "parameters": parameters });
    let none = || json!({});
    let unknown = |known: &str| format!("there is no such parameter; {known}");
    let all = unknown("there are after, limit, content_type, action, object, request");
    for (user, method, path, status, code, details) in [
        (&world, Method::GET, "v1/nothing/", 404, "no_such_address", none()),
        (&world, Method::GET, "v1/", 404, "no_such_address", none()),
        (&world, Method::POST, "v1/changes/", 405, "wrong_method", none()),
        (
            &world,
            Method::GET,
            "v1/status/?depth=1",
            400,
            "bad_parameter",
            bad(json!({ "depth": unknown("this address takes none") })),
        ),
        (
            &world,
            Method::GET,
            "v1/changes/?limit=0&bogus=1&action=rename&object=7",
            400,
            "bad_parameter",
            bad(json!({
                "limit": "`0` is no number from 1 to 1000",
                "bogus": all,
                "action": "`rename` is none of create, update, delete",
                "object": "`7` is no UUID",
            })),
        ),
        (
            &world,
            Method::GET,
            "v1/changes/?after=x",
            400,
            "bad_parameter",
            bad(json!({ "after": "`x` is no cursor; use the `next` of an answer, or `newest`" })),
        ),
        (
            &world,
            Method::GET,
            "v1/changes/?after=99999",
            400,
            "cursor_ahead",
            bad(json!({ "after": "the cursor 99999 is ahead of the log, which ends at 2" })),
        ),
        (
            &world,
            Method::GET,
            "v1/changes/?content_type=dcim.devise",
            400,
            "bad_parameter",
            bad(json!({ "content_type": "there is no content type `dcim.devise`; did you mean `dcim.device`?" })),
        ),
        (
            &world,
            Method::GET,
            "v1/changes/?content_type=%00",
            400,
            "bad_parameter",
            bad(json!({ "content_type": "it may hold no null character" })),
        ),
        (&nobody, Method::GET, "v1/changes/", 403, "forbidden", none()),
    ] {
        let answer = user.send(method.clone(), path, &[], Body::empty()).await;
        let error = answer.body["error"].as_object().unwrap_or_else(|| panic!("{path}: {}", answer.body));
        assert_eq!((answer.status, &error["code"], &error["details"]), (status, &json!(code), &details), "{path}");
        let told = |key: &str| error[key].as_str().unwrap().len();
        assert!(error.len() == 4 && told("message") > 10 && told("hint") > 5, "{path}: {}", answer.body);
        let known = path.split('?').next().unwrap();
        if method == Method::GET && ["v1/changes/", "v1/status/"].contains(&known) {
            check(&document, "get", &format!("/{known}"), &answer);
        }
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let world = World::new().await;
    for token in [None, Some("Token"), Some("Token 0000000000000000000000000000000000000000")] {
        let mut request = Request::builder().uri("/api/v1/status/");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 401, "{token:?}");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "no_valid_token", "{token:?}");
    }
}

#[tokio::test]
async fn options_and_allow_say_what_there_is() {
    let world = World::new().await;
    let answer = world.send(Method::OPTIONS, "v1/changes/", &[], Body::empty()).await;
    assert_eq!((answer.status, &answer.headers["allow"]), (200, &"GET, HEAD, OPTIONS".parse().unwrap()));
    assert_eq!(answer.body, document(&world).await["paths"]["/v1/changes/"]);
    let head = world.send(Method::HEAD, "v1/status/", &[], Body::empty()).await;
    assert_eq!((head.status, head.body), (200, Json::String(String::new())));
    let refused = world.ask(Method::DELETE, "v1/status/", json!([])).await;
    assert_eq!((refused.status, &refused.headers["allow"]), (405, &"GET, HEAD, OPTIONS".parse().unwrap()));
}
