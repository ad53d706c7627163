//! The router, and what all handlers share.

use std::sync::Arc;

use axum::Router;
use axum::routing::any;
use trueup_inventory::Inventory;

use crate::rest;

/// What a server can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Records of a page when a client does not say (`PAGINATE_COUNT`).
    pub page_size: usize,
    /// The most records of a page (`MAX_PAGE_SIZE`); 0 for no bound.
    pub max_page_size: usize,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// What `nautobot-version` says besides our own version.
    pub nautobot_version: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { page_size: 50, max_page_size: 1000, max_body: 64 << 20, nautobot_version: "3.1.0".to_owned() }
    }
}

/// What all handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) inventory: Inventory,
    pub(crate) settings: Arc<Settings>,
}

impl App {
    pub fn new(inventory: Inventory, settings: Settings) -> Self {
        Self { inventory, settings: Arc::new(settings) }
    }
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    Router::new().route("/api/", any(rest::handle)).route("/api/{*path}", any(rest::handle)).with_state(app)
}
