//! One row of a result.
//!
//! A number may be of any width, and a truth value is 0 or 1. SQLite turns what a column holds into what is asked for;
//! PostgreSQL has types, and asking for another one is an error, never a wrong value.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, ValueRef as _};

use super::{Cell, RecordId, postgres};
use crate::model::{ColumnType, ScalarType};

const ID_BYTES: usize = 16;

/// One row of a result; columns are counted from 0.
pub struct ResultRow(Inner);

enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for ResultRow {
    fn from(row: SqliteRow) -> Self {
        Self(Inner::Sqlite(row))
    }
}

impl From<PgRow> for ResultRow {
    fn from(row: PgRow) -> Self {
        Self(Inner::Postgres(row))
    }
}

impl ResultRow {
    pub(crate) fn cell(&self, place: usize, column_type: ColumnType) -> Result<Cell, sqlx::Error> {
        let scalar = match column_type {
            ColumnType::Id(_) => ScalarType::Uuid,
            ColumnType::Scalar(scalar) => scalar,
        };
        Ok(match scalar {
            ScalarType::Bool | ScalarType::Int | ScalarType::DateTime | ScalarType::Duration => {
                self.int(place)?.map_or(Cell::Null, Cell::Int)
            }
            ScalarType::Float => self.real(place)?.map_or(Cell::Null, Cell::Real),
            ScalarType::Text | ScalarType::Decimal | ScalarType::Json | ScalarType::Date | ScalarType::ContentType => {
                self.text(place)?.map_or(Cell::Null, Cell::Text)
            }
            ScalarType::Uuid => self.id(place)?.map_or(Cell::Null, Cell::Id),
            ScalarType::Ip | ScalarType::Interface | ScalarType::Prefix | ScalarType::Mac => {
                self.bytes(place)?.map_or(Cell::Null, |bytes| Cell::Bytes(bytes.to_vec()))
            }
        })
    }

    /// # Errors
    /// There is no such column, or no id in it.
    pub fn id(&self, place: usize) -> Result<Option<RecordId>, sqlx::Error> {
        Ok(self.bytes(place)?.and_then(RecordId::from_slice))
    }

    /// An id in a column that is never null.
    ///
    /// # Errors
    /// There is no such column, or no id in it.
    pub fn some_id(&self, place: usize) -> Result<RecordId, sqlx::Error> {
        self.id(place)?.ok_or_else(|| missing(place, "id"))
    }

    /// The ids of [`Dialect::packed_ids`](super::Dialect::packed_ids).
    ///
    /// # Errors
    /// There is no such column, or not that many ids in it.
    pub(crate) fn packed_ids(&self, place: usize, ids: &mut [RecordId]) -> Result<(), sqlx::Error> {
        let bytes = self.bytes(place)?.unwrap_or_default();
        if bytes.len() != ids.len() * ID_BYTES {
            return Err(missing(place, "ids"));
        }
        for (id, bytes) in ids.iter_mut().zip(bytes.chunks_exact(ID_BYTES)) {
            *id = RecordId::from_slice(bytes).unwrap_or(RecordId::NONE);
        }
        Ok(())
    }

    /// # Errors
    /// There is no such column, or no number in it.
    pub fn int(&self, place: usize) -> Result<Option<i64>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get_unchecked(place),
            Inner::Postgres(row) => {
                let value = row.try_get_raw(place)?;
                if value.is_null() { Ok(None) } else { postgres::int(&value).map(Some) }
            }
        }
    }

    /// A number in a column that is never null.
    ///
    /// # Errors
    /// There is no such column, or no number in it.
    pub fn some_int(&self, place: usize) -> Result<i64, sqlx::Error> {
        self.int(place)?.ok_or_else(|| missing(place, "number"))
    }

    /// # Errors
    /// There is no such column, or no text in it.
    pub fn text(&self, place: usize) -> Result<Option<String>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get_unchecked(place),
            Inner::Postgres(row) => row.try_get(place),
        }
    }

    /// A text in a column that is never null.
    ///
    /// # Errors
    /// There is no such column, or no text in it.
    pub fn some_text(&self, place: usize) -> Result<String, sqlx::Error> {
        self.text(place)?.ok_or_else(|| missing(place, "text"))
    }

    /// # Errors
    /// There is no such column, or no number in it.
    pub fn real(&self, place: usize) -> Result<Option<f64>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get_unchecked(place),
            Inner::Postgres(row) => row.try_get(place),
        }
    }

    /// Bytes, or those of an id.
    ///
    /// # Errors
    /// There is no such column, or no bytes in it.
    pub fn bytes(&self, place: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get_unchecked(place),
            Inner::Postgres(row) => {
                let value = row.try_get_raw(place)?;
                if value.is_null() { Ok(None) } else { postgres::bytes(value).map(Some) }
            }
        }
    }
}

fn missing(place: usize, what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("column {place} holds no {what}").into())
}
