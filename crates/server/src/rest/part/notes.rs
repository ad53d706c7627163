//! Notes about a record.

use axum::http::Method;
use axum::response::Response;
use indexmap::IndexMap;
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{list, write};

pub async fn answer(call: &Call, content_type: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let registry = call.app.inventory.registry();
    let note = registry.content_type("extras.note").map_err(|_| ApiError::not_found())?;
    match call.method {
        Method::GET | Method::HEAD => {
            let about = IndexMap::from([("assigned_object_id".to_owned(), vec![id.to_string()])]);
            list::filtered(call, note, about).await
        }
        Method::POST => write::note(call, note, content_type, id).await,
        _ => Err(ApiError::method_not_allowed(call.method.as_str())),
    }
}
