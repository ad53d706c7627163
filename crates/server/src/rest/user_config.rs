//! `/api/users/config/`: what clients keep for their user, a JSON object.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::Change;

use super::answer;
use super::call::Call;
use super::write::{self, body};
use crate::error::ApiError;

const USER: &str = "users.user";
const FIELD: &str = "config_data";

/// Shows it, or merges the body into it.
pub async fn config(call: &Call) -> Result<Response, ApiError> {
    let registry = call.app.inventory.registry();
    let user = registry.content_type(USER).map_err(|_| ApiError::not_found())?;
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(user, &[call.caller.user]).await?;
    drop(reader);
    let kept = records.first().zip(user.place(FIELD)).map(|(record, place)| record.value(user, place).to_json());
    let mut config = match kept {
        Some(Json::Object(config)) => config,
        _ => Map::new(),
    };
    if call.method == Method::PATCH {
        let body = body::read(call)?;
        merge(&mut config, body::object(&body)?);
        let id = vec![("id".into(), call.caller.user.to_string().into())];
        let values = vec![(FIELD.into(), Value::from_json(Json::Object(config.clone())))];
        write::write_own(call, user, Change::update(USER, id, values)).await?;
    }
    Ok(answer::json(StatusCode::OK, json!(config).to_string()))
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
