//! What the caller may see. A record that may not be seen is as if it did not exist: it is in no list, and a reference
//! to it is null.

use trueup_inventory::model::ContentType;
use trueup_inventory::{RecordId, Registry, Restriction};

use crate::auth::{Access, Caller, Right};

/// The eyes of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    caller: &'a Caller,
}

/// Which records of a type are seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    All,
    Some(Restriction),
    None,
}

impl Seen {
    pub fn restriction(&self) -> Option<&Restriction> {
        match self {
            Seen::Some(restriction) => Some(restriction),
            Seen::All | Seen::None => None,
        }
    }
}

impl<'a> Sight<'a> {
    pub fn new(caller: &'a Caller) -> Self {
        Self { caller }
    }

    pub fn caller(self) -> &'a Caller {
        self.caller
    }

    /// Which records of a type are seen. Constraints that cannot be understood let nothing through.
    pub fn of(self, registry: &Registry, content_type: &ContentType) -> Seen {
        let constraints = match self.caller.may(Right::View, content_type) {
            Access::All => return Seen::All,
            Access::None => return Seen::None,
            Access::Restricted(constraints) => constraints,
        };
        let understood = constraints.iter().filter_map(|one| {
            Restriction::parse(registry, content_type, one)
                .map_err(|why| tracing::warn!(content_type = content_type.name(), why, "a permission grants nothing"))
                .ok()
        });
        understood.reduce(Restriction::or).map_or(Seen::None, Seen::Some)
    }
}

impl super::Execution<'_> {
    /// Those of `ids` that may be seen.
    pub(super) async fn seen(
        &mut self,
        content_type: &ContentType,
        ids: Vec<RecordId>,
    ) -> Result<Vec<RecordId>, super::Fault> {
        let registry = self.reader.registry().clone();
        match self.sight.of(&registry, content_type) {
            Seen::All => Ok(ids),
            Seen::None => Ok(Vec::new()),
            Seen::Some(restriction) => Ok(self.reader.allowed(content_type, &ids, &restriction).await?),
        }
    }
}
