//! What every request goes through: an id, a time limit, a line in the log, and an answer even when a handler panics.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use serde_json::json;
use tower_http::catch_panic::ResponseForPanic;
use tracing::Instrument as _;
use trueup_inventory::RequestId;
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::v1;
use crate::v1::problem::Problem;

/// The header of a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, which its changes are logged under: the client's own when that is a UUID, else a new one.
pub async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response<Body> {
    let sent = request.headers().get(&REQUEST_ID).and_then(|id| Uuid::parse_str(id.to_str().ok()?).ok());
    let id = sent.map_or_else(RequestId::random, RequestId);
    let ours = v1::is_ours(request.uri().path());
    request.extensions_mut().insert(id);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    let (started, method) = (Instant::now(), request.method().clone());
    let limit = app.settings.max_time;
    let answered = tokio::time::timeout(limit, next.run(request).instrument(span.clone())).await;
    let mut response = answered.unwrap_or_else(|_| {
        if ours {
            return Problem::too_slow(limit).into_response();
        }
        let detail = format!(
            "There was no answer within {limit:?}. What was to be written may still be written: look before you send it \
             again, and ask for less at once."
        );
        ApiError::detail(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
    });
    let took = started.elapsed();
    app.requests.answered(&method, response.status(), took);
    let milliseconds = took.as_secs_f64() * 1_000.0;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Answers for a handler that panicked.
#[derive(Debug, Clone)]
pub struct Panicked {
    version: String,
}

impl Panicked {
    pub fn new(app: &App) -> Self {
        Self { version: app.settings.full_version() }
    }
}

/// Answers for a handler of `/api/v1/` that panicked.
pub fn panicked_in_v1(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    log_panic(&*panic);
    Problem::failed().into_response()
}

fn log_panic(panic: &(dyn Any + Send)) {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
}

impl ResponseForPanic for Panicked {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
        log_panic(&*panic);
        let body = json!({
            "error": "The server failed at this request; its log says more under the request's id.",
            "exception": "Panic",
            "nautobot_version": self.version,
            "python_version": "",
        });
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
    }
}
