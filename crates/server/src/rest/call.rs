//! One request below `/api/`, read as far as every handler needs it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use trueup_inventory::RequestId;

use super::query::Query;
use super::view::View;
use crate::app::App;
use crate::auth::Caller;

/// A request of a known caller for a known route.
#[derive(Debug, Clone)]
pub struct Call {
    pub app: App,
    pub caller: Arc<Caller>,
    pub method: Method,
    /// The path as the client sees it, prefix included.
    pub path: String,
    pub query: Query,
    pub headers: HeaderMap,
    pub view: View,
    /// The id under which the change log keeps what this request changes.
    pub request_id: RequestId,
    /// The whole body, within the limit of the server.
    pub body: Bytes,
}

impl Call {
    /// Where the client found what it asks for, without the parameters.
    pub fn url(&self) -> String {
        format!("{}{}", self.view.base, self.path)
    }
}
