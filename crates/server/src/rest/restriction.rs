//! From the constraints of permissions to a restriction that the inventory understands.

use serde_json::Value as Json;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Registry, Restriction};

/// What meets any of the constraints. `None` when none of them can be understood: such a permission grants nothing,
/// and the log says why.
pub fn restriction(registry: &Registry, content_type: &ContentType, constraints: &[Json]) -> Option<Restriction> {
    let understood = constraints.iter().filter_map(|one| match Restriction::parse(registry, content_type, one) {
        Ok(restriction) => Some(restriction),
        Err(why) => {
            tracing::warn!(content_type = content_type.name(), why, "a permission grants nothing");
            None
        }
    });
    understood.reduce(Restriction::or)
}
