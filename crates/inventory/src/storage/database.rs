//! The database of an inventory, for the inventory itself and for others that keep their tables in it.
//!
//! SQL is written once for both databases: `?` for a value, quoted names, numbers for truth values and times, nothing
//! that only one of them knows. Definitions are written in SQLite's words; see [`Transaction::define`].

use std::sync::Arc;

use super::args::Args;
use super::dialect::Dialect;
use super::pool::{Begun, Pool};
use super::result_row::ResultRow;
use super::session::{Counter, Session};

/// Connections to the database of an inventory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    pub(crate) counter: Counter,
}

impl Database {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, counter: Counter::default() }
    }

    /// The same connections, with counters that begin at 0: what one piece of work does, beside whatever else is done.
    #[must_use]
    pub fn counting_apart(&self) -> Self {
        Self { pool: self.pool.clone(), counter: self.counter.part() }
    }

    /// Rows that statements have written, changed or removed, each as often as it was, whether or not it was kept; what a
    /// statement gives back is not counted.
    pub fn rows_written(&self) -> u64 {
        self.counter.rows()
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.pool.dialect()
    }

    /// Runs one statement by itself and tells how many rows it touched.
    ///
    /// # Errors
    /// The database failed or refused the statement, or every connection is taken for too long.
    pub async fn execute(&self, sql: impl Into<Arc<str>>, args: Args) -> Result<u64, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        Session::new(connection.connection(), &self.counter).execute(sql, args).await
    }

    /// Runs one query by itself and gives all its rows.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    pub async fn rows(&self, sql: impl Into<Arc<str>>, args: Args) -> Result<Vec<ResultRow>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        Session::new(connection.connection(), &self.counter).rows(sql, args).await
    }

    /// Begins a transaction that writes. On SQLite there is one at a time; others wait.
    ///
    /// # Errors
    /// The database failed, or another transaction takes too long.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_with(self.dialect().begin_writing()).await
    }

    /// Begins a transaction that reads one moment of the database.
    ///
    /// # Errors
    /// The database failed, or every connection is taken for too long.
    pub async fn begin_reading(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_with(self.dialect().begin_reading()).await
    }

    async fn begin_with(&self, statement: &'static str) -> Result<Transaction, sqlx::Error> {
        self.counter.add();
        Ok(Transaction { begun: self.pool.begin(statement).await?, counter: self.counter.clone() })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction. Dropped before [`commit`](Self::commit), it leaves nothing.
#[derive(Debug)]
pub struct Transaction {
    begun: Begun,
    counter: Counter,
}

impl Transaction {
    pub(crate) fn session(&mut self) -> Session<'_> {
        Session::new(self.begun.connection(), &self.counter)
    }

    /// Runs a statement and tells how many rows it touched.
    ///
    /// # Errors
    /// The database failed or refused the statement; then the transaction is of no more use.
    pub async fn execute(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<u64, sqlx::Error> {
        self.session().execute(sql, args).await
    }

    /// Runs a statement that is about the transaction and no rows, such as a savepoint.
    pub(crate) async fn command(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        self.session().script(sql.to_owned()).await
    }

    /// Runs a query and gives all its rows.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    pub async fn rows(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<Vec<ResultRow>, sqlx::Error> {
        self.session().rows(sql, args).await
    }

    /// Runs definitions of tables and indexes, with `;` between them, written in SQLite's words: `INTEGER`, `REAL`,
    /// `TEXT`, `BLOB`, `INTEGER PRIMARY KEY AUTOINCREMENT`, `WITHOUT ROWID`. On PostgreSQL these become numbers of 64
    /// bits, texts that sort by their bytes, and so on.
    /// Take [`lock_definitions`](Self::lock_definitions) first.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    pub async fn define(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        self.session().define(sql).await
    }

    /// Waits until no other program is changing definitions, and keeps others from it until the end.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    pub async fn lock_definitions(&mut self) -> Result<(), sqlx::Error> {
        self.session().lock_definitions().await
    }

    /// # Errors
    /// The database failed; then nothing is kept.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.counter.add();
        self.begun.commit().await
    }

    /// # Errors
    /// The database failed; nothing is kept all the same.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.counter.add();
        self.begun.rollback().await
    }
}
