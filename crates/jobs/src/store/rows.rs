//! Statements of many rows, and of many values.

use serde::de::DeserializeOwned;
use trueup_inventory::{Args, ResultRow, Transaction};

/// Rows of one statement: well below the limit of bound values.
const ROWS: usize = 500;

/// Runs `head VALUES (?, ?), (?, ?)` over all rows.
pub(super) async fn insert<R>(
    transaction: &mut Transaction,
    head: &str,
    columns: usize,
    rows: &[R],
    bind: impl Fn(&R, Args) -> Args,
) -> Result<(), sqlx::Error> {
    let marks = format!("({})", vec!["?"; columns].join(", "));
    for chunk in rows.chunks(ROWS) {
        let args = chunk.iter().fold(Args::default(), |args, row| bind(row, args));
        let sql = format!("{head} VALUES {}", vec![marks.as_str(); chunk.len()].join(", "));
        transaction.execute(sql, args).await?;
    }
    Ok(())
}

/// One of the words that a column holds, as the type that it stands for.
pub(super) fn word<T: DeserializeOwned>(row: &ResultRow, place: usize) -> Result<T, sqlx::Error> {
    let word = row.some_text(place)?;
    serde_json::from_value(word.into()).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Adds to a condition that a column has one of these values, where there are some.
pub(super) fn push_any_of(column: &str, values: &[String], sql: &mut String, args: &mut Args) {
    if !values.is_empty() {
        sql.push_str(&format!(" AND {column} IN ({})", vec!["?"; values.len()].join(", ")));
        values.iter().for_each(|value| args.push(value));
    }
}
