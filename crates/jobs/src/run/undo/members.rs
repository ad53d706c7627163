use std::collections::HashMap;
use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::{Inventory, InventoryError, LinkTarget, Lost, RecordId};

use crate::store::LossRow;

/// By field and record: what a to-many field holds now.
pub(super) type Present = HashMap<(String, RecordId), Vec<Value>>;

/// What the to-many fields hold now that lost something, so that they can be set as a whole and keep what came since.
pub(super) async fn present(inventory: &Inventory, losses: &[LossRow]) -> Result<Present, InventoryError> {
    let mut ids: HashMap<(Arc<str>, Arc<str>), Vec<RecordId>> = HashMap::new();
    let members = |row: &&LossRow| row.loss.what == Lost::Members;
    for LossRow { loss, .. } in losses.iter().filter(members) {
        for (field, _) in &loss.values {
            ids.entry((Arc::clone(&loss.content_type), Arc::clone(field))).or_default().push(loss.id);
        }
    }
    let mut present = Present::new();
    if ids.is_empty() {
        return Ok(present);
    }
    let mut reader = inventory.reader().await?;
    for ((content_type, field), mut ids) in ids {
        let found = Arc::clone(reader.registry().content_type(&content_type)?);
        let Some(place) = found.place(&field) else { continue };
        ids.sort_unstable();
        ids.dedup();
        for (id, linked) in reader.links(&found, place, &ids).await? {
            let linked = linked.iter().map(|target| match target {
                LinkTarget::ContentType(name) => Value::from(name.as_str()),
                LinkTarget::Record(id) => Value::Map([("id".to_owned(), id.to_string().into())].into_iter().collect()),
            });
            present.insert((field.to_string(), id), linked.collect());
        }
    }
    Ok(present)
}
