//! What the caller may see. A record that may not be seen is as if it did not exist: it is in no list, and a reference
//! to it is null.

use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use crate::auth::{Access, Caller, Right};

/// The eyes of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    caller: &'a Caller,
}

impl<'a> Sight<'a> {
    pub fn new(caller: &'a Caller) -> Self {
        Self { caller }
    }

    pub fn caller(self) -> &'a Caller {
        self.caller
    }

    /// Which records of a type are seen.
    pub fn of(self, content_type: &ContentType) -> Access<'a> {
        self.caller.may(Right::View, content_type)
    }
}

impl super::Execution<'_> {
    /// Those of `ids` that may be seen.
    pub(super) async fn seen(
        &mut self,
        content_type: &ContentType,
        ids: Vec<RecordId>,
    ) -> Result<Vec<RecordId>, super::Fault> {
        match self.sight.of(content_type) {
            Access::All => Ok(ids),
            // Constraints are not understood here yet, so what they would let through stays hidden.
            Access::None | Access::Restricted(_) => Ok(Vec::new()),
        }
    }
}
