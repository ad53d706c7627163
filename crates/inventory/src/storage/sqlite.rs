//! Everything that is said in SQLite's own words: connecting, column types, limits, and what its errors mean.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Arguments as _, Connection as _, SqlitePool};

use super::dialect::{Case, Direction, OpenFault, Refusal};
use super::{Args, Cell};
use crate::model::{ColumnType, ScalarType};

/// A write transaction takes the write lock at once, so that it never fails half-way because another writer came first.
pub(super) const BEGIN_WRITING: &str = "BEGIN IMMEDIATE";
/// The moment that is read is that of the first query.
pub(super) const BEGIN_READING: &str = "BEGIN";

/// Never switched off within a transaction: SQLite then forgets the violations that it has counted.
pub(super) const CHECK_REFERENCES_AT_COMMIT: &str = "PRAGMA defer_foreign_keys = ON";

/// Pages that gather in the write-ahead log before they go to the file, 32 MiB: a page that many batches touch goes
/// there once.
const WAL_PAGES: &str = "8000";

/// How long a writer waits for another one.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a pool on the file, which is created when missing.
pub(super) async fn connect(path: &Path) -> Result<SqlitePool, sqlx::Error> {
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

pub(super) fn arguments(args: Args) -> SqliteArguments {
    let cells = args.into_cells();
    let mut arguments = SqliteArguments::default();
    arguments.reserve(cells.len(), 0);
    for cell in cells {
        let added = match cell {
            Cell::Null => arguments.add(None::<i64>),
            Cell::Int(int) => arguments.add(int),
            Cell::Real(float) => arguments.add(float),
            Cell::Text(text) => arguments.add(text),
            Cell::Id(id) => arguments.add(id.0.as_bytes().to_vec()),
            Cell::Bytes(bytes) => arguments.add(bytes),
        };
        added.expect("plain values always encode");
    }
    arguments
}

pub(super) fn type_name(column_type: ColumnType) -> &'static str {
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

/// Bytes as they stand in a statement.
pub(super) fn bytes_literal(hex: &str) -> String {
    format!("x'{hex}'")
}

/// An expression that is never null and equal only for equal ids, for unique indexes in which null equals null.
pub(super) fn null_as_value(column: &str) -> String {
    format!("coalesce({column}, x'')")
}

/// SQLite keeps the statement as it was said.
pub(super) fn index_shape(sql: &str) -> String {
    let (head, rest) = sql.split_once(" (").unwrap_or((sql, ""));
    let head = if head.starts_with("CREATE UNIQUE ") { "UNIQUE" } else { "" };
    format!("{head}({rest}")
}

pub(super) fn order_by(expression: &str, direction: Direction) -> String {
    match direction {
        Direction::Ascending => expression.to_owned(),
        Direction::Descending => format!("{expression} DESC"),
    }
}

pub(super) fn like(column: &str) -> String {
    format!("{column} LIKE ? ESCAPE '\\'")
}

/// The pattern says itself whether case counts, see [`pattern`].
pub(super) fn regexp(column: &str) -> String {
    format!("{column} REGEXP ?")
}

pub(super) fn pattern(pattern: &str, case: Case) -> String {
    match case {
        Case::Sensitive => pattern.to_owned(),
        Case::Insensitive => format!("(?i){pattern}"),
    }
}

pub(super) fn json_text(column: &str) -> String {
    format!("CAST({column} ->> ? AS TEXT)")
}

pub(super) fn json_number(column: &str) -> String {
    format!("CAST({column} ->> ? AS REAL)")
}

pub(super) fn number(column: &str) -> String {
    format!("CAST({column} AS REAL)")
}

pub(super) fn hex(column: &str) -> String {
    format!("hex({column})")
}

/// Joining blobs joins their bytes, whatever these are, and calls the outcome a text.
pub(super) fn packed_ids(columns: &[String]) -> String {
    let ids: Vec<String> = columns.iter().map(|column| format!("coalesce({column}, zeroblob(16))")).collect();
    format!("CAST({} AS BLOB)", ids.join(" || "))
}

pub(super) fn json_list_holds(column: &str) -> String {
    format!("EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value = ?)")
}

pub(super) const NUMBERS_IN: &str = "(SELECT value FROM json_each(?))";

pub(super) fn refusal(error: &sqlx::Error) -> Option<Refusal> {
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

pub(super) fn open_fault(error: &sqlx::Error) -> Option<OpenFault> {
    match primary_code(error)? {
        11 | 26 => Some(OpenFault::NotADatabase),
        3 | 8 | 10 | 14 | 23 => Some(OpenFault::NotWritable),
        _ => None,
    }
}

/// Another connection has the file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(5)
}

/// Busy, locked, or a file that went away.
pub(super) fn is_unavailable(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(5 | 6 | 10 | 14))
}

pub(super) fn is_full(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(13)
}

fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<SqliteError>()?;
    Some(database.code()?.parse::<u32>().ok()? & 0xff)
}
