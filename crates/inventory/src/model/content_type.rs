//! A content type and its fields, as the rest of the program sees them: checked, with every name resolved.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use trueup_engine::{FieldType, Value};

use super::display::Display;
use super::document::{Choice, Nulls};

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
    pub(crate) unique: Vec<Unique>,
    pub(crate) read_only: bool,
}

impl ContentType {
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

    /// The paths by which records are ordered when they are read.
    pub fn ordering(&self) -> &[String] {
        &self.ordering
    }

    /// True for types that only the inventory itself writes, such as the change log.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The column of a field that is known to have one.
    pub(crate) fn column_of(&self, field: &str) -> usize {
        self.field(field).and_then(|field| field.column).expect("rules name only stored fields of their own type")
    }
}

/// One field of a content type.
#[derive(Debug)]
pub struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) kind: FieldKind,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) immutable: bool,
    pub(crate) computed: bool,
    pub(crate) default: Option<Value>,
    pub(crate) help: Option<String>,
    /// The place among the columns of the table, for fields that are one column.
    pub(crate) column: Option<usize>,
}

impl Field {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// A record cannot be created without it.
    pub fn is_required(&self) -> bool {
        self.required
    }

    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// The inventory sets it; it cannot be written.
    pub fn is_computed(&self) -> bool {
        self.computed
    }

    /// It cannot change once the record exists.
    pub fn is_immutable(&self) -> bool {
        self.immutable
    }

    /// What a new record has when nothing is said. For references, the natural key of the default.
    pub fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// What a field holds.
#[derive(Debug)]
pub enum FieldKind {
    Scalar(Scalar),
    Reference(Reference),
    Many(Many),
    /// One value made of two columns.
    Composite(Composite),
    /// Another name for a path of references; writable where a rule knows what to do with it.
    Alias(Alias),
}

/// A plain value in one column.
#[derive(Debug)]
pub struct Scalar {
    pub(crate) scalar_type: ScalarType,
    pub(crate) max_length: Option<usize>,
    pub(crate) min: Option<Decimal>,
    pub(crate) max: Option<Decimal>,
    /// Digits after the point.
    pub(crate) places: Option<u32>,
    pub(crate) pattern: Option<regex::Regex>,
    pub(crate) choices: Option<Arc<[Choice]>>,
    /// Set beside `choices` so that checking one is not a walk.
    pub(crate) choice_values: Option<std::collections::HashSet<String>>,
    pub(crate) blank_is_null: bool,
}

impl Scalar {
    pub fn scalar_type(&self) -> ScalarType {
        self.scalar_type
    }

    /// Longest text, in characters.
    pub fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    pub fn choices(&self) -> Option<&[Choice]> {
        self.choices.as_deref()
    }
}

/// The types of plain values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarType {
    Bool,
    Int,
    Decimal,
    Float,
    Text,
    DateTime,
    Ip,
    Interface,
    Prefix,
    Mac,
    Json,
    Uuid,
}

impl ScalarType {
    pub(crate) const ALL: [(&'static str, ScalarType); 12] = [
        ("bool", ScalarType::Bool),
        ("int", ScalarType::Int),
        ("decimal", ScalarType::Decimal),
        ("float", ScalarType::Float),
        ("text", ScalarType::Text),
        ("datetime", ScalarType::DateTime),
        ("ip", ScalarType::Ip),
        ("interface", ScalarType::Interface),
        ("prefix", ScalarType::Prefix),
        ("mac", ScalarType::Mac),
        ("json", ScalarType::Json),
        ("uuid", ScalarType::Uuid),
    ];

    /// The engine's type for such a value.
    pub fn field_type(self) -> FieldType {
        match self {
            ScalarType::Bool => FieldType::Bool,
            ScalarType::Int => FieldType::Int,
            ScalarType::Decimal => FieldType::Decimal,
            ScalarType::Float => FieldType::Float,
            ScalarType::Text | ScalarType::Uuid => FieldType::Text,
            ScalarType::DateTime => FieldType::DateTime,
            ScalarType::Ip => FieldType::Ip,
            ScalarType::Interface => FieldType::Interface,
            ScalarType::Prefix => FieldType::Prefix,
            ScalarType::Mac => FieldType::Mac,
            ScalarType::Json => FieldType::Any,
        }
    }
}

/// A field that points at one record.
#[derive(Debug)]
pub struct Reference {
    pub(crate) to: TypeIndex,
    pub(crate) on_delete: OnDelete,
    /// Only records that list this content type in their `content_types`.
    pub(crate) limited: bool,
    /// The references form a tree, without cycles.
    pub(crate) tree: bool,
}

/// What happens to a record when the one it points at is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The delete is refused.
    Protect,
    /// The record is deleted too.
    Cascade,
    /// The reference becomes null.
    SetNull,
}

/// A field that points at any number of records, or of content types.
#[derive(Debug)]
pub struct Many {
    pub(crate) target: ManyTarget,
    pub(crate) limited: bool,
    pub(crate) link: Link,
}

/// What a to-many field points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManyTarget {
    /// Names of content types, which are data of the program and no records.
    ContentTypes,
    Records(TypeIndex),
}

/// The table that joins the two sides of a to-many field.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub table: String,
    pub near: String,
    pub far: String,
    /// Not written through the field: the table is a content type of its own.
    pub through: bool,
}

/// One value in two columns: a network or a host address, and a length.
#[derive(Debug)]
pub struct Composite {
    pub(crate) scalar_type: ScalarType,
    /// Columns of the address and of the length.
    pub(crate) columns: (usize, usize),
}

/// Another name for a path of references.
#[derive(Debug)]
pub struct Alias {
    pub(crate) path: String,
    pub(crate) to: TypeIndex,
}

/// One column of a table, besides `id`.
#[derive(Debug)]
pub(crate) struct Column {
    pub name: String,
    pub field: usize,
    pub column_type: ColumnType,
    pub nullable: bool,
    pub index: bool,
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
