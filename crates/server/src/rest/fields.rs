//! What clients may do with the fields of a content type, as OPTIONS and the OpenAPI document tell them.

use std::fmt;

use serde_json::Value as Json;
use trueup_inventory::model::{ContentType, Field, FieldKind, Visibility};

/// Whether clients write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// What is said of it is passed over.
    Never,
    May,
    /// A new record needs it.
    Must,
}

impl Written {
    pub fn of(content_type: &ContentType, field: &Field) -> Self {
        match field.kind() {
            FieldKind::Many(many) if !many.is_writable() => Self::Never,
            _ if field.stands_for().is_some() => Self::May,
            _ if field.is_read_only() => Self::Never,
            FieldKind::Composite(_) => {
                let mut parts = content_type.fields().iter().filter(|part| {
                    content_type.whole_of(part).is_some_and(|whole| whole.name() == field.name()) && part.is_demanded()
                });
                if parts.next().is_some() { Self::Must } else { Self::May }
            }
            _ if field.is_demanded() => Self::Must,
            _ => Self::May,
        }
    }
}

/// A bound as a JSON number.
pub fn number(bound: impl fmt::Display) -> Json {
    bound.to_string().parse().map_or(Json::Null, Json::Number)
}

/// The fields that clients know of.
pub fn known(content_type: &ContentType) -> impl Iterator<Item = &Field> {
    content_type.fields().iter().filter(|field| field.visibility() != Visibility::Hidden)
}
