//! `relationships` in a body: what a client wants to be joined to a record, and making it so.
//!
//! - [`said`]: what bodies say, held against the definitions, with every record that is named found.
//! - [`join`]: in the transaction of the records themselves, what is joined becomes what was said; and whoever has to
//!   have something has it in the end.

mod join;
mod said;

pub use join::Joining;
pub use said::Joins;

use trueup_inventory::model::ContentType;

use super::item::Item;
use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::call::Call;

/// The key of a body.
pub const RELATIONSHIPS: &str = "relationships";

/// Reads what objects say of their relationships. Nothing when they say nothing and no relationship has to be there.
pub async fn examine(
    call: &Call,
    content_type: &ContentType,
    items: &mut [Item<'_>],
) -> Result<Option<Joining>, ApiError> {
    if !content_type.has_custom_fields() || items.is_empty() {
        return Ok(None);
    }
    let mut reader = call.app.inventory.reader().await?;
    let definitions = reader.relationships(Some(content_type)).await?;
    let joins = said::read(&mut reader, &definitions, content_type, items).await?;
    let required: Vec<_> =
        definitions.iter().filter_map(|one| Some((one.required_from(content_type.index())?, one.clone()))).collect();
    if joins.iter().all(Vec::is_empty) && required.is_empty() {
        return Ok(None);
    }
    let registry = call.app.inventory.registry();
    let association = registry.content_type(trueup_inventory::relationship::ASSOCIATION);
    let association = association.map_err(trueup_inventory::InventoryError::from)?;
    Ok(Some(Joining {
        joins,
        required,
        may_add: call.caller.scope(Right::Add, registry, association),
        may_delete: call.caller.scope(Right::Delete, registry, association),
    }))
}
