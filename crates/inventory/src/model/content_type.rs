//! A content type and its fields, as the rest of the program sees them: checked, with every name resolved.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use trueup_engine::{FieldType, Value};

use super::display::Display;
use super::document::{Choice, Nulls, TextForm};
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

/// When the value of a field is seen over the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    #[default]
    Shown,
    /// Only when asked for by `include`.
    OptIn,
    /// Written, never shown.
    WriteOnly,
    /// Neither.
    Hidden,
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
    pub(crate) read_only: bool,
    /// The column that it is made from when nothing is said.
    pub(crate) slug_of: Option<String>,
    pub(crate) default: Option<Value>,
    pub(crate) help: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) visibility: Visibility,
    pub(crate) filtered: bool,
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

    /// It cannot be written over the API.
    pub fn is_read_only(&self) -> bool {
        self.read_only || self.computed
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

    /// How the field is called for people.
    pub fn label(&self) -> String {
        self.label.clone().unwrap_or_else(|| {
            let words = self.name.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
    }

    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Whether lists can be filtered by it.
    pub fn is_filtered(&self) -> bool {
        self.filtered
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
    /// The record that two fields name together.
    Generic(Generic),
    /// The records that point at this one, or their number.
    Reverse(Reverse),
    /// Worked out by code when the record is shown.
    Made(Made),
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
    pub(crate) form: Option<TextForm>,
    pub(crate) choices: Option<Arc<[Choice]>>,
    /// Set beside `choices` so that checking one is not a walk.
    pub(crate) choice_values: Option<std::collections::HashSet<String>>,
    pub(crate) blank_is_null: bool,
    pub(crate) labelled: bool,
    /// The column that holds the value in the form that sorts as people count.
    pub(crate) natural: Option<usize>,
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

    /// What a text is, as clients are told.
    pub fn form(&self) -> Option<TextForm> {
        self.form
    }

    /// Whether a choice is shown as `{value, label}`.
    pub fn is_labelled(&self) -> bool {
        self.labelled
    }

    /// Digits after the point of a decimal.
    pub fn places(&self) -> Option<u32> {
        self.places
    }

    /// Least and greatest number.
    pub fn range(&self) -> (Option<Decimal>, Option<Decimal>) {
        (self.min, self.max)
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
    /// A day, as text `2026-11-23`.
    Date,
    /// Microseconds.
    Duration,
    /// The name of a content type.
    ContentType,
}

impl ScalarType {
    pub(crate) const ALL: [(&'static str, ScalarType); 15] = [
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
        ("date", ScalarType::Date),
        ("duration", ScalarType::Duration),
        ("content_type", ScalarType::ContentType),
    ];

    /// The engine's type for such a value.
    pub fn field_type(self) -> FieldType {
        match self {
            ScalarType::Bool => FieldType::Bool,
            ScalarType::Int | ScalarType::Duration => FieldType::Int,
            ScalarType::Decimal => FieldType::Decimal,
            ScalarType::Float => FieldType::Float,
            ScalarType::Text | ScalarType::Uuid | ScalarType::Date | ScalarType::ContentType => FieldType::Text,
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
    /// A filter by it takes everything below the record that it names.
    pub(crate) subtree: bool,
    pub(crate) related_name: Option<String>,
}

impl Reference {
    pub fn to(&self) -> TypeIndex {
        self.to
    }

    pub fn on_delete(&self) -> OnDelete {
        self.on_delete
    }

    /// Only records that list this content type in their `content_types`.
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// A filter by it takes everything below the record that it names.
    pub fn filters_subtree(&self) -> bool {
        self.subtree
    }

    /// What the records that point somewhere are called from there: the plural of their type, unless the file says
    /// otherwise.
    pub fn related_name(&self) -> Option<&str> {
        self.related_name.as_deref()
    }
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
    /// A filter by it takes everything below the records that it names.
    pub(crate) subtree: bool,
    pub(crate) related_name: Option<String>,
    pub(crate) link: Link,
}

impl Many {
    pub fn target(&self) -> ManyTarget {
        self.target
    }

    /// It can be written as a field; else its rows are records of another content type, to be written as such.
    pub fn is_writable(&self) -> bool {
        self.link.writable
    }

    /// A filter by it takes everything below the records that it names.
    pub fn filters_subtree(&self) -> bool {
        self.subtree
    }

    /// Whether `other` reads the same records from their other end.
    pub fn is_other_end_of(&self, other: &Many) -> bool {
        self.link.table == other.link.table && self.link.near == other.link.far && self.link.far == other.link.near
    }

    pub fn related_name(&self) -> Option<&str> {
        self.related_name.as_deref()
    }
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
    /// The table is a content type of its own, whose rows have ids.
    pub through: bool,
    /// Written through the field.
    pub writable: bool,
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

impl Alias {
    /// The references that are walked, as `parent__namespace`.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn to(&self) -> TypeIndex {
        self.to
    }
}

/// The record that two fields name together.
#[derive(Debug)]
pub struct Generic {
    /// Columns of the content type and of the id.
    pub(crate) columns: (usize, usize),
    /// Whether this record goes when the other one does; else it keeps naming what is no more.
    pub(crate) cascades: bool,
}

/// The records that point at this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reverse {
    pub(crate) from: TypeIndex,
    /// The place of a reference or to-many field of `from`.
    pub(crate) field: usize,
    pub(crate) shows: ReverseShows,
}

impl Reverse {
    /// The records of `from` that point here by the reference or to-many field at place `field`.
    pub fn records(from: TypeIndex, field: usize) -> Self {
        Self { from, field, shows: ReverseShows::Records }
    }

    /// The place of the field of [`from`](Self::from) that points here.
    pub fn field(&self) -> usize {
        self.field
    }

    pub fn from(&self) -> TypeIndex {
        self.from
    }

    pub fn shows(&self) -> ReverseShows {
        self.shows
    }
}

/// What a [`Reverse`] field shows of the records that it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReverseShows {
    Records,
    Count,
}

/// Values that code works out when a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Made {
    /// Always null, until the part that it belongs to exists.
    Null,
    /// Always `[]`.
    EmptyList,
    /// Always `{}`.
    EmptyObject,
    /// Always 0: a count of what this inventory does not hold.
    Zero,
    Cable,
    CablePeer,
    CablePeerType,
    ConnectedEndpoint,
    ConnectedEndpointType,
    ConnectedEndpointReachable,
    /// A platform's driver as other tools call it.
    NetworkDriverMappings,
    /// How many things carry a tag.
    TaggedItems,
    /// The members of a dynamic group, and how many.
    MemberCount,
    /// The merged config contexts of a device.
    ConfigContext,
    /// Default values of a saved query's variables.
    QueryVariables,
    /// The terminations of a cable by connector.
    CableTerminations,
}

impl Made {
    pub(crate) const ALL: [(&'static str, Made); 16] = [
        ("null", Made::Null),
        ("empty_list", Made::EmptyList),
        ("empty_object", Made::EmptyObject),
        ("zero", Made::Zero),
        ("cable", Made::Cable),
        ("cable_peer", Made::CablePeer),
        ("cable_peer_type", Made::CablePeerType),
        ("connected_endpoint", Made::ConnectedEndpoint),
        ("connected_endpoint_type", Made::ConnectedEndpointType),
        ("connected_endpoint_reachable", Made::ConnectedEndpointReachable),
        ("network_driver_mappings", Made::NetworkDriverMappings),
        ("tagged_items", Made::TaggedItems),
        ("member_count", Made::MemberCount),
        ("config_context", Made::ConfigContext),
        ("query_variables", Made::QueryVariables),
        ("cable_terminations", Made::CableTerminations),
    ];
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
