//! DELETE of one object, or of a list of ids. What others need stays, and then everything stays.

use axum::response::Response;
use trueup_engine::Value;
use trueup_inventory::Change;
use trueup_inventory::model::ContentType;

use super::commit;
use super::errors::{About, FieldErrors, instead};
use super::{Target, body, precondition};
use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::answer;
use crate::rest::call::Call;
use crate::rest::demand;

/// Deletes what the address or the body names, all of it or nothing.
pub async fn delete(call: &Call, content_type: &ContentType, target: Target) -> Result<Response, ApiError> {
    let restriction = demand(call, Right::Delete, content_type)?;
    let (ids, expected) = match target {
        Target::Object(id) => {
            if commit::covered(call, content_type, &[id], restriction.as_ref()).await?.is_empty() {
                return Err(ApiError::not_found());
            }
            (vec![id], precondition::of_record(call, content_type, id).await?)
        }
        Target::List => {
            let body = body::records(call, content_type).await?;
            let ids: Vec<_> = body::objects_with_ids(&body)?.into_iter().map(|(id, _)| id).collect();
            (commit::covered(call, content_type, &ids, restriction.as_ref()).await?, None)
        }
    };
    let change = |id: &trueup_inventory::RecordId| {
        Change::delete(content_type.name(), vec![("id".into(), Value::from(id.to_string()))]).expecting(expected)
    };
    let changes = ids.iter().map(change).collect();
    let context = commit::context(call, content_type, target);
    match commit::write(call, content_type, changes, context, commit::Terms::default()).await? {
        Ok(_) => Ok(answer::empty()),
        Err(refused) => {
            let about = About { registry: call.app.inventory.registry(), content_type };
            let mut errors = FieldErrors::default();
            for causes in &refused {
                if let Some(answer) = instead(causes) {
                    return Err(answer);
                }
                errors.add_causes(&about, &body::Object::new(), causes);
            }
            Err(ApiError::bad_request(errors.into_json()))
        }
    }
}
