//! Records as CSV: a row for each, and columns that depend on the type and on how high its trees are, never on the rows.
//!
//! - [`columns`]: which columns there are, and in which order.
//! - [`cell`]: what stands in one.

mod cell;
mod columns;

use trueup_inventory::model::ContentType;
use trueup_inventory::{Reader, RecordId};

use self::columns::Columns;
use super::gather::Gathered;
use super::plan::Place;
use super::writer::{MOST_BYTES, TooLong};
use crate::error::ApiError;
use crate::rest::view::View;

/// The table of the records of a type, in the order of `ids`; those that do not exist are left out.
///
/// # Errors
/// The database failed, or the answer would be too long.
pub async fn table(
    reader: &mut Reader,
    view: &View,
    content_type: &ContentType,
    ids: &[RecordId],
) -> Result<String, ApiError> {
    let index = content_type.index();
    let mut gathered = Gathered::read(reader, view, Place::Row, index, ids).await?;
    let plan = gathered.plans.make(index, Place::Row);
    let columns = Columns::read(reader, &mut gathered.world, &plan, ids).await?;
    let world = &gathered.world;
    // A `Vec` refuses nothing, and all rows have the same columns.
    let unwritten = |error: csv::Error| ApiError::broken("writing a table", &error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.names()).map_err(unwritten)?;
    let mut cells = csv::StringRecord::new();
    let mut bytes = 0;
    for record in ids.iter().filter_map(|id| world.record(index, *id)) {
        cells.clear();
        columns.row(world, &plan, record, &mut cells);
        bytes += cells.as_slice().len() + cells.len();
        if bytes > MOST_BYTES {
            return Err(TooLong.into());
        }
        writer.write_record(&cells).map_err(unwritten)?;
    }
    let bytes = writer.into_inner().map_err(|error| ApiError::broken("writing a table", error.error()))?;
    String::from_utf8(bytes).map_err(|error| ApiError::broken("writing a table", &error))
}
