//! What the two databases do not say in the same words, one method a matter. The words themselves stand in
//! [`sqlite`] and [`postgres`].

use std::borrow::Cow;
use std::fmt;

use super::{Cell, postgres, sqlite};
use crate::model::ColumnType;

/// Placeholders that one statement may have, in either database.
pub(crate) const MAX_PLACEHOLDERS: usize = 32_766;

/// Which database is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// Whether letters of different case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Insensitive,
}

/// Why the database refused a statement, as far as it is the statement's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Names of `table.column`, or of the index.
    Unique(Vec<String>),
    ForeignKey,
    Other(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unique(names) => write!(f, "{} is taken", names.join(", ")),
            Refusal::ForeignKey => f.write_str("what it refers to is not there"),
            Refusal::Other(message) => f.write_str(message),
        }
    }
}

/// What an error on opening means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OpenFault {
    NotADatabase,
    NotWritable,
    Unreachable,
    AccessDenied,
    DatabaseMissing,
    NotPermitted,
}

/// Definitions.
impl Dialect {
    /// The type of a column in a definition.
    pub(crate) fn type_name(self, column_type: ColumnType) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::type_name(column_type),
            Dialect::Postgres => postgres::type_name(column_type),
        }
    }

    /// A definition that is written in SQLite's words, in those of this database.
    pub(crate) fn definition(self, sql: &str) -> Cow<'_, str> {
        match self {
            Dialect::Sqlite => Cow::Borrowed(sql),
            Dialect::Postgres => Cow::Owned(postgres::definition(sql)),
        }
    }

    /// A value as it stands in a definition, which takes none to bind; nothing for null.
    pub(crate) fn literal(self, cell: &Cell) -> Option<String> {
        Some(match cell {
            Cell::Null => return None,
            Cell::Int(int) => int.to_string(),
            Cell::Real(real) => real.to_string(),
            Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Cell::Id(id) => match self {
                Dialect::Sqlite => sqlite::bytes_literal(&hex(id.0.as_bytes())),
                Dialect::Postgres => format!("'{id}'"),
            },
            Cell::Bytes(bytes) => match self {
                Dialect::Sqlite => sqlite::bytes_literal(&hex(bytes)),
                Dialect::Postgres => postgres::bytes_literal(&hex(bytes)),
            },
        })
    }

    /// Drops a table that holds nothing, with the references to it.
    pub(crate) fn drop_table(self, table: &str) -> String {
        match self {
            Dialect::Sqlite => format!("DROP TABLE \"{table}\""),
            Dialect::Postgres => format!("DROP TABLE \"{table}\" CASCADE"),
        }
    }

    /// The name that an index or a reference really has.
    pub(crate) fn name(self, name: &str) -> Cow<'_, str> {
        match self {
            Dialect::Sqlite => Cow::Borrowed(name),
            Dialect::Postgres => postgres::short_name(name),
        }
    }

    /// A column of an index that serves [`order_by`](Self::order_by).
    pub(crate) fn index_term(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => column.to_owned(),
            Dialect::Postgres => postgres::order_by(column, Direction::Ascending),
        }
    }

    /// What an index is, without its name and its table, from the statement that makes it: ours, or the one that the
    /// database tells. Equal ones are equal indexes.
    pub(crate) fn index_shape(self, sql: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::index_shape(sql),
            Dialect::Postgres => postgres::index_shape(sql),
        }
    }
}

/// Transactions.
impl Dialect {
    /// Begins a transaction that writes. Writers of the inventory come one after the other.
    pub(crate) fn begin_writing(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::BEGIN_WRITING,
            Dialect::Postgres => postgres::BEGIN_WRITING,
        }
    }

    /// Begins a transaction that reads one moment.
    pub(crate) fn begin_reading(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::BEGIN_READING,
            Dialect::Postgres => postgres::BEGIN_READING,
        }
    }

    /// From here on, references are checked when the transaction ends, so that rows that point at each other can go in
    /// any order.
    pub(crate) fn check_references_at_commit(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::CHECK_REFERENCES_AT_COMMIT,
            Dialect::Postgres => postgres::CHECK_REFERENCES_AT_COMMIT,
        }
    }
}

