//! PUT and PATCH, on one object or on a list of objects with their ids.
//!
//! PUT demands every field that an object has to have; fields that are left out keep their values in both. In a list,
//! ids that name nothing are passed over, and what is wrong is told of the first object that something is wrong with.

use std::collections::HashSet;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, RecordId, Restriction, Stored, Version};

use super::body::{self, Object};
use super::commit;
use super::errors::{About, instead};
use super::examine::examine;
use super::item::{Item, absent};
use super::{Target, precondition, relationships, show};
use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::demand;

/// Changes what the body names, all of it or nothing.
pub async fn update(call: &Call, content_type: &ContentType, target: Target) -> Result<Response, ApiError> {
    let restriction = demand(call, Right::Change, content_type)?;
    match target {
        Target::Object(id) => {
            let body = body::record(call, content_type).await?;
            let object = body::object(&body)?;
            if commit::covered(call, content_type, &[id], restriction.as_ref()).await?.is_empty() {
                return Err(ApiError::not_found());
            }
            let expected = precondition::of_record(call, content_type, id).await?;
            let stored = update_all(call, content_type, &[(id, object)], target, expected, restriction).await?;
            show::object(call, content_type, StatusCode::OK, &stored).await
        }
        Target::List => {
            let body = body::records(call, content_type).await?;
            let given = body::objects_with_ids(&body)?;
            let ids: Vec<RecordId> = given.iter().map(|(id, _)| *id).collect();
            let known: HashSet<RecordId> =
                commit::covered(call, content_type, &ids, restriction.as_ref()).await?.into_iter().collect();
            let given: Vec<_> = given.into_iter().filter(|(id, _)| known.contains(id)).collect();
            let stored = update_all(call, content_type, &given, target, None, restriction).await?;
            show::list(call, content_type, StatusCode::OK, &stored).await
        }
    }
}

async fn update_all(
    call: &Call,
    content_type: &ContentType,
    given: &[(RecordId, &Object)],
    target: Target,
    expected: Option<Version>,
    restriction: Option<Restriction>,
) -> Result<Vec<Stored>, ApiError> {
    let registry = call.app.inventory.registry();
    let mut items: Vec<Item<'_>> = Vec::with_capacity(given.len());
    let mut changes = Vec::with_capacity(given.len());
    for (id, object) in given {
        let mut item = Item::read(registry, content_type, object);
        if call.method == Method::PUT {
            absent(content_type, object)
                .into_iter()
                .for_each(|field| item.errors.add(field, "This field is required."));
        }
        let identifiers = vec![("id".into(), Value::from(id.to_string()))];
        let change = Change::update(content_type.name(), identifiers, std::mem::take(&mut item.values));
        changes.push(change.expecting(expected));
        items.push(item);
    }
    examine(call, content_type, &mut items).await?;
    let joining = relationships::examine(call, content_type, &mut items).await?;
    let context = commit::context(call, content_type, target);
    let refused = if items.iter().all(|item| item.errors.is_empty()) {
        let terms = commit::Terms { joining, ..commit::Terms::within(restriction) };
        match commit::write(call, content_type, changes, context, terms).await? {
            Ok(stored) => return Ok(stored),
            Err(refused) => refused,
        }
    } else {
        commit::check(call, changes, context).await?
    };
    let about = About { registry, content_type };
    for (mut item, causes) in items.into_iter().zip(&refused) {
        if let Some(answer) = instead(causes) {
            return Err(answer);
        }
        item.errors.add_causes(&about, item.object, causes);
        if !item.errors.is_empty() {
            return Err(ApiError::bad_request(item.errors.into_json()));
        }
    }
    Err(ApiError::bad_request(Json::Object(Object::new())))
}
