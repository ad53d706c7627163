//! `/api/users/config/`: what clients keep for their user, a JSON object.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json};
use trueup_engine::Value;
use trueup_inventory::{Change, InventoryError, PathValues, Reader, RecordId};

use super::answer;
use super::call::Call;
use super::write::{self, Supply, body};
use crate::error::ApiError;

const USER: &str = "users.user";
const FIELD: &str = "config_data";

/// Shows it, or merges the body into it.
pub async fn config(call: &Call) -> Result<Response, ApiError> {
    let user = call.caller.user;
    let config = if call.method == Method::PATCH {
        let body = body::read(call)?;
        let sent = body::object(&body)?.clone();
        let content_type = call.app.inventory.registry().content_type(USER).map_err(|_| ApiError::not_found())?;
        let change = Change::update(USER, vec![("id".into(), user.to_string().into())], Vec::new());
        let stored = write::write_own(call, content_type, change, Supply::Preferences { user, sent }).await?;
        stored.values.iter().find(|(path, _)| &**path == FIELD).map(|(_, value)| value.to_json()).unwrap_or_default()
    } else {
        Json::Object(kept(&mut call.app.inventory.reader().await?, user).await?)
    };
    Ok(answer::json(StatusCode::OK, config.to_string()))
}

/// What is kept for a user with the keys of another object merged into it, as the value of its field.
pub async fn merged(
    reader: &mut Reader,
    user: RecordId,
    sent: &Map<String, Json>,
) -> Result<PathValues, InventoryError> {
    let mut config = kept(reader, user).await?;
    merge(&mut config, sent);
    Ok(vec![(FIELD.into(), Value::from_json(Json::Object(config)))])
}

async fn kept(reader: &mut Reader, user: RecordId) -> Result<Map<String, Json>, InventoryError> {
    let content_type = reader.registry().content_type(USER)?.clone();
    let records = reader.records(&content_type, &[user]).await?;
    let place = content_type.place(FIELD);
    let kept = records.first().zip(place).map(|(record, place)| record.value(&content_type, place).to_json());
    Ok(match kept {
        Some(Json::Object(config)) => config,
        _ => Map::new(),
    })
}

/// Objects are merged key by key; everything else is replaced.
fn merge(into: &mut Map<String, Json>, from: &Map<String, Json>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Json::Object(old)), Json::Object(new)) => merge(old, new),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
