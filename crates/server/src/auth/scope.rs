//! Which records a right covers, in the terms of the inventory. Everything that asks for rights asks here.

use trueup_inventory::model::ContentType;
use trueup_inventory::{InventoryError, Reader, RecordId, Registry, Restriction};

use super::{Access, Caller, Right};

/// The records of a type that a right covers.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    All,
    Some(Restriction),
    None,
}

impl Scope {
    pub fn restriction(&self) -> Option<&Restriction> {
        match self {
            Scope::Some(restriction) => Some(restriction),
            Scope::All | Scope::None => None,
        }
    }
}

impl Caller {
    /// The records of a type that a right of this caller covers. Constraints that cannot be understood let nothing
    /// through, and the log says why.
    pub fn scope(&self, right: Right, registry: &Registry, content_type: &ContentType) -> Scope {
        let constraints = match self.may(right, content_type) {
            Access::All => return Scope::All,
            Access::None => return Scope::None,
            Access::Restricted(constraints) => constraints,
        };
        let understood = constraints.iter().filter_map(|one| {
            Restriction::parse(registry, content_type, one)
                .map_err(|why| tracing::warn!(content_type = content_type.name(), why, "a permission grants nothing"))
                .ok()
        });
        understood.reduce(Restriction::or).map_or(Scope::None, Scope::Some)
    }

    /// Those of `ids` that this caller may see, in their order.
    pub async fn seen(
        &self,
        reader: &mut Reader,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, InventoryError> {
        match self.scope(Right::View, reader.registry(), content_type) {
            Scope::All => Ok(ids.to_vec()),
            Scope::None => Ok(Vec::new()),
            Scope::Some(restriction) => reader.allowed(content_type, ids, &restriction).await,
        }
    }
}
