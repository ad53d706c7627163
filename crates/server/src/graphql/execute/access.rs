//! What the caller may see. A record that may not be seen is as if it did not exist: it is in no list, and a reference
//! to it is null.

use trueup_inventory::model::ContentType;
use trueup_inventory::{RecordId, Registry};

use crate::auth::{Caller, Right, Scope};

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
    pub fn of(self, registry: &Registry, content_type: &ContentType) -> Scope {
        self.caller.scope(Right::View, registry, content_type)
    }
}

impl super::Execution<'_> {
    /// Those of `ids` that may be seen.
    pub(super) async fn seen(
        &mut self,
        content_type: &ContentType,
        ids: Vec<RecordId>,
    ) -> Result<Vec<RecordId>, super::Fault> {
        Ok(self.sight.caller().seen(self.reader, content_type, &ids).await?)
    }
}
