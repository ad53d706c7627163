//! The engine of trueup: values, kinds, records, snapshots, diff, policy, plan, check, apply and report.
//!
//! Everything here is synchronous and pure. The engine reaches no runtime, database, network, clock, random source,
//! environment or log; what it needs of these comes in as an argument, and what it found goes out as a value.
//!
//! The way of a record: a loader fills a [`Snapshot`]; `diff` compares two of them; `plan` turns a diff into ordered
//! steps under a policy; `check` judges the plan; `apply` hands steps out and takes outcomes in.

pub mod apply;
pub mod check;
pub mod diff;
pub mod kind;
pub mod plan;
pub mod record;
pub mod snapshot;
pub mod value;

pub use diff::{Diff, DiffFlags, DiffOptions, diff};
pub use kind::{Field, Kind, KindName, Model, Schema};
pub use plan::{Plan, Policy, plan};
pub use record::{Attributes, Identity, Key, Record, RecordFlags};
pub use snapshot::Snapshot;
pub use value::{FieldType, Value, ValueSet};
