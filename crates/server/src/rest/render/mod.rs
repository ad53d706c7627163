//! Records as JSON text, in the shapes of Nautobot's serializers.

use trueup_inventory::model::ContentType;
use trueup_inventory::{Reader, RecordId};

use super::view::View;
use crate::error::ApiError;

/// The JSON text of each record, in the order of `ids`; those that do not exist are left out.
///
/// # Errors
/// The database failed.
pub async fn objects(
    reader: &mut Reader,
    _view: &View,
    content_type: &ContentType,
    ids: &[RecordId],
) -> Result<Vec<String>, ApiError> {
    let _ = reader.records(content_type, ids).await?;
    Err(ApiError::not_found())
}
