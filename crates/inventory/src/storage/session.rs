//! One connection at work, with every statement counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};

use super::sqlite::{self, DbArguments, DbConnection, DbRow};
use super::{Cell, RecordId};
use crate::model::{ColumnType, ScalarType};

/// The statements that have run, all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Values for the placeholders of one statement.
#[derive(Default)]
pub(crate) struct Args(pub(crate) DbArguments);

impl Args {
    pub fn with_capacity(count: usize) -> Self {
        let mut args = DbArguments::default();
        args.reserve(count, 0);
        Self(args)
    }

    pub fn cell(&mut self, cell: &Cell) {
        match cell {
            Cell::Null => self.add(None::<i64>),
            Cell::Int(int) => self.add(*int),
            Cell::Real(float) => self.add(*float),
            Cell::Text(text) => self.add(text.clone()),
            Cell::Id(id) => self.id(*id),
            Cell::Bytes(bytes) => self.add(bytes.clone()),
        }
    }

    pub fn id(&mut self, id: RecordId) {
        self.add(id.0.as_bytes().to_vec());
    }

    pub fn text(&mut self, text: impl Into<String>) {
        self.add(text.into());
    }

    pub fn int(&mut self, int: i64) {
        self.add(int);
    }

    fn add<'t, T>(&mut self, value: T)
    where
        T: sqlx::Encode<'t, sqlite::Db> + sqlx::Type<sqlite::Db>,
    {
        self.0.add(value).expect("plain values always encode");
    }
}

/// A connection, or the transaction on it, that counts what it runs.
pub(crate) struct Session<'c> {
    pub connection: &'c mut DbConnection,
    pub counter: &'c Counter,
}

impl Session<'_> {
    /// Runs a statement and tells how many rows it touched.
    pub async fn execute(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<u64, sqlx::Error> {
        self.counter.add();
        let done = sqlx::query_with(AssertSqlSafe(sql.into()), args.0).execute(&mut *self.connection).await?;
        Ok(done.rows_affected())
    }

    /// Runs a query and gives all its rows.
    pub async fn rows(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<Vec<Rows>, sqlx::Error> {
        self.counter.add();
        let rows = sqlx::query_with(AssertSqlSafe(sql.into()), args.0).fetch_all(&mut *self.connection).await?;
        Ok(rows.into_iter().map(Rows).collect())
    }

    /// Runs a query and hands its rows over one by one.
    pub async fn each_row(
        &mut self,
        sql: impl Into<Arc<str>>,
        args: Args,
        mut on_row: impl FnMut(Rows) -> Result<(), sqlx::Error> + Send,
    ) -> Result<(), sqlx::Error> {
        self.counter.add();
        let mut rows = sqlx::query_with(AssertSqlSafe(sql.into()), args.0).fetch(&mut *self.connection);
        while let Some(row) = rows.try_next().await? {
            on_row(Rows(row))?;
        }
        Ok(())
    }
}

/// One row of a result.
pub(crate) struct Rows(pub(crate) DbRow);

impl Rows {
    pub fn cell(&self, place: usize, column_type: ColumnType) -> Result<Cell, sqlx::Error> {
        let scalar = match column_type {
            ColumnType::Id(_) => ScalarType::Uuid,
            ColumnType::Scalar(scalar) => scalar,
        };
        Ok(match scalar {
            ScalarType::Bool | ScalarType::Int | ScalarType::DateTime | ScalarType::Duration => {
                self.int(place)?.map_or(Cell::Null, Cell::Int)
            }
            ScalarType::Float => self.0.try_get_unchecked::<Option<f64>, _>(place)?.map_or(Cell::Null, Cell::Real),
            ScalarType::Text | ScalarType::Decimal | ScalarType::Json | ScalarType::Date | ScalarType::ContentType => {
                self.text(place)?.map_or(Cell::Null, Cell::Text)
            }
            ScalarType::Uuid => self.id(place)?.map_or(Cell::Null, Cell::Id),
            ScalarType::Ip | ScalarType::Interface | ScalarType::Prefix | ScalarType::Mac => {
                self.0.try_get_unchecked::<Option<Vec<u8>>, _>(place)?.map_or(Cell::Null, Cell::Bytes)
            }
        })
    }

    pub fn id(&self, place: usize) -> Result<Option<RecordId>, sqlx::Error> {
        let bytes: Option<&[u8]> = self.0.try_get_unchecked(place)?;
        Ok(bytes.and_then(RecordId::from_slice))
    }

    /// An id in a column that is never null.
    pub fn some_id(&self, place: usize) -> Result<RecordId, sqlx::Error> {
        self.id(place)?.ok_or_else(|| sqlx::Error::Decode(format!("column {place} holds no id").into()))
    }

    pub fn int(&self, place: usize) -> Result<Option<i64>, sqlx::Error> {
        self.0.try_get_unchecked(place)
    }

    pub fn text(&self, place: usize) -> Result<Option<String>, sqlx::Error> {
        self.0.try_get_unchecked(place)
    }
}
