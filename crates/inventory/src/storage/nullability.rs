//! Whether a column may be null, changed for a table that is there.
//!
//! PostgreSQL has words for it. SQLite keeps the statement that made a table and reads it anew, and lets it be corrected
//! where the rows stay as they are, which its manual describes; so the table need not be copied, and nobody who refers to
//! it notices.

use std::ops::Range;

use super::Args;
use super::dialect::Dialect;
use super::session::Session;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nullability {
    Nullable,
    Required,
}

const NOT_NULL: &str = " NOT NULL";

/// Lets a column be null, or not any more; then no row may hold a null in it.
pub(super) async fn set_nullability(
    session: &mut Session<'_>,
    table: &str,
    column: &str,
    nullability: Nullability,
) -> Result<(), sqlx::Error> {
    match session.dialect() {
        Dialect::Postgres => {
            let word = match nullability {
                Nullability::Nullable => "DROP",
                Nullability::Required => "SET",
            };
            let sql = format!("ALTER TABLE \"{table}\" ALTER COLUMN \"{column}\" {word} NOT NULL");
            session.execute(sql, Args::default()).await.map(drop)
        }
        Dialect::Sqlite => {
            let sql = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?";
            let rows = session.rows(sql, Args::default().with(table)).await?;
            let made_by = rows.first().ok_or(sqlx::Error::RowNotFound)?.some_text(0)?;
            let corrected = corrected(&made_by, column, nullability)
                .ok_or_else(|| sqlx::Error::Protocol(format!("no column {column} in: {made_by}")))?;
            let version = session.rows("PRAGMA schema_version", Args::default()).await?;
            let version = version.first().ok_or(sqlx::Error::RowNotFound)?.some_int(0)? + 1;
            session.execute("PRAGMA writable_schema = ON", Args::default()).await?;
            let sql = "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?";
            let written = session.execute(sql, Args::default().with(corrected).with(table)).await;
            // Other connections read the schema when its version changes; this one does here, and may not write it then.
            session.execute(format!("PRAGMA schema_version = {version}"), Args::default()).await?;
            session.execute("PRAGMA writable_schema = RESET", Args::default()).await?;
            written.map(drop)
        }
    }
}

/// The statement that would have made the table so.
fn corrected(sql: &str, column: &str, nullability: Nullability) -> Option<String> {
    let range = definition(sql, column)?;
    let found = &sql[range.clone()];
    let changed = match nullability {
        Nullability::Nullable => found.replacen(NOT_NULL, "", 1),
        Nullability::Required => {
            // Behind the name and the type, which have no spaces in them.
            let name = column.len() + 2;
            let end = found[name..].trim_start().find(' ').map_or(found.len(), |end| {
                let space = found[name..].len() - found[name..].trim_start().len();
                name + space + end
            });
            format!("{}{NOT_NULL}{}", &found[..end], &found[end..])
        }
    };
    Some(format!("{}{changed}{}", &sql[..range.start], &sql[range.end..]))
}

/// Where a column is defined in the statement that makes a table: from its name to before the comma or the end.
fn definition(sql: &str, column: &str) -> Option<Range<usize>> {
    let start = sql.find('(')? + 1;
    let (mut depth, mut quote, mut from) = (0_usize, None, start);
    let name = format!("\"{column}\"");
    for (place, byte) in sql.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'(') => depth += 1,
            (None, b')') if depth > 0 => depth -= 1,
            (None, b',' | b')') if depth == 0 => {
                let text = &sql[from..place];
                let indent = text.len() - text.trim_start().len();
                if text.trim_start().starts_with(&name) {
                    return Some(from + indent..from + text.trim_end().len());
                }
                from = place + 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_is_corrected_and_nothing_else() {
        let sql = "CREATE TABLE \"t\" (\n  \"id\" BLOB PRIMARY KEY NOT NULL,\n  \"a\" TEXT NOT NULL,\n  \"b_id\" BLOB \
                   REFERENCES \"b\"(\"id\"), \"c\" TEXT NOT NULL DEFAULT 'it''s, (a) \"d\"', \"d\" INTEGER)";
        let cases = [
            ("a", Nullability::Nullable, "\"a\" TEXT NOT NULL", "\"a\" TEXT"),
            ("c", Nullability::Nullable, "\"c\" TEXT NOT NULL", "\"c\" TEXT"),
            ("b_id", Nullability::Required, "\"b_id\" BLOB", "\"b_id\" BLOB NOT NULL"),
            ("d", Nullability::Required, "\"d\" INTEGER)", "\"d\" INTEGER NOT NULL)"),
        ];
        for (column, nullability, from, to) in cases {
            assert_eq!(corrected(sql, column, nullability).unwrap(), sql.replace(from, to), "{column}");
        }
        assert_eq!(corrected(sql, "e", Nullability::Nullable), None);
    }
}
