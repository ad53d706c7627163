//! Connectors: packaged access to the systems that trueup keeps in agreement.
//!
//! A [`Source`] loads records into a snapshot and says which kinds it has seen whole. Connectors are one folder each:
//!
//! - [`mod@file`]: CSV, JSON, JSON Lines and YAML files, mapped to records by expressions.
//! - [`models`]: adapters made of typed records, for systems that somebody else's code reads and writes.
//! - [`records`]: files that hold records as such, one a line; no mapping, made for comparing and for speed.
//!
//! Invariants: a connector never deletes; what it could not read it names, and it never lets the absence of such a
//! record look like proof that the record is gone.
//!
//! Absent on purpose: the inventory, jobs, and any decision about what to do with a difference.

pub mod error;
pub mod file;
pub mod models;
pub mod origin;
mod passing;
pub mod progress;
pub mod records;
pub mod report;
pub mod source;
pub mod target;
pub mod yaml;

pub use error::{Cause, ConnectorError, with_causes};
pub use origin::Origins;
pub use passing::{Passing, may_pass};
pub use progress::Progress;
pub use records::load_records;
pub use report::{LoadReport, Place, Rejected};
pub use source::{BoxFuture, Description, Source};
pub use target::{BeforeImages, StepWriter, Target};
pub use yaml::{YamlError, from_yaml};
