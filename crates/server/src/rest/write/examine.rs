//! What only the server can say about objects, beyond what the inventory checks.

use trueup_inventory::model::ContentType;

use super::item::Item;
use crate::error::ApiError;
use crate::graphql::SAVED_QUERY;
use crate::rest::call::Call;
use crate::rest::render::computed_fields;
use crate::template;

/// Types whose records lie in a prefix. The inventory takes the namespace Global where a job names none; a client of
/// the API has to say which one it means.
const IN_PREFIX: [&str; 2] = ["ipam.ipaddress", "ipam.ipaddressrange"];

/// Adds to the errors of each object: a saved query is one that can be run, a template of a computed field is one.
pub async fn examine(call: &Call, content_type: &ContentType, items: &mut [Item<'_>]) -> Result<(), ApiError> {
    match content_type.name() {
        SAVED_QUERY => {
            let mut reader = call.app.inventory.reader().await?;
            for item in items {
                let Some(query) = item.object.get("query").and_then(|query| query.as_str()) else { continue };
                if let Err(message) = call.app.graphql.validate(&mut reader, query).await? {
                    item.errors.add("query", message);
                }
            }
        }
        computed_fields::DEFINITION => {
            for item in items {
                let Some(text) = item.object.get("template").and_then(|text| text.as_str()) else { continue };
                if let Some(message) = template::problem(text) {
                    item.errors.add("template", message);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The same for objects that are to be created.
pub fn examine_new(content_type: &ContentType, items: &mut [Item<'_>]) {
    if !IN_PREFIX.contains(&content_type.name()) {
        return;
    }
    for item in items {
        if item.object.get("namespace").is_none() && item.object.get("parent").is_none() {
            item.errors.add("namespace", "One of parent or namespace must be provided");
        }
    }
}
