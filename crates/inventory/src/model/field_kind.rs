//! What fields hold: plain values, references, lists of records, and what is worked out.

use std::sync::Arc;

use rust_decimal::Decimal;
use trueup_engine::FieldType;

use super::content_type::TypeIndex;
use super::document::{Choice, TextForm};

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

    /// The word for it in the files of content types.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, own)| *own == self).map_or("", |(word, _)| word)
    }

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
    /// Columns that become null when the reference does because its target is deleted.
    pub(crate) clears: Vec<usize>,
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
    /// The merged config contexts of a device.
    ConfigContext,
    /// Default values of a saved query's variables.
    QueryVariables,
    /// The terminations of a cable by connector.
    CableTerminations,
    /// The record that a row of the change log is about, as it was then, in the shape of the API.
    LoggedRecord,
    /// What a sync changes, in DiffSync's dict form.
    SyncDiff,
    /// What a step changes, in DiffSync's dict form.
    StepDiff,
}

impl Made {
    pub(crate) const ALL: [(&'static str, Made); 18] = [
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
        ("config_context", Made::ConfigContext),
        ("query_variables", Made::QueryVariables),
        ("cable_terminations", Made::CableTerminations),
        ("logged_record", Made::LoggedRecord),
        ("sync_diff", Made::SyncDiff),
        ("step_diff", Made::StepDiff),
    ];
}
