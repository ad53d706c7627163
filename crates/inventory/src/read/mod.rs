//! Reading records of one type: one joined query, and one for each to-many field, whatever the number of records.

mod selection;
mod stream;

pub use selection::{Only, RowView, Selection};
