//! What users define and the schema shows, as it is at the moment: custom fields, relationships and computed fields.

use trueup_inventory::model::{ContentType, FieldKind};
use trueup_inventory::relationship::Relationship;
use trueup_inventory::{LinkTarget, ListError, ListRequest, Reader, Record};

use crate::error::ApiError;
use crate::rest::render::computed_fields::DEFINITION;

/// Everything that users define.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definitions {
    pub custom_fields: Vec<Definition>,
    pub relationships: Vec<Relationship>,
    pub computed_fields: Vec<ComputedField>,
}

/// One computed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedField {
    pub key: String,
    /// The name of the content type that has it.
    pub content_type: String,
}

/// One custom field, as far as the schema must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub key: String,
    pub label: String,
    pub kind: CustomKind,
    /// Its type in the words of the inventory, by which filters compare.
    pub filter_kind: String,
    /// The names of the content types that have it.
    pub content_types: Vec<String>,
}

/// What values a custom field has in GraphQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomKind {
    Text,
    Integer,
    Boolean,
    Texts,
    Json,
}

impl CustomKind {
    fn of(word: &str) -> Self {
        match word {
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "multi-select" => Self::Texts,
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// All definitions, in their order.
///
/// # Errors
/// The database failed.
pub async fn read(reader: &mut Reader) -> Result<Definitions, ApiError> {
    Ok(Definitions {
        custom_fields: custom_fields(reader).await?,
        relationships: reader.relationships(None).await?,
        computed_fields: computed_fields(reader).await?,
    })
}

async fn computed_fields(reader: &mut Reader) -> Result<Vec<ComputedField>, ApiError> {
    let registry = reader.registry().clone();
    let Ok(content_type) = registry.content_type(DEFINITION) else { return Ok(Vec::new()) };
    let ids = reader.list(&ListRequest::all(content_type.index())).await?.ids;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let records = reader.records(content_type, &ids).await?;
    let made = records.iter().map(|record| {
        let text = |name: &str| {
            let place = content_type.place(name);
            place.and_then(|place| record.text(content_type, place)).unwrap_or_default().to_owned()
        };
        ComputedField { key: text("key"), content_type: text("content_type") }
    });
    Ok(made.collect())
}

async fn custom_fields(reader: &mut Reader) -> Result<Vec<Definition>, ApiError> {
    let registry = reader.registry().clone();
    let Ok(content_type) = registry.content_type("extras.customfield") else { return Ok(Vec::new()) };
    let page = match reader.list(&ListRequest::all(content_type.index())).await {
        Ok(page) => page,
        Err(ListError::Inventory(error)) => return Err(error.into()),
        Err(ListError::Filters(errors)) => return Err(ListError::Filters(errors).into()),
    };
    let records = reader.records(content_type, &page.ids).await?;
    let held = content_type.fields().iter().position(|field| field.name() == "content_types");
    let mut links = match held {
        Some(field) if !records.is_empty() => reader.links(content_type, field, &page.ids).await?,
        _ => Default::default(),
    };
    Ok(records.iter().map(|record| definition(content_type, record, links.remove(&record.id()))).collect())
}

fn definition(content_type: &ContentType, record: &Record, links: Option<Vec<LinkTarget>>) -> Definition {
    let text = |name: &str| {
        let place = content_type.fields().iter().position(|field| field.name() == name);
        let place = place.filter(|&place| matches!(content_type.fields()[place].kind(), FieldKind::Scalar(_)));
        place.and_then(|place| record.text(content_type, place)).unwrap_or_default().to_owned()
    };
    let names = links.unwrap_or_default().into_iter().filter_map(|target| match target {
        LinkTarget::ContentType(name) => Some(name),
        LinkTarget::Record(_) => None,
    });
    Definition {
        key: text("key"),
        label: text("label"),
        kind: CustomKind::of(&text("type")),
        filter_kind: text("type"),
        content_types: names.collect(),
    }
}
