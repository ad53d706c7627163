//! One connection at work, with every statement counted. All SQL of the inventory goes through here.
//!
//! Statements are written once, with `?` for a value. What the two databases do not say in the same words comes from the
//! [`Dialect`] of the session.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, SqliteConnection};

use super::args::Args;
use super::dialect::{Dialect, Refusal};
use super::result_row::ResultRow;
use super::{postgres, sqlite};

/// The statements that have run, and the rows that they wrote: all of them, or those of one piece of work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    statements: AtomicU64,
    rows: AtomicU64,
    /// Of everything that this is a part of.
    whole: Option<Counter>,
}

impl Counter {
    /// Counts from 0, and goes on counting for the whole as well.
    pub fn part(&self) -> Self {
        Self(Arc::new(Counts { whole: Some(self.clone()), ..Counts::default() }))
    }

    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    pub fn add(&self) {
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.add();
        }
    }

    fn wrote(&self, rows: u64) {
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.wrote(rows);
        }
    }
}

/// A connection, or the transaction on it, that counts what it runs.
pub(crate) struct Session<'c> {
    connection: Connection<'c>,
    counter: &'c Counter,
}

/// The connection of a session.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl<'c> Session<'c> {
    pub(super) fn new(connection: Connection<'c>, counter: &'c Counter) -> Self {
        Self { connection, counter }
    }

    /// The same connection, lent on.
    pub fn again(&mut self) -> Session<'_> {
        let connection = match &mut self.connection {
            Connection::Sqlite(connection) => Connection::Sqlite(connection),
            Connection::Postgres(connection) => Connection::Postgres(connection),
        };
        Session { connection, counter: self.counter }
    }

    pub fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and tells how many rows it touched.
    pub async fn execute(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<u64, sqlx::Error> {
        let sql = sql.into();
        self.counter.add();
        let rows = match &mut self.connection {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), sqlite::arguments(args));
                query.execute(&mut **connection).await?.rows_affected()
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(postgres::numbered(&sql)), postgres::arguments(args));
                query.execute(&mut **connection).await?.rows_affected()
            }
        };
        self.counter.wrote(rows);
        Ok(rows)
    }

    /// Runs a query and gives all its rows.
    pub async fn rows(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<Vec<ResultRow>, sqlx::Error> {
        let sql = sql.into();
        self.counter.add();
        Ok(match &mut self.connection {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), sqlite::arguments(args));
                query.fetch_all(&mut **connection).await?.into_iter().map(ResultRow::from).collect()
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(postgres::numbered(&sql)), postgres::arguments(args));
                query.fetch_all(&mut **connection).await?.into_iter().map(ResultRow::from).collect()
            }
        })
    }

    /// Runs a query and hands its rows over one by one.
    pub async fn each_row(
        &mut self,
        sql: impl Into<Arc<str>>,
        args: Args,
        mut on_row: impl FnMut(ResultRow) -> Result<(), sqlx::Error> + Send,
    ) -> Result<(), sqlx::Error> {
        let sql = sql.into();
        self.counter.add();
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), sqlite::arguments(args));
                let mut rows = query.fetch(&mut **connection);
                while let Some(row) = rows.try_next().await? {
                    on_row(row.into())?;
                }
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(postgres::numbered(&sql)), postgres::arguments(args));
                let mut rows = query.fetch(&mut **connection);
                while let Some(row) = rows.try_next().await? {
                    on_row(row.into())?;
                }
            }
        }
        Ok(())
    }

    /// Runs a statement that the database may refuse. When it does, the transaction goes on as if the statement had not
    /// been run: SQLite does so by itself, PostgreSQL needs a savepoint, which is not counted.
    pub async fn attempt(&mut self, sql: impl Into<Arc<str>>, args: Args) -> Result<Result<u64, Refusal>, sqlx::Error> {
        self.say(postgres::SAVEPOINT).await?;
        match self.execute(sql, args).await {
            Ok(rows) => {
                self.say(postgres::RELEASE_SAVEPOINT).await?;
                Ok(Ok(rows))
            }
            Err(error) => match self.dialect().refusal(&error) {
                Some(refusal) => {
                    self.say(postgres::ROLLBACK_TO_SAVEPOINT).await?;
                    Ok(Err(refusal))
                }
                None => Err(error),
            },
        }
    }

    /// Keeps other programs from changing definitions until the transaction ends. On SQLite a writing transaction does.
    pub async fn lock_definitions(&mut self) -> Result<(), sqlx::Error> {
        self.say(postgres::LOCK_DEFINITIONS).await
    }

    /// Runs statements that only PostgreSQL needs.
    async fn say(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match &mut self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
        }
    }

    /// Runs definitions of tables and indexes, several at once with `;` between them, written in SQLite's words.
    pub async fn define(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = self.dialect().definition(sql).into_owned();
        self.script(sql).await
    }

    /// Runs several statements with `;` between them, written in the words of this database.
    pub async fn script(&mut self, sql: String) -> Result<(), sqlx::Error> {
        self.counter.add();
        match &mut self.connection {
            Connection::Sqlite(connection) => connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop),
            Connection::Postgres(connection) => connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop),
        }
    }
}
