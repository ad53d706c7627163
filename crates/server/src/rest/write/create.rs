//! POST on a list: one object, or a list of them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, Restriction};
use uuid::Uuid;

use super::body::{self, Object};
use super::commit;
use super::errors::{About, FieldErrors, instead};
use super::examine::{examine, examine_new};
use super::item::Item;
use super::{Supply, Target, relationships, scalar, show};
use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::demand;

/// Creates what the body holds, all of it or nothing.
pub async fn create(call: &Call, content_type: &ContentType) -> Result<Response, ApiError> {
    create_from(call, content_type, None).await
}

/// Creates what the body holds, with values that are chosen for it; with 204 and nothing when there are too few.
pub async fn create_from(
    call: &Call,
    content_type: &ContentType,
    supply: Option<Supply>,
) -> Result<Response, ApiError> {
    let restriction = demand(call, Right::Add, content_type)?;
    // What is chosen is chosen for objects; only a list of its own takes tables.
    let body = match &supply {
        None => body::records(call, content_type).await?,
        Some(_) => body::read(call)?,
    };
    match &body {
        Json::Array(items) => {
            let stored = create_all(call, content_type, &body::objects(items)?, restriction, supply).await?;
            match stored {
                Ok(stored) => show::list(call, content_type, StatusCode::CREATED, &stored).await,
                Err(errors) => {
                    let errors = errors.into_iter().map(FieldErrors::into_json).collect();
                    Err(ApiError::bad_request(Json::Array(errors)))
                }
            }
        }
        one => match create_all(call, content_type, &[body::object(one)?], restriction, supply).await? {
            Ok(stored) => {
                let mut response = show::object(call, content_type, StatusCode::CREATED, &stored).await?;
                if let (Some(endpoint), Some(one)) = (content_type.endpoint(), stored.first()) {
                    let url = format!("{}/api/{endpoint}/{}/", call.view.base, one.id);
                    if let Ok(url) = HeaderValue::from_str(&url) {
                        response.headers_mut().insert(header::LOCATION, url);
                    }
                }
                Ok(response)
            }
            Err(errors) => {
                let errors = errors.into_iter().next().unwrap_or_default();
                Err(ApiError::bad_request(errors.into_json()))
            }
        },
    }
}

/// What came to be, or what is wrong with each object.
pub async fn create_all(
    call: &Call,
    content_type: &ContentType,
    objects: &[&Object],
    restriction: Option<Restriction>,
    supply: Option<Supply>,
) -> Result<Result<Vec<trueup_inventory::Stored>, Vec<FieldErrors>>, ApiError> {
    let registry = call.app.inventory.registry();
    let mut items: Vec<Item<'_>> = objects.iter().map(|object| read(registry, content_type, object)).collect();
    examine(call, content_type, &mut items).await?;
    let joining = relationships::examine(call, content_type, &mut items).await?;
    match &supply {
        None => examine_new(content_type, &mut items),
        Some(supply) => {
            let chosen = |path: &str| supply.fields().contains(&path.split("__").next().unwrap_or_default());
            items.iter_mut().for_each(|item| item.values.retain(|(path, _)| !chosen(path)));
        }
    }
    let changes: Vec<Change> =
        items.iter_mut().map(|item| Change::create(content_type.name(), std::mem::take(&mut item.values))).collect();
    let context = commit::context(call, content_type, Target::List);
    let refused = if items.iter().all(|item| item.errors.is_empty()) {
        match commit::write(call, content_type, changes, context, commit::Terms { restriction, supply, joining })
            .await?
        {
            Ok(stored) => return Ok(Ok(stored)),
            Err(refused) => refused,
        }
    } else if supply.is_some() {
        // Without the values that would be chosen, nothing more can be said.
        vec![Vec::new(); items.len()]
    } else {
        commit::check(call, changes, context).await?
    };
    let about = About { registry, content_type };
    let mut errors = Vec::with_capacity(items.len());
    for (mut item, causes) in items.into_iter().zip(&refused) {
        if let Some(answer) = instead(causes) {
            return Err(answer);
        }
        item.errors.add_causes(&about, item.object, causes);
        errors.push(item.errors);
    }
    Ok(Err(errors))
}

/// An object with the id that a client may give a new record.
fn read<'j>(registry: &trueup_inventory::Registry, content_type: &ContentType, object: &'j Object) -> Item<'j> {
    let mut item = Item::read(registry, content_type, object);
    match object.get("id") {
        None | Some(Json::Null) => {}
        Some(Json::String(id)) if Uuid::parse_str(id.trim()).is_ok() => {
            item.values.push(("id".into(), Value::from(id.trim())));
        }
        Some(_) => item.errors.add("id", scalar::NO_UUID),
    }
    item
}
