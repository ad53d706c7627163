//! POST, PUT, PATCH and DELETE on lists and objects: a request is one batch that stands or falls as one.

pub mod body;
mod change;
mod errors;

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, ChangeContext, Components, RecordId, Stored, UnknownCustomFields, Version, WriteError};

use super::call::Call;
use super::{answer, demand, render};
use crate::auth::Right;
use crate::error::ApiError;

/// What a change is about: everything that the body names, or one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    List,
    Object(RecordId),
}

/// POST on a list.
pub async fn create(call: &Call, content_type: &Arc<ContentType>) -> Result<Response, ApiError> {
    let body = body::parse(&call.body)?;
    let objects = body::objects(&body)?;
    let registry = call.app.inventory.registry();
    let changes = objects.iter().map(|object| change::create(registry, content_type, object)).collect::<Vec<_>>();
    let changes = whole(&body, changes)?;
    let stored = write(call, content_type, Right::Add, &changes, "list").await?.map_err(|all| refused(&body, &all))?;
    show(call, content_type, StatusCode::CREATED, &body, &stored).await
}

/// PUT or PATCH.
pub async fn update(call: &Call, content_type: &Arc<ContentType>, target: Target) -> Result<Response, ApiError> {
    let body = body::parse(&call.body)?;
    let registry = call.app.inventory.registry();
    let changes = match target {
        Target::Object(id) => {
            let object = body::object(&body)?;
            vec![change::update(registry, content_type, id, object).map(|change| change.expecting(version(call)))]
        }
        Target::List => {
            let (objects, ids) = body::with_ids(&body)?;
            let known = known(call, content_type, &ids).await?;
            let pairs = objects.into_iter().zip(ids).filter(|(_, id)| known.contains(id));
            pairs.map(|(object, id)| change::update(registry, content_type, id, object)).collect()
        }
    };
    let changes = match changes.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(changes) => changes,
        Err(errors) => return Err(ApiError::bad_request(Json::Object(errors))),
    };
    let detail = if target == Target::List { "list" } else { "detail" };
    let outcome = write(call, content_type, Right::Change, &changes, detail).await?;
    // What is wrong is told of the first record that is.
    let stored = outcome
        .map_err(|all| all.into_iter().flatten().next().map_or_else(ApiError::not_found, |e| errors::one(&e)))?;
    show(call, content_type, StatusCode::OK, &body, &stored).await
}

/// DELETE.
pub async fn delete(call: &Call, content_type: &Arc<ContentType>, target: Target) -> Result<Response, ApiError> {
    let ids = match target {
        Target::Object(id) => vec![id],
        Target::List => {
            let (_, ids) = body::with_ids(&body::parse(&call.body)?)?;
            known(call, content_type, &ids).await?
        }
    };
    let expected = if target == Target::List { None } else { version(call) };
    let by_id = |id: &RecordId| vec![(Arc::from("id"), id.to_string().into())];
    let changes: Vec<Change> =
        ids.iter().map(|id| Change::delete(content_type.name(), by_id(id)).expecting(expected)).collect();
    let detail = if target == Target::List { "list" } else { "detail" };
    match write(call, content_type, Right::Delete, &changes, detail).await? {
        Ok(_) => Ok(answer::empty()),
        Err(all) => Err(all.into_iter().flatten().next().map_or_else(ApiError::not_found, |error| errors::one(&error))),
    }
}

/// POST of a note about a record.
pub async fn note(call: &Call, note: &ContentType, about: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let body = body::parse(&call.body)?;
    let object = body::object(&body)?;
    let Some(text) = object.get("note").and_then(Json::as_str).filter(|text| !text.trim().is_empty()) else {
        return Err(ApiError::bad_request(json!({ "note": ["This field is required."] })));
    };
    let values = [
        ("assigned_object_type", about.name().to_owned()),
        ("assigned_object_id", id.to_string()),
        ("user__id", call.caller.user.to_string()),
        ("user_name", call.caller.user_name.to_string()),
        ("note", text.to_owned()),
    ];
    let values = values.into_iter().map(|(path, value)| (Arc::from(path), value.into())).collect();
    let change = [Change::create(note.name(), values)];
    let stored = write(call, note, Right::Add, &change, "note").await?.map_err(|all| refused(&body, &all))?;
    show(call, note, StatusCode::CREATED, &body, &stored).await
}

