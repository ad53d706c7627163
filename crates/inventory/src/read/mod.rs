//! Reading records of one type: one query, one for each to-many field and one for each type that is referred to,
//! whatever the number of records.

mod dimension;
mod selection;
mod stream;

pub use selection::{Only, RowView, Selection};
