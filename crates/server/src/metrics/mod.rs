//! `/metrics`: what there is to be watched, in the text format of Prometheus.
//!
//! - `exposition`: the format.
//! - `syncs`: of the history, read from its rows whenever it is asked for, with the same queries however much there is.
//! - [`Requests`]: of this process.

mod exposition;
mod requests;
mod syncs;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

pub use requests::Requests;

use self::exposition::Exposition;
use crate::app::{App, MetricsAccess};
use crate::auth;
use crate::error::ApiError;
use crate::rest::answer;

/// Version 0.0.4 of the text format, which every Prometheus reads.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    told(&app, &headers).await.unwrap_or_else(ApiError::into_response)
}

async fn told(app: &App, headers: &HeaderMap) -> Result<Response, ApiError> {
    if app.settings.metrics == MetricsAccess::Tokens {
        let _anybody = auth::caller(app, headers).await?;
    }
    let figures = app.runner.store().figures().await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the metrics cannot be read");
        ApiError::detail(StatusCode::SERVICE_UNAVAILABLE, format!("{error}; try again later"))
    })?;
    let mut exposition = Exposition::default();
    syncs::expose(&figures, &mut exposition);
    app.requests.expose(&mut exposition);
    Ok(answer::typed(StatusCode::OK, HeaderValue::from_static(TEXT), exposition.into_text()))
}
