//! Kinds for records that the job of a plan has no kind for: one for each content type, told apart by their ids.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trueup_engine::{FieldType, Kind, Schema};
use trueup_inventory::{InventoryError, Registry};

use crate::JobError;

/// By content type, the paths that steps write.
pub(super) type Paths = BTreeMap<Arc<str>, BTreeSet<String>>;

/// What such a kind is called beside the kinds of a job: as its content type, unless the job has another kind of that name.
pub(super) fn kind_of(schema: &Schema, content_type: &str) -> String {
    match schema.get(content_type).filter(|kind| !is_restored(kind)) {
        Some(_) => format!("{content_type}.id"),
        None => content_type.to_owned(),
    }
}

/// Whether a kind is one of these.
fn is_restored(kind: &Kind) -> bool {
    let named = kind.content_type().and_then(|content_type| kind.name().as_str().strip_prefix(content_type));
    matches!(named, Some("" | ".id")) && matches!(kind.identifiers(), [id] if id.name() == "id")
}

/// The kinds of a job, and those that the paths need. Kinds that are there already from an earlier undo get their paths
/// too.
pub(super) fn with_restored(schema: &Schema, paths: &Paths, registry: &Registry) -> Result<Schema, JobError> {
    let mut paths = paths.clone();
    let mut kinds = Vec::with_capacity(schema.len() + paths.len());
    for (_, kind) in schema.kinds() {
        match kind.content_type().filter(|_| is_restored(kind)) {
            Some(content_type) => {
                let own = kind.attributes().iter().map(|field| field.name().to_owned());
                paths.entry(content_type.into()).or_default().extend(own);
            }
            None => kinds.push(kind.clone()),
        }
    }
    for (content_type, paths) in &paths {
        let found = registry.content_type(content_type).map_err(InventoryError::from)?;
        let mut builder =
            Kind::builder(kind_of(schema, content_type)).content_type(&**content_type).id("id", FieldType::Text);
        for path in paths {
            let resolved = registry.path(found, path).map_err(InventoryError::from)?;
            // Members are written by their ids and read by their names, so that they cannot be compared.
            if !matches!(resolved.field_type, FieldType::Set(_)) {
                builder = builder.attr(path, resolved.field_type);
            }
        }
        kinds.push(builder.build()?);
    }
    Ok(Schema::new(kinds)?)
}
