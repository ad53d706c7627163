//! A saved query, run.

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
