//! The inventory of trueup: the embedded source of truth.
//!
//! - [`model`]: content types are data. It reads them from `models/*.yaml` and answers what a type has, and what a path
//!   such as `location__parent__name` leads to and of which type it is.
//! - `storage`: tables, connections and migrations; what only one database understands is in `storage/sqlite.rs` and
//!   `storage/postgres`. [`Database`] is for others that keep their tables beside those of the inventory.
//! - `read`: [`Inventory::read`] streams the records of a type for a sync, at one query and one more per to-many field.
//! - `query`: [`Inventory::reader`] answers lists with filters, order and pages, for APIs.
//! - [`relationship`]: what users define between types.
//! - `write`: [`InventoryWriter`] writes batches, each in one transaction, with validation and change log.
//! - `rules`: what data cannot say about a type.
//!
//! What is not here: jobs, connectors, plans. The inventory knows the engine's [`Value`](trueup_engine::Value) and
//! nothing else of it.

mod error;
pub mod model;
mod query;
mod read;
pub mod relationship;
mod rules;
mod storage;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use error::InventoryError;
pub use model::Registry;
pub use query::{
    Affected, Between, ChangeCursor, ChangesError, ChangesPage, ChangesRequest, DeleteForecast, FilterErrors,
    FilterParameter, FilterValues, Joined, LinkTarget, ListError, ListRequest, LoggedLink, LoggedRecord, Named, Page,
    Reader, Record, RefusedDeletes, Related, RelatedRequest, Relation, Restriction, Revision, custom_field_parameters,
    filter_parameters, key_parts, relationship_parameters,
};
pub use read::{Only, RowView, Selection};
pub use storage::{
    Args, Bound, Database, Dialect, Inventory, Misfit, MisfitCause, Misfits, RecordId, RequestId, ResultRow,
    Transaction, TypeNumbers, Version, create_statements, is_unavailable, known_version, no_room,
};
pub use write::{
    Action, Atomicity, Change, ChangeContext, Components, CustomFieldProblem, Dependent, InventoryWriter, Loss, Losses,
    Lost, MAX_BATCH, MOST_NAMED, PathValues, PrimaryAddresses, Stored, UnknownCustomFields, WriteError,
    WriteErrorCause, why_lost,
};
