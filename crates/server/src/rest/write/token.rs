//! POST of a token: its key is told in the answer, and never again.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use trueup_inventory::PathValues;
use trueup_inventory::model::ContentType;
use uuid::Uuid;

use super::body::{self, Object};
use super::create::create_all;
use super::{Supply, reference, show};
use crate::auth::{self, Right};
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{answer, demand};

/// Letters of a key.
const KEY_LENGTH: usize = 40;

pub async fn create(call: &Call, content_type: &ContentType) -> Result<Response, ApiError> {
    let restriction = demand(call, Right::Add, content_type)?;
    let body = body::record(call, content_type).await?;
    let object = body::object(&body)?;
    let key = key(object)?;
    let mut values = owner(call, object)?;
    values.push(("key_hash".into(), auth::hash(&key).into()));
    match create_all(call, content_type, &[object], restriction, Some(Supply::Given(values))).await? {
        Ok(stored) => {
            let texts = show::objects(call, content_type, &stored).await?;
            let text = texts.first().ok_or_else(ApiError::not_found)?;
            let mut shown: Json = serde_json::from_str(text).unwrap_or_default();
            shown["key"] = json!(key);
            Ok(answer::json(StatusCode::CREATED, shown.to_string()))
        }
        Err(errors) => Err(ApiError::bad_request(errors.into_iter().next().unwrap_or_default().into_json())),
    }
}

/// The key that the client wants, or a new one of 160 random bits.
fn key(object: &Object) -> Result<String, ApiError> {
    let refused = |message: String| Err(ApiError::bad_request(json!({ "key": [message] })));
    match object.get("key") {
        None | Some(Json::Null) => {
            let random = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
            Ok(blake3::hash(&random).to_hex()[..KEY_LENGTH].to_owned())
        }
        Some(Json::String(key)) if key.len() == KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Ok(key.clone())
        }
        Some(_) => refused(format!("A key is {KEY_LENGTH} letters and digits.")),
    }
}

/// Whose token it is: the caller's. Administrators may make tokens for others.
fn owner(call: &Call, object: &Object) -> Result<PathValues, ApiError> {
    let registry = call.app.inventory.registry();
    let given = match (object.get("user"), registry.content_type("users.user")) {
        (Some(user), Ok(users)) if !user.is_null() => reference::read(registry, users, user)
            .map_err(|message| ApiError::bad_request(json!({ "user": [message] })))?,
        _ => None,
    };
    let own = call.caller.user.to_string();
    match given {
        None => Ok(vec![("user__id".into(), own.into())]),
        Some(paths) if call.caller.superuser || paths == [("id".into(), own.clone().into())] => {
            Ok(paths.into_iter().map(|(path, value)| (format!("user__{path}").into(), value)).collect())
        }
        Some(_) => Err(ApiError::forbidden()),
    }
}
