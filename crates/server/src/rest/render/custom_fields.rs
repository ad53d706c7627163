//! Custom fields: every one that is defined for a type is shown, null when a record has no value.

use std::sync::Arc;

use trueup_inventory::ListRequest;
use trueup_inventory::model::ContentType;

use super::Renderer;
use crate::error::ApiError;

impl Renderer<'_> {
    /// The keys of the custom fields of a type, in the order in which people see them.
    pub(super) async fn custom_fields(&mut self, content_type: &ContentType) -> Result<Arc<[String]>, ApiError> {
        if let Some(keys) = self.definitions.get(&content_type.index()) {
            return Ok(Arc::clone(keys));
        }
        let registry = Arc::clone(self.reader.registry());
        let mut keys = Vec::new();
        if let Ok(definition) = registry.content_type("extras.customfield") {
            let mut request = ListRequest::all(definition.index());
            request.filters.insert("content_types".to_owned(), vec![content_type.name().to_owned()]);
            let page = self.reader.list(&request).await?;
            let place = definition.fields().iter().position(|field| field.name() == "key").unwrap_or_default();
            for record in self.reader.records(definition, &page.ids).await? {
                keys.extend(record.text(definition, place).map(str::to_owned));
            }
        }
        let keys: Arc<[String]> = keys.into();
        self.definitions.insert(content_type.index(), Arc::clone(&keys));
        Ok(keys)
    }
}