/// Expressions. Each `?` is a value to bind.
impl Dialect {
    /// A value of which it is said that it is for a column of a type, where nothing else does, as in
    /// `WITH … AS (VALUES …)`.
    pub(crate) fn cast(self, expression: &str, column_type: ColumnType) -> String {
        match self {
            Dialect::Sqlite => expression.to_owned(),
            Dialect::Postgres => postgres::cast(expression, column_type),
        }
    }

    /// One term of `ORDER BY`; null is less than everything.
    pub(crate) fn order_by(self, expression: &str, direction: Direction) -> String {
        match self {
            Dialect::Sqlite => sqlite::order_by(expression, direction),
            Dialect::Postgres => postgres::order_by(expression, direction),
        }
    }

    /// Whether a text matches the pattern `?`, in which `\` escapes; `a` is `A`, for letters of ASCII.
    pub(crate) fn like(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::like(column),
            Dialect::Postgres => postgres::like(column),
        }
    }

    /// Whether a text matches the regular expression `?`, and the expression to bind.
    pub(crate) fn regexp(self, column: &str, case: Case, pattern: &str) -> (String, String) {
        match self {
            Dialect::Sqlite => (sqlite::regexp(column), sqlite::pattern(pattern, case)),
            Dialect::Postgres => (postgres::regexp(column, case), pattern.to_owned()),
        }
    }

    /// The member `?` of a JSON object as text: `1` or `true` for true; null when it is missing.
    pub(crate) fn json_text(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::json_text(column),
            Dialect::Postgres => postgres::json_text(column),
        }
    }

    /// The member `?` of a JSON object as a number; null when it is missing.
    pub(crate) fn json_number(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::json_number(column),
            Dialect::Postgres => postgres::json_number(column),
        }
    }

    /// A decimal that is stored as text, as a number to compare.
    pub(crate) fn number(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::number(column),
            Dialect::Postgres => postgres::number(column),
        }
    }

    /// A hardware address as text, `00:1B:44:11:3A:B7`.
    pub(crate) fn mac_text(self, column: &str) -> String {
        let hex = match self {
            Dialect::Sqlite => sqlite::hex(column),
            Dialect::Postgres => postgres::hex(column),
        };
        let pairs: Vec<String> = (0..6).map(|pair| format!("substr({hex}, {}, 2)", pair * 2 + 1)).collect();
        format!("(CASE WHEN {column} IS NOT NULL THEN {} END)", pairs.join(" || ':' || "))
    }

    /// Several ids as one value of 16 bytes each, zeros where there is none: what a row costs depends on how many values
    /// it has.
    pub(crate) fn packed_ids(self, columns: &[String]) -> String {
        match self {
            Dialect::Sqlite => sqlite::packed_ids(columns),
            Dialect::Postgres => postgres::packed_ids(columns),
        }
    }

    /// Whether a list in JSON holds the number `?`.
    pub(crate) fn json_list_holds(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::json_list_holds(column),
            Dialect::Postgres => postgres::json_list_holds(column),
        }
    }

    /// The numbers of the JSON list `?`, as a set for `IN`. So one statement takes any number of them.
    pub fn numbers_in(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::NUMBERS_IN,
            Dialect::Postgres => postgres::NUMBERS_IN,
        }
    }
}

/// Errors.
impl Dialect {
    /// Tells a refused row from a broken database.
    pub(crate) fn refusal(self, error: &sqlx::Error) -> Option<Refusal> {
        match self {
            Dialect::Sqlite => sqlite::refusal(error),
            Dialect::Postgres => postgres::refusal(error),
        }
    }

    pub(crate) fn open_fault(self, error: &sqlx::Error) -> Option<OpenFault> {
        match self {
            Dialect::Sqlite => sqlite::open_fault(error),
            Dialect::Postgres => postgres::open_fault(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the database is not there for now: it, or the way to it, is busy or gone. Trying again later may help.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    matches!(error, Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
        || sqlite::is_unavailable(error)
        || postgres::is_unavailable(error)
}

/// Whether the database has no room left.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    sqlite::is_full(error) || postgres::is_full(error)
}

/// What is added to the words about a failure of which the database says in its own that it has no room left.
pub fn no_room(error: &sqlx::Error) -> &'static str {
    if is_full(error) { ": there is no room left for it" } else { "" }
}
