//! The router, and what all handlers share.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use axum::routing::{any, get};
use jiff::Timestamp;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use trueup_inventory::{Atomicity, Inventory, InventoryWriter};
use trueup_jobs::run::Runner;

use crate::auth::Tokens;
use crate::graphql::GraphQl;
use crate::metrics::{self, Requests};
use crate::observe;
use crate::outside;
use crate::rest;
use crate::rest::route::Endpoints;
use crate::streams::Streams;
use crate::v1;

/// Who may read the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Whoever reaches the server.
    Anybody,
    /// Whoever has a token.
    Tokens,
}

/// What a server can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Records of a page when a client does not say (`PAGINATE_COUNT`).
    pub page_size: usize,
    /// The most records of a page (`MAX_PAGE_SIZE`); 0 for no bound.
    pub max_page_size: usize,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// The longest that a request may take.
    pub max_time: Duration,
    /// The most streams of events that are open at once.
    pub max_streams: usize,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// What `nautobot-version` says besides our own version.
    pub nautobot_version: String,
}

impl Settings {
    /// The version that clients are told: Nautobot's whose shapes these are, and ours behind it.
    pub fn full_version(&self) -> String {
        format!("{}+trueup.{}", self.nautobot_version, env!("CARGO_PKG_VERSION"))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page_size: 50,
            max_page_size: 1000,
            max_body: 64 << 20,
            max_time: Duration::from_secs(120),
            max_streams: 100,
            metrics: MetricsAccess::Anybody,
            nautobot_version: "3.1.0".to_owned(),
        }
    }
}

/// What all handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) inventory: Inventory,
    /// Keeps the history, and queues what a worker is to do.
    pub(crate) runner: Runner,
    pub(crate) settings: Arc<Settings>,
    /// By the clock on the wall, and by one that never jumps.
    pub(crate) started: (Timestamp, Instant),
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) graphql: GraphQl,
    pub(crate) streams: Streams,
    pub(crate) requests: Arc<Requests>,
    /// The OpenAPI document, made when it is first asked for.
    pub(crate) openapi: Arc<OnceLock<Arc<str>>>,
    /// The one writer of all requests, so that what it looked up stays known from one to the next. A request that
    /// fails leaves nothing.
    pub(crate) writer: Arc<Mutex<InventoryWriter>>,
}

impl App {
    /// Serves the inventory and the history of a runner.
    pub fn new(runner: Runner, settings: Settings) -> Self {
        let inventory = runner.inventory().clone();
        Self {
            streams: Streams::new(settings.max_streams),
            requests: Arc::default(),
            settings: Arc::new(settings),
            started: (Timestamp::now(), Instant::now()),
            endpoints: Arc::new(Endpoints::new(inventory.registry())),
            tokens: Arc::default(),
            graphql: GraphQl::default(),
            openapi: Arc::default(),
            writer: Arc::new(Mutex::new(inventory.writer().with_atomicity(Atomicity::Batch))),
            inventory,
            runner,
        }
    }
}

/// What a program answers that serves nothing but its figures.
pub fn metrics_router(app: App) -> Router {
    Router::new()
        .route("/health", get(outside::health))
        .route("/metrics", get(metrics::metrics))
        .fallback(outside::nothing)
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(outside::start))
        .route("/health", get(outside::health))
        .route("/ready", get(outside::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/api", any(rest::handle))
        .route("/api/", any(rest::handle))
        .route("/api/{*path}", any(rest::handle))
        .merge(v1::router())
        .fallback(outside::nothing)
        .layer(CatchPanicLayer::custom(observe::Panicked::new(&app)))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}
