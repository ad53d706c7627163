//! What a cable leads to: `[[near, cable, far]]`, with nulls where nothing is plugged in.

use axum::http::StatusCode;
use axum::response::Response;
use trueup_inventory::model::ContentType;
use trueup_inventory::{ListRequest, Reader, RecordId};

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{answer, render};

const NULL: &str = "null";

pub async fn show(call: &Call, content_type: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let near = shown(call, &mut reader, content_type, id).await?;
    let registry = call.app.inventory.registry();
    let hop = match registry.content_type("dcim.cable") {
        Ok(cable) => hop(&mut reader, cable, id).await?.map(|(id, far)| (cable, id, far)),
        Err(_) => None,
    };
    let (cable, far) = match hop {
        None => (NULL.to_owned(), NULL.to_owned()),
        Some((cable, id, far)) => {
            let far = match far.and_then(|(name, id)| Some((registry.content_type(&name).ok()?, id))) {
                Some((far_type, far)) => shown(call, &mut reader, far_type, far).await?,
                None => NULL.to_owned(),
            };
            (shown(call, &mut reader, cable, id).await?, far)
        }
    };
    Ok(answer::json(StatusCode::OK, format!("[[{near},{cable},{far}]]")))
}

/// The content type and the id of what a cable ends in.
type Termination = (String, RecordId);

/// The cable in a termination, and what is at its other end.
async fn hop(
    reader: &mut Reader,
    cable: &ContentType,
    near: RecordId,
) -> Result<Option<(RecordId, Option<Termination>)>, ApiError> {
    for (side, other) in [("termination_a_id", "termination_b"), ("termination_b_id", "termination_a")] {
        let mut request = ListRequest::all(cable.index());
        request.filters.insert(side.to_owned(), vec![near.to_string()]);
        let found = reader.list(&request).await?.ids;
        if let Some(record) = reader.records(cable, &found).await?.first() {
            let far = cable.place(other).and_then(|place| record.generic(cable, place));
            return Ok(Some((record.id(), far.map(|(name, id)| (name.to_owned(), id)))));
        }
    }
    Ok(None)
}

/// A record as the caller may see it: null when not at all.
async fn shown(call: &Call, reader: &mut Reader, content_type: &ContentType, id: RecordId) -> Result<String, ApiError> {
    let seen = call.caller.seen(reader, content_type, &[id]).await?;
    let texts = render::objects(reader, &call.view, content_type, &seen).await?;
    Ok(texts.into_iter().next().unwrap_or_else(|| NULL.to_owned()))
}
