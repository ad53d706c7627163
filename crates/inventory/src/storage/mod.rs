//! Where content types live: tables, columns, connections. What only SQLite understands is in [`sqlite`]; PostgreSQL
//! will be its sibling.

mod cell;
mod id;
mod join;
mod migrations;
mod natural;
mod open;
mod schema;
mod seed;
mod session;
pub(crate) mod sqlite;

pub(crate) use cell::{Cell, Row, write_json_text};
pub use id::{RecordId, RequestId, Version};
pub(crate) use join::Joins;
pub(crate) use natural::natural_key;
pub use open::Inventory;
pub use schema::create_statements;
pub(crate) use session::{Args, Counter, Rows, Session};
pub(crate) use sqlite::{ReadTransaction, WriteTransaction};
