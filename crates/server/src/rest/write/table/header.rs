//! The columns of a table: which field each of them is, or is a part of.

use std::collections::HashSet;

use trueup_inventory::Registry;
use trueup_inventory::model::{
    ContentType, Field, FieldKind, ManyTarget, PathError, Scalar, ScalarType, TypeIndex, Visibility,
};

use crate::rest::fields::Written;
use crate::rest::render::{CustomField, Holds};
use crate::rest::table::CUSTOM_FIELD;
use crate::rest::write::errors::FieldErrors;
use crate::rest::write::reference::attribute_path;

/// Columns of one table. No type has as many; a longer header is no table.
const MOST_COLUMNS: usize = 1_000;
/// Columns of every type that are shown and never written.
const SHOWN: [&str; 7] =
    ["object_type", "display", "natural_slug", "url", "notes_url", "computed_fields", "relationships"];

/// The header of a table.
#[derive(Debug)]
pub struct Header {
    pub width: usize,
    pub fields: Vec<Taken>,
}

/// One member of the objects that rows become.
#[derive(Debug)]
pub struct Taken {
    pub name: String,
    pub from: From,
}

/// The columns that a member is made of, by their places.
#[derive(Debug)]
pub enum From {
    Cell(usize, Reads),
    /// The record that has these values, or a list of such.
    Lookups(Vec<Lookup>, Counted),
    CustomFields(Vec<(String, Holds, usize)>),
}

/// How many records the lookups of a row name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    One,
    /// As many as each cell has parts between commas.
    Many,
}

/// A path from the record that is named.
#[derive(Debug)]
pub struct Lookup {
    pub path: String,
    pub column: usize,
    /// An empty cell says null.
    pub nullable: bool,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// A text that says the value, or names a record.
    Text {
        nullable: bool,
    },
    /// Keys or names with commas between them.
    List,
    /// JSON, or texts with commas between them.
    Choices,
    Json,
}

impl Header {
    /// # Errors
    /// Names that mean nothing, or the same as another one: each with what is wrong with it.
    pub fn new(
        registry: &Registry,
        content_type: &ContentType,
        custom_fields: &[CustomField],
        names: &[String],
    ) -> Result<Self, FieldErrors> {
        let mut header = Self { width: names.len(), fields: Vec::new() };
        let mut errors = FieldErrors::default();
        if names.len() > MOST_COLUMNS {
            errors.add(WHOLE, format!("A table has at most {MOST_COLUMNS} columns, this one has {}.", names.len()));
            return Err(errors);
        }
        let mut seen = HashSet::new();
        for (column, name) in names.iter().enumerate() {
            let problem = if name.is_empty() {
                errors.add(WHOLE, format!("Column {} has no name.", column + 1));
                continue;
            } else if !seen.insert(name.as_str()) {
                Err("There is more than one column of this name.".to_owned())
            } else {
                header.take(registry, content_type, custom_fields, name, column)
            };
            if let Err(message) = problem {
                errors.add(name, message);
            }
        }
        if errors.is_empty() { Ok(header) } else { Err(errors) }
    }

    fn take(
        &mut self,
        registry: &Registry,
        content_type: &ContentType,
        custom_fields: &[CustomField],
        name: &str,
        column: usize,
    ) -> Result<(), String> {
        if name == "id" {
            return self.put(name, From::Cell(column, Reads::Text { nullable: true }));
        }
        if let Some(key) = name.strip_prefix(CUSTOM_FIELD).filter(|_| content_type.has_custom_fields()) {
            let field = custom_fields.iter().find(|field| field.key == key);
            let field = field.ok_or_else(|| format!("{} has no custom field `{key}`.", content_type.name()))?;
            return self.put("custom_fields", From::CustomFields(vec![(key.to_owned(), field.holds, column)]));
        }
        let (first, rest) = name.split_once("__").map_or((name, None), |(first, rest)| (first, Some(rest)));
        if SHOWN.contains(&first) {
            return Ok(());
        }
        let field = content_type.field(first).filter(|field| field.visibility() != Visibility::Hidden);
        let Some(field) = field else {
            let path = registry.path(content_type, first).err();
            return Err(path.map_or_else(|| "There is no such field.".to_owned(), |error| error.to_string()));
        };
        let field = field.stands_for().and_then(|many| content_type.field(many)).unwrap_or(field);
        let is_part = content_type.whole_of(field).is_some();
        if Written::of(content_type, field) == Written::Never && !is_part {
            return Ok(());
        }
        match rest {
            None => match reads(field, first) {
                Some(reads) => self.put(first, From::Cell(column, reads)),
                None => Ok(()),
            },
            Some(rest) => match target(field) {
                Some((to, counted)) => {
                    let counted = if first == field.name() { counted } else { Counted::One };
                    let nullable = lookup(registry, registry.get(to), rest)?;
                    let lookups = vec![Lookup { path: rest.to_owned(), column, nullable }];
                    self.put(first, From::Lookups(lookups, counted))
                }
                None => registry.path(content_type, name).map(|_| ()).map_err(|error| error.to_string()),
            },
        }
    }

    /// Adds a column to the member that it is a part of.
    fn put(&mut self, name: &str, from: From) -> Result<(), String> {
        let Some(known) = self.fields.iter_mut().find(|known| known.name == name) else {
            self.fields.push(Taken { name: name.to_owned(), from });
            return Ok(());
        };
        match (&mut known.from, from) {
            (From::Lookups(all, _), From::Lookups(more, _)) => all.extend(more),
            (From::CustomFields(all), From::CustomFields(more)) => all.extend(more),
            _ => return Err(format!("Another column says the same: give `{name}` or parts of it, not both.")),
        }
        Ok(())
    }
}

/// Where errors stand that are about no column.
pub const WHOLE: &str = "non_field_errors";

/// What a column of the whole field holds; nothing for a field that is worked out.
fn reads(field: &Field, name: &str) -> Option<Reads> {
    Some(match field.kind() {
        FieldKind::Scalar(scalar) => scalar_reads(field, scalar),
        FieldKind::Composite(_) => Reads::Text { nullable: field.is_nullable() },
        FieldKind::Reference(_) | FieldKind::Alias(_) => Reads::Text { nullable: true },
        FieldKind::Many(_) if name == field.name() => Reads::List,
        FieldKind::Many(_) => Reads::Text { nullable: true },
        FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_) => return None,
    })
}

fn scalar_reads(field: &Field, scalar: &Scalar) -> Reads {
    match (scalar.scalar_type(), scalar.choices()) {
        (ScalarType::Json, Some(_)) => Reads::Choices,
        (ScalarType::Json, None) => Reads::Json,
        _ => Reads::Text { nullable: field.is_nullable() },
    }
}

/// What the paths behind a field start from.
fn target(field: &Field) -> Option<(TypeIndex, Counted)> {
    match field.kind() {
        FieldKind::Reference(reference) => Some((reference.to(), Counted::One)),
        FieldKind::Alias(alias) => Some((alias.to(), Counted::One)),
        FieldKind::Many(many) => match many.target() {
            ManyTarget::Records(to) => Some((to, Counted::Many)),
            ManyTarget::ContentTypes => None,
        },
        _ => None,
    }
}

/// Whether a value that records are looked up by may be null.
fn lookup(registry: &Registry, to: &ContentType, path: &str) -> Result<bool, String> {
    match attribute_path(registry, to, path) {
        Ok(path) => Ok(path.nullable),
        // A reference by its id.
        Err(PathError::EndsAtReference { .. }) => Ok(true),
        Err(error) => Err(error.to_string()),
    }
}
