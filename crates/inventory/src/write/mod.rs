//! Writing: batches of changes in one transaction each, with validation and change log.
//!
//! A batch is cut into groups of changes with the same content type and action. Each group is read, its references are
//! looked up together, it is checked, written in statements of many rows, and logged. No step costs a statement per
//! record, except for records that the database refuses.

mod batch;
mod change;
mod create;
mod custom_field;
mod delete;
mod draft;
mod error;
mod group;
mod links;
mod log;
mod lookup;
mod loss;
mod reach;
mod read;
mod resolve;
mod rows;
mod shape;
mod update;
mod validate;
mod writer;

pub(crate) use batch::Batch;
pub use change::{
    Action, Change, ChangeContext, Components, Losses, PathValues, PrimaryAddresses, Stored, UnknownCustomFields,
};
pub(crate) use create::{blank_row, slug};
pub(crate) use custom_field::{default_problem as custom_field_default_problem, metadata_value};
pub use delete::MOST_NAMED;
pub(crate) use draft::{Draft, ManyDraft};
pub use error::{CustomFieldProblem, Dependent, WriteError, WriteErrorCause};
pub(crate) use links::logs_names;
pub(crate) use log::repr;
pub(crate) use lookup::{Found, find_each, find_ids, key_cells};
pub use loss::{Loss, Lost, why_lost};
pub(crate) use reach::{Cleared, Reach, RecordKey, Unlinked, reach, unlinked};
pub(crate) use rows::{each_by_ids, padded, select_by_ids, update_cells};
pub(crate) use shape::Shape;
pub use writer::{Atomicity, InventoryWriter, MAX_BATCH};
