//! The connector `file`: CSV, JSON, JSON Lines and YAML files in a folder, whose rows become records by a mapping.
//!
//! The way of a row: `select` finds the files that a mapping entry names; `rows` reads them, each format in its own
//! file, all into [`minijinja`] values that are converted only where an expression asks; `compile` has checked the
//! mapping against the schema and compiled its expressions once; `record` turns a row into drafts; `load` runs the
//! passes, and keeps account of what could not be read.
//!
//! Invariants: files are read in the order of their paths, so the same folder always makes the same snapshot; CSV and
//! JSON Lines are streamed; nothing that could not be read lets its absence pass for proof.

mod compile;
mod connector;
mod document;
mod encoding;
mod expression;
mod format;
pub(crate) mod lines;
mod load;
mod node;
mod pass;
mod problem;
mod record;
mod rows;
mod select;
mod table;
mod template;

pub use connector::{FileSettings, FileSource};
pub use document::{Duplicates, Encoding, FieldExpression, FileSourceDocument, MappingDocument, OnBadRecord, Patterns};
pub use format::{Format, UnknownFormat};
pub use problem::{MappingProblem, ProblemKind};
pub(crate) use rows::{line_and_byte, without_position};
pub use template::{TemplateError, fill_in, fill_in_value};
