//! What only the server can say about objects, beyond what the inventory checks.

use trueup_inventory::model::ContentType;

use super::item::Item;
use crate::error::ApiError;
use crate::graphql::SAVED_QUERY;
use crate::rest::call::Call;

/// Adds to the errors of each object: a saved query is one that can be run.
pub async fn examine(call: &Call, content_type: &ContentType, items: &mut [Item<'_>]) -> Result<(), ApiError> {
    if content_type.name() != SAVED_QUERY {
        return Ok(());
    }
    let mut reader = call.app.inventory.reader().await?;
    for item in items {
        let Some(query) = item.object.get("query").and_then(|query| query.as_str()) else { continue };
        if let Err(message) = call.app.graphql.validate(&mut reader, query).await? {
            item.errors.add("query", message);
        }
    }
    Ok(())
}
