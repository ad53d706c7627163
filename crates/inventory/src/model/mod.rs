//! Content types as data: the files, their checks, and the registry that answers questions about them.

mod build;
mod build_field;
mod check_across;
mod content_type;
mod display;
mod document;
mod embedded;
mod field;
mod field_kind;
mod folder;
mod own_types;
mod path;
mod registry;
mod suggest;

pub use build::{ModelProblem, ModelProblems};
pub use content_type::{CUSTOM_FIELDS, ContentType, SearchLookup, TypeIndex};
pub(crate) use content_type::{ColumnType, Unique};
pub use display::{ANCESTRY, Display, Part};
pub use document::{Choice, Nulls, TextForm};
pub(crate) use embedded::SEED;
pub use field::{Field, Visibility};
pub use field_kind::{
    Alias, Composite, FieldKind, Generic, Made, Many, ManyTarget, OnDelete, Reference, Reverse, ReverseShows, Scalar,
    ScalarType,
};
pub use path::{FirstReference, PathError, ResolvedPath};
pub(crate) use path::{Hop, Terminal};
pub use registry::Registry;
pub(crate) use suggest::hint;
