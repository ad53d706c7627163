//! Records as JSON text, in the shapes of Nautobot's serializers.
//!
//! - [`plan`]: how a type is shown under a view, decided once per answer.
//! - [`gather`]: reads everything that an answer shows, a level of references at a time, into a [`world`].
//! - [`writer`]: writes texts from it; it asks the database nothing.
//! - [`chain`], [`display`], [`slug`], [`custom_fields`], [`computed_fields`], [`relationships`], [`made`], [`sight`], [`text`]: what these are
//!   made of.
//!
//! How many questions the database is asked depends on the view and the types, never on the number of records.

pub mod chain;
pub mod computed_fields;
mod custom_fields;
mod display;
mod gather;
mod made;
pub mod plan;
mod relationships;
mod sight;
mod slug;
pub mod text;
mod world;
mod writer;

use trueup_inventory::model::ContentType;
use trueup_inventory::{Reader, RecordId};

pub use gather::Gathered;
use writer::{MOST_BYTES, TooLong, Writer};

use super::view::View;
use crate::error::ApiError;

/// The JSON text of each record, in the order of `ids`; those that do not exist are left out.
///
/// # Errors
/// The database failed, or the answer would be too long.
pub async fn objects(
    reader: &mut Reader,
    view: &View,
    content_type: &ContentType,
    ids: &[RecordId],
) -> Result<Vec<String>, ApiError> {
    let gathered = Gathered::read(reader, view, content_type.index(), ids).await?;
    Writer::new(&gathered).all(content_type.index(), ids, view.depth).map_err(|TooLong| {
        ApiError::bad_request(serde_json::json!({
            "detail": format!("The answer would be longer than {MOST_BYTES} bytes. Ask for a smaller depth or limit."),
        }))
    })
}
