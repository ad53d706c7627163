//! Everything that is said in SQLite's own words: connecting, column types, limits, and what its errors mean.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::session::{Args, Session};
use crate::model::{ColumnType, ScalarType};

pub(crate) type Db = sqlx::Sqlite;
pub(crate) type DbPool = sqlx::SqlitePool;
pub(crate) type DbConnection = sqlx::SqliteConnection;
pub(crate) type DbArguments = sqlx::sqlite::SqliteArguments;
/// A transaction that only reads.
pub(crate) type ReadTransaction = sqlx::Transaction<'static, Db>;
/// A transaction that writes.
pub(crate) type WriteTransaction = sqlx::Transaction<'static, Db>;
pub(crate) type DbRow = sqlx::sqlite::SqliteRow;

/// A write transaction takes the write lock at once, so that it never fails half-way because another writer came first.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// References are checked when the transaction ends, so that rows that point at each other can go in any order. Never
/// switched off within a transaction: SQLite then forgets the violations that it has counted.
pub(crate) const CHECK_REFERENCES_AT_COMMIT: &str = "PRAGMA defer_foreign_keys = ON";

/// Placeholders that one statement may have.
pub(crate) const MAX_PLACEHOLDERS: usize = 32_766;

/// Pages that gather in the write-ahead log before they go to the file, 32 MiB: a page that many batches touch goes
/// there once.
const WAL_PAGES: &str = "8000";

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a pool on the file, which is created when missing.
pub(crate) async fn connect(path: &Path) -> Result<DbPool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .with_regexp()
        .statement_cache_capacity(256)
        .row_buffer_size(512);
    SqlitePoolOptions::new()
        .max_connections(8)
        .acquire_timeout(BUSY_TIMEOUT)
        // When the disk is full, SQLite itself ends the transaction, and the driver takes the connection for one that is
        // still in it. Nothing can be begun on it any more; it is closed, and another one opened.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options)
        .await
}

pub(crate) fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Id(_) => "BLOB",
        ColumnType::Scalar(scalar) => match scalar {
            ScalarType::Bool | ScalarType::Int | ScalarType::DateTime | ScalarType::Duration => "INTEGER",
            ScalarType::Float => "REAL",
            ScalarType::Text | ScalarType::Decimal | ScalarType::Json | ScalarType::Date | ScalarType::ContentType => {
                "TEXT"
            }
            ScalarType::Ip | ScalarType::Interface | ScalarType::Prefix | ScalarType::Mac | ScalarType::Uuid => "BLOB",
        },
    }
}

/// An expression that is never null and equal only for equal ids, for unique indexes in which null equals null.
pub(crate) fn null_as_value(column: &str) -> String {
    format!("coalesce({column}, x'')")
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// One term of `ORDER BY`; null is less than everything.
pub(crate) fn order_by(expression: &str, direction: Direction) -> String {
    match direction {
        Direction::Ascending => expression.to_owned(),
        Direction::Descending => format!("{expression} DESC"),
    }
}

/// Whether letters of different case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Insensitive,
}

/// Whether a text matches the pattern `?`, in which `\` escapes; `a` is `A`, for letters of ASCII.
pub(crate) fn like(column: &str) -> String {
    format!("{column} LIKE ? ESCAPE '\\'")
}

/// Whether a text matches the regular expression `?`, and the expression to bind.
pub(crate) fn regexp(column: &str, case: Case, pattern: &str) -> (String, String) {
    let pattern = match case {
        Case::Sensitive => pattern.to_owned(),
        Case::Insensitive => format!("(?i){pattern}"),
    };
    (format!("{column} REGEXP ?"), pattern)
}

/// The member `?` of a JSON object as text: `1` or `true` for true; null when it is missing.
pub(crate) fn json_text(column: &str) -> String {
    format!("CAST({column} ->> ? AS TEXT)")
}

/// The member `?` of a JSON object as a number; null when it is missing.
pub(crate) fn json_number(column: &str) -> String {
    format!("CAST({column} ->> ? AS REAL)")
}

/// A decimal that is stored as text, as a number to compare.
pub(crate) fn number(column: &str) -> String {
    format!("CAST({column} AS REAL)")
}

/// A hardware address as text, `00:1B:44:11:3A:B7`.
pub(crate) fn mac_text(column: &str) -> String {
    let pairs: Vec<String> = (0..6).map(|pair| format!("substr(hex({column}), {}, 2)", pair * 2 + 1)).collect();
    format!("(CASE WHEN {column} IS NOT NULL THEN {} END)", pairs.join(" || ':' || "))
}

/// Whether a list in JSON holds the number `?`.
pub(crate) fn json_list_holds(column: &str) -> String {
    format!("EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value = ?)")
}

/// Whether a table of that name exists.
pub(crate) async fn table_exists(session: &mut Session<'_>, table: &str) -> Result<bool, sqlx::Error> {
    let mut args = Args::default();
    args.text(table);
    let rows = session.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", args).await?;
    Ok(!rows.is_empty())
}

/// Why the database refused a statement, as far as it is the statement's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Names of `table.column`, or of the index.
    Unique(Vec<String>),
    ForeignKey,
    Other(String),
}

/// Tells a refused row from a broken database.
pub(crate) fn refusal(error: &sqlx::Error) -> Option<Refusal> {
    let sqlx::Error::Database(database) = error else { return None };
    if database.is_foreign_key_violation() {
        return Some(Refusal::ForeignKey);
    }
    let message = database.message();
    if database.is_unique_violation() {
        let names = message.split_once("failed: ").map_or(message, |(_, names)| names);
        let names = names.split(", ").map(|name| name.trim_start_matches("index ").trim_matches('\'').to_owned());
        return Some(Refusal::Unique(names.collect()));
    }
    let constraint = database.is_check_violation() || message.contains("constraint failed");
    constraint.then(|| Refusal::Other(message.to_owned()))
}

/// What an error on opening means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OpenFault {
    NotADatabase,
    NotWritable,
}

pub(crate) fn open_fault(error: &sqlx::Error) -> Option<OpenFault> {
    let sqlx::Error::Database(database) = error else { return None };
    let primary = database.code()?.parse::<u32>().ok()? & 0xff;
    match primary {
        11 | 26 => Some(OpenFault::NotADatabase),
        3 | 8 | 10 | 14 | 23 => Some(OpenFault::NotWritable),
        _ => None,
    }
}
