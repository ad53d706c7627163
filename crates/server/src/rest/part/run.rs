//! A saved query, run. Jobs are not run from here yet.

use axum::http::StatusCode;
use axum::response::Response;
use trueup_inventory::RecordId;

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{answer, write};

pub async fn query(call: &Call, id: RecordId) -> Result<Response, ApiError> {
    let body = write::body::read(call)?;
    let graphql = &call.app.graphql;
    let answer = graphql.run_saved(&call.app.inventory, &call.caller, &call.view.base, id, &body).await?;
    Ok(answer::json(answer.status, answer.body))
}

/// What Nautobot says while nothing takes jobs from its queue, which clients know to try again later.
pub fn no_workers() -> ApiError {
    let detail = "Unable to process request: No celery workers running on queue default.";
    ApiError::detail(StatusCode::SERVICE_UNAVAILABLE, detail)
}
