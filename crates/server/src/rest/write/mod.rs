//! POST, PUT, PATCH and DELETE on lists and objects.
//!
//! - [`body`]: the body as JSON; [`json_fault`] says what is wrong with one that is none. [`table`] makes it of CSV.
//! - [`item`]: one object as a change, from [`scalar`] values and every form of [`reference`].
//! - [`examine`](mod@examine): what only the server can say about it.
//! - [`create`](mod@create), [`update`](mod@update), [`delete`](mod@delete), [`note`](mod@note): the requests.
//! - [`commit`]: one request is one batch that stands or falls as one, within what the caller may do.
//! - [`relationships`]: what a record is joined to, said in its own body.
//! - [`precondition`]: versions that a client demands.
//! - [`errors`]: why something was not written, in the words of the contract.
//! - [`supply`]: values that are chosen for the client; [`token`]: one whose key is told once.
//! - [`show`]: what was written.
//!
//! No request costs a query per object.

pub mod body;
mod commit;
mod create;
mod delete;
mod errors;
mod examine;
mod item;
mod json_fault;
mod note;
pub mod precondition;
mod reference;
mod relationships;
mod scalar;
mod show;
mod supply;
mod table;
mod token;
mod update;

use axum::response::Response;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, RecordId, Stored};

use super::call::Call;
use crate::auth::TokenKind;
use crate::error::ApiError;

pub use create::create_from;
pub use delete::delete;
pub use note::note;
pub use supply::Supply;
pub use update::update;

/// What a change is about: everything that the body names, or one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    List,
    Object(RecordId),
}

/// POST on a list.
pub async fn create(call: &Call, content_type: &ContentType) -> Result<Response, ApiError> {
    match content_type.name() {
        "users.token" => token::create(call, content_type).await,
        _ => create::create(call, content_type).await,
    }
}

/// One change that is the caller's own affair and needs no permission, with values that are made in its transaction.
pub async fn write_own(
    call: &Call,
    content_type: &ContentType,
    change: Change,
    supply: Supply,
) -> Result<Stored, ApiError> {
    if call.caller.token == TokenKind::ReadOnly {
        return Err(ApiError::forbidden());
    }
    let context = commit::context(call, content_type, Target::Object(call.caller.user));
    let terms = commit::Terms { supply: Some(supply), ..commit::Terms::default() };
    match commit::write(call, content_type, vec![change], context, terms).await? {
        Ok(stored) => stored.into_iter().next().ok_or_else(ApiError::not_found),
        Err(refused) => {
            let about = errors::About { registry: call.app.inventory.registry(), content_type };
            let mut errors = errors::FieldErrors::default();
            refused.iter().for_each(|causes| errors.add_causes(&about, &body::Object::new(), causes));
            Err(ApiError::bad_request(errors.into_json()))
        }
    }
}
