//! Records as text, in the shapes of Nautobot's serializers: JSON, or the rows of a table.
//!
//! - [`plan`]: how a type is shown under a view, decided once per answer.
//! - [`gather`]: reads everything that an answer shows, a level of references at a time, into a [`world`].
//! - [`writer`]: writes texts from it; it asks the database nothing.
//! - [`table`](mod@table): the same as CSV. [`logged`]: records as they were, for the change log.
//! - [`chain`], [`display`], [`slug`], [`custom_fields`], [`computed_fields`], [`relationships`], [`made`], [`sight`],
//!   [`text`]: what these are made of.
//!
//! How many questions the database is asked depends on the view and the types, never on the number of records.

pub mod chain;
pub mod computed_fields;
mod custom_fields;
mod display;
mod gather;
mod logged;
mod made;
pub mod plan;
mod relationships;
mod sight;
mod slug;
mod table;
pub mod text;
mod world;
mod writer;

use trueup_inventory::model::ContentType;
use trueup_inventory::{Reader, RecordId};

pub use custom_fields::{CustomField, Holds, custom_fields};
pub use gather::Gathered;
use plan::Place;
pub use table::table;
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
    let gathered = Gathered::read(reader, view, Place::Top, content_type.index(), ids).await?;
    Writer::new(&gathered).all(content_type.index(), ids, view.depth).map_err(ApiError::from)
}

impl From<TooLong> for ApiError {
    fn from(TooLong: TooLong) -> Self {
        let detail =
            format!("The answer would be longer than {MOST_BYTES} bytes. Ask for a smaller depth or limit, or filter.");
        ApiError::detail(axum::http::StatusCode::BAD_REQUEST, detail)
    }
}
