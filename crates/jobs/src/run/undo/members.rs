use std::sync::Arc;

use trueup_inventory::{Inventory, InventoryError, Lost};

use crate::inventory::members;
pub(super) use crate::inventory::members::Present;
use crate::store::LossRow;

/// What the to-many fields hold now that lost something: what an undo says of them is that and what was lost.
pub(super) async fn present(inventory: &Inventory, losses: &[LossRow]) -> Result<Present, InventoryError> {
    let losses = losses.iter().map(|row| &row.loss).filter(|loss| loss.what == Lost::Members);
    let fields = losses.flat_map(|loss| {
        loss.values.iter().map(|(field, _)| (Arc::clone(&loss.content_type), field.to_string(), loss.id))
    });
    let wanted: Vec<members::Wanted> = fields.collect();
    if wanted.is_empty() {
        return Ok(Present::new());
    }
    members::present(&mut inventory.reader().await?, wanted).await
}
