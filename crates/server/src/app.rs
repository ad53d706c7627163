//! The router, and what all handlers share.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{any, get};
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use trueup_inventory::{Atomicity, Inventory, InventoryWriter};

use crate::auth::Tokens;
use crate::error::ApiError;
use crate::graphql::GraphQl;
use crate::rest;
use crate::rest::route::Endpoints;

/// What a server can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Records of a page when a client does not say (`PAGINATE_COUNT`).
    pub page_size: usize,
    /// The most records of a page (`MAX_PAGE_SIZE`); 0 for no bound.
    pub max_page_size: usize,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// How long one request may take.
    pub time_limit: Duration,
    /// What `nautobot-version` says besides our own version.
    pub nautobot_version: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page_size: 50,
            max_page_size: 1000,
            max_body: 64 << 20,
            time_limit: Duration::from_secs(120),
            nautobot_version: "3.1.0".to_owned(),
        }
    }
}

/// What all handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) inventory: Inventory,
    pub(crate) settings: Arc<Settings>,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) graphql: GraphQl,
    pub(crate) tokens: Arc<Tokens>,
    /// One writer for all requests, so that what it looked up stays warm. A request that fails leaves nothing.
    pub(crate) writer: Arc<Mutex<InventoryWriter>>,
}

impl App {
    pub fn new(inventory: Inventory, settings: Settings) -> Self {
        Self {
            endpoints: Arc::new(Endpoints::new(inventory.registry())),
            writer: Arc::new(Mutex::new(inventory.writer().with_atomicity(Atomicity::Batch))),
            graphql: GraphQl::default(),
            tokens: Arc::default(),
            settings: Arc::new(settings),
            inventory,
        }
    }
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    let limit = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.settings.time_limit);
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/api/") }))
        .route("/health", get(|| async { "ok" }))
        .route("/ready", get(ready))
        .route("/api/", any(rest::handle))
        .route("/api/{*path}", any(rest::handle))
        .with_state(app)
        .layer(limit)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http())
}

/// Whether the database answers.
async fn ready(State(app): State<App>) -> Response {
    match app.inventory.reader().await {
        Ok(_) => "ready".into_response(),
        Err(error) => ApiError::from(error).into_response(),
    }
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    let body = serde_json::json!({
        "error": "The server failed while it answered; its log says more.",
        "exception": "InternalError",
        "nautobot_version": env!("CARGO_PKG_VERSION"),
        "python_version": "",
    });
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}
