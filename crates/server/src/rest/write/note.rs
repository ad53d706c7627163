//! POST of a note about a record.

use axum::http::StatusCode;
use axum::response::Response;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, RecordId};

use super::body;
use super::commit;
use super::errors::{About, FieldErrors};
use super::{Target, show};
use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::demand;

/// Writes a note of the caller about `id`.
pub async fn note(call: &Call, note: &ContentType, about: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let restriction = demand(call, Right::Add, note)?;
    let body = body::read(call)?;
    let object = body::object(&body)?;
    let registry = call.app.inventory.registry();
    let mut item = super::item::Item::read(registry, note, object);
    item.values.retain(|(path, _)| path.as_ref() == "note");
    let mine = [
        ("assigned_object_type", about.name().to_owned()),
        ("assigned_object_id", id.to_string()),
        ("user__id", call.caller.user.to_string()),
        ("user_name", call.caller.user_name.to_string()),
    ];
    item.values.extend(mine.map(|(path, value)| (path.into(), value.into())));
    let changes = vec![Change::create(note.name(), item.values)];
    let context = commit::context(call, note, Target::List);
    if let Some(text) = item.errors.only("note") {
        return Err(ApiError::bad_request(text.into_json()));
    }
    match commit::write(call, note, changes, context, commit::Terms::within(restriction)).await? {
        Ok(stored) => show::object(call, note, StatusCode::CREATED, &stored).await,
        Err(refused) => {
            let mut errors = FieldErrors::default();
            refused.iter().for_each(|causes| {
                errors.add_causes(&About { registry, content_type: note }, object, causes);
            });
            Err(ApiError::bad_request(errors.into_json()))
        }
    }
}