/// Runs the batch, unless the caller may not.
async fn write(
    call: &Call,
    content_type: &ContentType,
    right: Right,
    changes: &[Change],
    detail: &str,
) -> Result<Result<Vec<Stored>, Vec<Option<WriteError>>>, ApiError> {
    let restrict = demand(call, right, content_type)?;
    if content_type.is_read_only() {
        return Err(ApiError::method_not_allowed(call.method.as_str()));
    }
    let context = ChangeContext {
        user: Some(call.caller.user),
        user_name: call.caller.user_name.to_string(),
        request_id: call.request_id,
        change_context: "web".to_owned(),
        change_context_detail: format!("{}-api:{}-{detail}", content_type.app(), content_type.model()),
        components: Components::Instantiate,
        custom_fields: UnknownCustomFields::Drop,
    };
    // What may not be changed is looked at before, what may not come to be after; both within the one writer.
    let mut writer = call.app.writer.lock().await;
    if let (Some(restrict), Right::Change | Right::Delete) = (&restrict, right) {
        let ids =
            changes.iter().flat_map(|change| &change.identifiers).filter_map(|(_, id)| id.to_string().parse().ok());
        let ids: Vec<RecordId> = ids.map(RecordId).collect();
        let mut reader = call.app.inventory.reader().await?;
        if reader.allowed(content_type, &ids, restrict).await?.len() != ids.len() {
            return Err(ApiError::forbidden());
        }
    }
    if restrict.is_some() && right == Right::Add {
        // A constraint on what does not exist yet cannot be checked before it is written.
        return Err(ApiError::forbidden());
    }
    let answers = writer.write(changes, &context).await?;
    drop(writer);
    if answers.iter().all(Result::is_ok) {
        return Ok(Ok(answers.into_iter().flatten().collect()));
    }
    Ok(Err(answers.into_iter().map(Result::err).collect()))
}

/// Those of `ids` that exist and may be seen.
async fn known(call: &Call, content_type: &ContentType, ids: &[RecordId]) -> Result<Vec<RecordId>, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(content_type, ids).await?;
    let found = records.iter().map(trueup_inventory::Record::id).collect::<Vec<_>>();
    match demand(call, Right::View, content_type)? {
        Some(restrict) => Ok(reader.allowed(content_type, &found, &restrict).await?),
        None => Ok(found),
    }
}

/// The changes, or what is wrong with the bodies, in the form of the body.
fn whole(body: &Json, changes: Vec<Result<Change, Map<String, Json>>>) -> Result<Vec<Change>, ApiError> {
    if changes.iter().all(Result::is_ok) {
        return Ok(changes.into_iter().flatten().collect());
    }
    let errors: Vec<Json> = changes.into_iter().map(|change| Json::Object(change.err().unwrap_or_default())).collect();
    Err(ApiError::bad_request(if body.is_array() {
        Json::Array(errors)
    } else {
        errors.into_iter().next().unwrap_or_default()
    }))
}

/// What is wrong with creates: an object for one, a list as long as the body for many.
fn refused(body: &Json, errors: &[Option<WriteError>]) -> ApiError {
    match errors {
        [Some(error)] if !body.is_array() => errors::one(error),
        _ => {
            let all = errors.iter().map(|error| error.as_ref().map_or_else(|| json!({}), errors::fields));
            ApiError::bad_request(Json::Array(all.collect()))
        }
    }
}

async fn show(
    call: &Call,
    content_type: &ContentType,
    status: StatusCode,
    body: &Json,
    stored: &[Stored],
) -> Result<Response, ApiError> {
    let ids: Vec<RecordId> = stored.iter().map(|stored| stored.id).collect();
    let mut reader = call.app.inventory.reader().await?;
    let objects = render::objects(&mut reader, &call.view, content_type, &ids).await?;
    if body.is_array() {
        return Ok(answer::json(status, format!("[{}]", objects.join(","))));
    }
    Ok(answer::json(status, objects.into_iter().next().unwrap_or_default()))
}

/// The version that an `If-Match` header demands.
fn version(call: &Call) -> Option<Version> {
    let text = call.headers.get(header::IF_MATCH)?.to_str().ok()?;
    text.trim().trim_matches('"').parse().ok().map(Version)
}
