//! The API of our own below `/api/v1/`: what Nautobot has nothing for.
//!
//! - [`route`]: the table of what there is. Dispatch, `Allow`, OPTIONS and the OpenAPI document are made from it; a new
//!   address is a line there and a file beside it.
//! - [`problem`]: the one form of all refusals, `{"error": {"code", "message", "hint", "details"}}`.
//! - [`ask`]: a request of a known caller, and how its parameters are read; `body`: how its body is.
//! - [`page`]: lists by cursor, `{"results", "next", "more"}`.
//!
//! Parameters that are not known are refused, so that a slip of the pen is no wrong answer. Tokens and object permissions
//! are those of the rest of the server.

pub mod ask;
mod body;
mod changes;
pub mod openapi;
mod page;
mod plans;
pub mod problem;
mod progress;
mod refused;
pub mod route;
mod schedules;
mod status;
mod syncs;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::Map;
use tower_http::catch_panic::CatchPanicLayer;

use self::ask::Ask;
use self::problem::Problem;
use self::route::Found;
use crate::app::App;
use crate::auth;
use crate::observe;
use crate::rest::answer;
use crate::rest::methods::{Methods, Verb};
use crate::rest::query::Query;

/// Where it begins.
pub const PREFIX: &str = "/api/v1";

/// What is answered below it. A handler that panics is a problem too.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1", any(handle))
        .route("/api/v1/", any(handle))
        .route("/api/v1/{*path}", any(handle))
        .layer(CatchPanicLayer::custom(observe::panicked_in_v1))
}

/// Whether a path of this server is one of these.
pub fn is_ours(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers any request below `/api/v1/`, with or without a slash at the end.
async fn handle(State(app): State<App>, request: Request) -> Response {
    let head = request.method() == Method::HEAD;
    let below = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().trim_matches('/').to_owned();
    let found = route::find(&below);
    let methods = Methods::from_iter(found.iter().map(|found| found.route.verb));
    let answered = answer(&app, request, &found, methods).await;
    let mut response = answered.unwrap_or_else(Problem::into_response);
    let headers = response.headers_mut();
    if let Some(allow) = methods.allow() {
        headers.insert(header::ALLOW, allow);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Cookie, origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if head {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn answer(app: &App, request: Request, found: &[Found], methods: Methods) -> Result<Response, Problem> {
    if methods.is_empty() {
        return Err(Problem::no_such_address(request.uri().path()));
    }
    let (parts, body) = request.into_parts();
    let caller = auth::caller(app, &parts.headers).await.map_err(Problem::of_token)?;
    if parts.method == Method::OPTIONS {
        return Ok(answer::json(StatusCode::OK, openapi::item(found.iter().map(|found| found.route)).to_string()));
    }
    let verb = Verb::of(&parts.method);
    let Some(found) = found.iter().find(|found| Some(found.route.verb) == verb) else {
        return Err(Problem::wrong_method(parts.method.as_str(), methods));
    };
    let limit = app.settings.max_body;
    let bytes = to_bytes(body, limit).await.map_err(|_| Problem::too_long(limit))?;
    // As everywhere, what comes with a GET is not looked at.
    let body = if found.route.verb == Verb::Get { Map::new() } else { body::read(found.route.body, &bytes)? };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let ask = Ask { app: app.clone(), caller, query, body, captured: found.captured.clone(), route: found.route };
    ask.check_parameters()?;
    (found.route.handler)(&ask).await
}
