//! Where content types live: a file of SQLite or a database of PostgreSQL; tables, columns, connections.
//!
//! SQL is written once, with `?` for a value; what only one database understands comes from its [`Dialect`]. All
//! statements go through a [`Session`].

mod address;
mod args;
mod catalog;
mod cell;
mod database;
mod dialect;
mod id;
mod join;
mod leftovers;
mod migrations;
mod natural;
mod nullability;
mod open;
mod pool;
mod postgres;
mod reconcile;
mod result_row;
mod schema;
mod seed;
mod session;
mod sqlite;
mod type_book;

pub use args::{Args, Bound};
pub(crate) use cell::{Cell, Row, holds_null_character, write_json_text};
pub use database::{Database, Transaction};
pub use dialect::Dialect;
pub(crate) use dialect::{Case, Direction, MAX_PLACEHOLDERS, Refusal, is_full};
pub use dialect::{is_unavailable, no_room};
pub use id::{RecordId, RequestId, Version};
pub(crate) use join::Joins;
pub(crate) use leftovers::Leftover;
pub use migrations::known_version;
pub(crate) use natural::natural_key;
pub use open::Inventory;
pub use reconcile::{Misfit, MisfitCause, Misfits};
pub use result_row::ResultRow;
pub use schema::create_statements;
pub(crate) use session::Session;
pub use type_book::TypeNumbers;
