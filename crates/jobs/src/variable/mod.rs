//! Variables of a job: what a person or a program says before a run.
//!
//! A job declares [`Variable`]s; what is [`Given`] for them, as texts from the command line or as JSON, becomes [`Values`]
//! or one error with everything that is wrong. The same declarations make the JSON schema and the list for forms.
//!
//! Invariants: a value that does not fit its declaration never reaches a job; a secret is given by reference, and what it
//! refers to is in no message, no debug output and no row.

mod base;
mod declare;
mod describe;
mod given;
mod object;
mod problem;
mod read;
mod secret;
mod settle;
mod values;

pub use base::{CPU_PROFILING, DRYRUN, MEMORY_PROFILING, PARALLEL_LOADING};
pub use declare::{Variable, VariableKind};
pub use describe::{json_schema, list};
pub use given::Given;
pub use object::ObjectReference;
pub use problem::{VariableCause, VariableProblem};
pub use secret::{Secret, SecretReference};
pub use settle::settle;
pub use values::{FromVariable, Values, VariableValue};

pub(crate) use base::is_base;
pub(crate) use object::check_objects;
pub(crate) use settle::{given_elsewhere, restore};
