//! A content type, as the rest of the program sees it: checked, with every name resolved.

use std::collections::HashMap;
use std::sync::Arc;

use super::display::Display;
use super::document::Nulls;
use super::field::Field;
use super::field_kind::{FieldKind, Made, ScalarType};
use crate::storage::{Cell, Version};

/// The place of a content type in its [`Registry`](super::Registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeIndex(pub(crate) usize);

/// One table of the inventory.
#[derive(Debug)]
pub struct ContentType {
    pub(crate) index: TypeIndex,
    pub(crate) name: Arc<str>,
    pub(crate) verbose_name: String,
    pub(crate) verbose_name_plural: String,
    pub(crate) table: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) by_name: HashMap<Arc<str>, usize>,
    pub(crate) columns: Vec<Column>,
    /// Expanded to paths that end in plain fields.
    pub(crate) natural_key: Vec<String>,
    pub(crate) ordering: Vec<String>,
    pub(crate) display: Display,
    pub(crate) shown_as: Display,
    pub(crate) endpoint: Option<String>,
    pub(crate) search: Vec<(String, SearchLookup)>,
    pub(crate) unique: Vec<Unique>,
    pub(crate) exactly_one: Vec<Vec<String>>,
    pub(crate) read_only: bool,
    pub(crate) view: bool,
    pub(crate) notes: bool,
    pub(crate) custom_fields: bool,
    pub(crate) logged: bool,
}

impl ContentType {
    /// The place of the field of that name among [`fields`](Self::fields).
    pub fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// `dcim.device`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `device`.
    pub fn verbose_name(&self) -> &str {
        &self.verbose_name
    }

    /// `devices`.
    pub fn verbose_name_plural(&self) -> &str {
        &self.verbose_name_plural
    }

    /// The fields in the order of the file, without `id`.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).map(|&index| &self.fields[index])
    }

    /// The paths whose values together name one record. References are expanded to the natural key of what they
    /// point at, a reference to the same type only once.
    pub fn natural_key(&self) -> &[String] {
        &self.natural_key
    }

    /// The paths by which records are ordered when they are read; one that begins with `-` in descending order.
    pub fn ordering(&self) -> &[String] {
        &self.ordering
    }

    pub fn index(&self) -> TypeIndex {
        self.index
    }

    /// `dcim`.
    pub fn app(&self) -> &str {
        self.name.split_once('.').map_or("", |(app, _)| app)
    }

    /// `device`.
    pub fn model(&self) -> &str {
        self.name.split_once('.').map_or(&self.name, |(_, model)| model)
    }

    /// The path of its list below `/api/`, such as `dcim/devices`.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// How a record is named by its own columns alone.
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// How a record is named over the API: text with `{path}` and `{ancestry}` in it.
    pub fn shown_as(&self) -> &Display {
        &self.shown_as
    }

    /// The paths that the filter `q` looks at.
    pub fn search(&self) -> &[(String, SearchLookup)] {
        &self.search
    }

    /// Records may carry notes.
    pub fn has_notes(&self) -> bool {
        self.notes
    }

    /// Records have custom fields, kept in the field [`CUSTOM_FIELDS`].
    pub fn has_custom_fields(&self) -> bool {
        self.custom_fields
    }

    /// Its records are rows that another part of the program keeps, seen through a view: nobody writes them as records,
    /// and what they refer to does not know of them.
    pub fn is_view(&self) -> bool {
        self.view
    }

    /// Changes go to the change log.
    pub fn is_logged(&self) -> bool {
        self.logged
    }

    /// The reference by which records of this type form a tree.
    pub fn tree(&self) -> Option<&Field> {
        self.fields.iter().find(|field| matches!(&field.kind, FieldKind::Reference(reference) if reference.tree))
    }

    /// Sets of fields of which a record has just one.
    pub fn exactly_one(&self) -> &[Vec<String>] {
        &self.exactly_one
    }

    /// True for types that only the inventory itself writes, such as the change log.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether cables are plugged into its records: such a type shows the cable.
    pub fn takes_cables(&self) -> bool {
        self.field("cable").is_some_and(|field| matches!(field.kind, FieldKind::Made(Made::Cable)))
    }

    /// The field whose value a field is a part of: `prefix` of `network`.
    pub fn whole_of(&self, part: &Field) -> Option<&Field> {
        let column = part.column?;
        self.fields.iter().find(|field| match &field.kind {
            FieldKind::Composite(composite) => composite.columns.0 == column || composite.columns.1 == column,
            _ => false,
        })
    }

    /// The version that a row is at; none for types that keep no times.
    pub(crate) fn version(&self, row: &[Cell]) -> Option<Version> {
        let column = self.field("last_updated").and_then(|field| field.column)?;
        row[column].int().map(Version)
    }

    /// The column of a field that is known to have one.
    pub(crate) fn column_of(&self, field: &str) -> usize {
        self.field(field).and_then(|field| field.column).expect("rules name only stored fields of their own type")
    }
}

/// The field that holds a record's custom fields: a JSON object by key.
pub const CUSTOM_FIELDS: &str = "custom_fields";

/// How the filter `q` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchLookup {
    IContains,
    IExact,
    Exact,
}

/// One column of a table, besides `id`.
#[derive(Debug)]
pub(crate) struct Column {
    pub name: String,
    pub field: usize,
    pub column_type: ColumnType,
    pub nullable: bool,
    pub index: bool,
    /// The column whose text this one holds in the form that sorts as people count.
    pub natural_of: Option<usize>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ColumnType {
    Scalar(ScalarType),
    /// The id of a record of that type.
    Id(TypeIndex),
}

/// Fields whose values together occur once.
#[derive(Debug)]
pub(crate) struct Unique {
    pub index_name: String,
    pub fields: Vec<Arc<str>>,
    pub columns: Vec<usize>,
    pub nulls: Nulls,
    pub unless_null: Option<usize>,
}
