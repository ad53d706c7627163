//! Statements of many rows.

use trueup_inventory::{Args, Transaction};

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
