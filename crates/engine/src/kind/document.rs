use std::fmt;

use indexmap::IndexMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::builder::list;
use super::{Blank, Case, Field, Kind, KindError, Owner, Schema, SchemaError};
use crate::value::{FieldType, Value};

/// Kinds as a person writes them, in YAML or JSON:
///
/// ```yaml
/// kinds:
///   site:
///     identifiers: [name]
///     attributes: [region, {name: asn, type: int}]
///     children: {device: devices}
///   device:
///     identifiers: [name]
///     attributes: [{name: site, references: site}]
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaDocument {
    /// Kinds at the top, in diff order. Left out: all that are nobody's children.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_level: Option<Vec<String>>,
    pub kinds: IndexMap<String, KindDocument>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDocument {
    pub identifiers: Vec<FieldDocument>,
    #[serde(default)]
    pub attributes: Vec<FieldDocument>,
    /// Child kind → name of the list of children.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub children: IndexMap<String, String>,
    /// Referenced kind → fields that hold its key.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub references: IndexMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortname: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// A field's name, or its name with more about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FieldDocument {
    Name(String),
    Full(FullFieldDocument),
}

impl<'de> Deserialize<'de> for FieldDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrMore;

        impl<'de> Visitor<'de> for NameOrMore {
            type Value = FieldDocument;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name, or {name: …, type: …}")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<FieldDocument, E> {
                Ok(FieldDocument::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldDocument, A::Error> {
                FullFieldDocument::deserialize(MapAccessDeserializer::new(map)).map(FieldDocument::Full)
            }
        }

        deserializer.deserialize_any(NameOrMore)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullFieldDocument {
    pub name: String,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub field_type: Option<FieldType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    #[serde(default)]
    pub case: Case,
    #[serde(default)]
    pub blank: Blank,
    #[serde(default)]
    pub owner: Owner,
    /// The kind whose key this field holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    #[error("{}", list(.0))]
    Kinds(Vec<KindError>),
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl FieldDocument {
    pub fn name(&self) -> &str {
        match self {
            FieldDocument::Name(name) => name,
            FieldDocument::Full(full) => &full.name,
        }
    }

    /// The declared type; `None` when the document leaves it open.
    pub fn field_type(&self) -> Option<&FieldType> {
        match self {
            FieldDocument::Name(_) => None,
            FieldDocument::Full(full) => full.field_type.as_ref(),
        }
    }

    pub fn references(&self) -> Option<&str> {
        match self {
            FieldDocument::Name(_) => None,
            FieldDocument::Full(full) => full.references.as_deref(),
        }
    }

    /// The field, with `otherwise` as its type when the document leaves it open.
    pub fn to_field(&self, otherwise: FieldType) -> Field {
        match self {
            FieldDocument::Name(name) => Field::new(name, otherwise),
            FieldDocument::Full(full) => {
                let FullFieldDocument { name, field_type, default, case, blank, owner, references: _ } = full;
                let mut field = Field::new(name, field_type.clone().unwrap_or(otherwise));
                if let Some(default) = default {
                    field = field.with_default(default.clone());
                }
                field.with_case(*case).with_blank(*blank).with_owner(*owner)
            }
        }
    }
}

impl KindDocument {
    /// # Errors
    /// [`KindError`] with everything that is wrong about this kind.
    pub fn to_kind(&self, name: &str) -> Result<Kind, KindError> {
        let KindDocument { identifiers, attributes, children, references, shortname, content_type } = self;
        let mut builder = Kind::builder(name).shortname(shortname);
        for field in identifiers {
            builder = builder.id_field(field.to_field(FieldType::Any));
        }
        for field in attributes {
            builder = builder.attr_field(field.to_field(FieldType::Any));
        }
        for (kind, field) in children {
            builder = builder.child(kind, field);
        }
        for (to, fields) in references {
            builder = builder.reference(to, fields);
        }
        for field in identifiers.iter().chain(attributes) {
            if let Some(to) = field.references() {
                builder = builder.reference(to, [field.name()]);
            }
        }
        if let Some(content_type) = content_type {
            builder = builder.content_type(content_type);
        }
        builder.build()
    }
}

impl SchemaDocument {
    /// # Errors
    /// All kinds that contradict themselves; when none does, all problems between the kinds.
    pub fn to_schema(&self) -> Result<Schema, DocumentError> {
        let (mut kinds, mut errors) = (Vec::new(), Vec::new());
        for (name, kind) in &self.kinds {
            match kind.to_kind(name) {
                Ok(kind) => kinds.push(kind),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(DocumentError::Kinds(errors));
        }
        Ok(match &self.top_level {
            Some(top_level) => Schema::with_top_level(kinds, top_level)?,
            None => Schema::new(kinds)?,
        })
    }
}
