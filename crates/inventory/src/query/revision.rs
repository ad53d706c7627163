//! The number that grows with every committed batch, by which others know that what they remember is still true.

use super::reader::Reader;
use crate::error::InventoryError;
use crate::storage::Args;

/// A state of the inventory. Equal ones hold equal records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(i64);

impl Reader {
    /// The state that this reader reads from.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revision(&mut self) -> Result<Revision, InventoryError> {
        let fault = InventoryError::database("reading the revision");
        let sql = "SELECT value FROM inventory_state WHERE name = 'revision'";
        let rows = self.session().rows(sql, Args::default()).await.map_err(&fault)?;
        let revision = rows.first().map(|row| row.int(0)).transpose().map_err(&fault)?.flatten();
        Ok(Revision(revision.unwrap_or_default()))
    }
}
