//! Everything that is said in PostgreSQL's own words. Versions from 15 on, whose unique indexes can take null as a value.
//!
//! A cell is the same as on SQLite: times and truth values are `BIGINT`, addresses are `BYTEA`. Texts have the collation
//! `C`, so that both databases compare and sort them by their bytes, and only the letters of ASCII have two cases.

mod connect;
mod fault;
mod value;
mod words;

pub(super) use connect::{OLDEST, connect, database, options, place, server};
pub(super) use fault::{is_full, is_unavailable, open_fault, refusal};
pub(super) use value::{arguments, bytes, int};
pub(super) use words::*;
