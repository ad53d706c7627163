//! The kinds of a plan as they are stored with it: enough to read and write its records later, without the job.

use indexmap::IndexMap;
use trueup_engine::Schema;
use trueup_engine::kind::{Field, FieldDocument, FullFieldDocument, KindDocument, SchemaDocument};

use crate::JobError;

pub(super) fn to_json(schema: &Schema) -> String {
    let field = |field: &Field| {
        FieldDocument::Full(FullFieldDocument {
            name: field.name().to_owned(),
            field_type: Some(field.field_type().clone()),
            default: None,
            case: Default::default(),
            blank: Default::default(),
            references: None,
        })
    };
    let kinds: IndexMap<String, KindDocument> = schema
        .kinds()
        .map(|(_, kind)| {
            let document = KindDocument {
                identifiers: kind.identifiers().iter().map(field).collect(),
                attributes: kind.attributes().iter().map(field).collect(),
                content_type: kind.content_type().map(str::to_owned),
                ..KindDocument::default()
            };
            (kind.name().to_string(), document)
        })
        .collect();
    serde_json::json!(SchemaDocument { top_level: None, kinds }).to_string()
}

pub(super) fn from_json(json: &str) -> Result<Schema, JobError> {
    let document: SchemaDocument =
        serde_json::from_str(json).map_err(|source| JobError::StoredJson { what: "the kinds of a plan", source })?;
    document
        .to_schema()
        .map_err(|error| JobError::Invalid { job: "of a stored plan".to_owned(), problems: vec![error.to_string()] })
}
