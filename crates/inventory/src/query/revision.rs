//! The number that grows with every committed batch, by which others know that what they remember is still true.

use super::reader::Reader;
use crate::error::InventoryError;

/// A state of the inventory. Equal ones hold equal records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(i64);

impl Revision {
    pub fn number(self) -> i64 {
        self.0
    }
}

impl Reader {
    /// The state that this reader reads from.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revision(&mut self) -> Result<Revision, InventoryError> {
        self.stored_revision().await.map(Revision).map_err(InventoryError::database("reading the revision"))
    }
}
