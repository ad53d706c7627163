//! What records hold in a column that nobody has filled.

use crate::model::{ContentType, FieldKind};
use crate::storage::dialect::Dialect;
use crate::storage::session::Session;
use crate::storage::{Args, Cell, natural_key};

/// What the records that are there get in a column that cannot be null, as it stands in SQL. Nothing for a field that is
/// required and has no default: it must be filled by people.
pub(super) fn default(dialect: Dialect, content_type: &ContentType, column: usize) -> Option<String> {
    let column = &content_type.columns[column];
    let field = &content_type.fields[column.field];
    if column.natural_of.is_some() {
        return dialect.literal(&Cell::Text(String::new()));
    }
    let FieldKind::Scalar(scalar) = &field.kind else { return None };
    dialect.literal(&Cell::from_value(scalar.scalar_type, field.default.clone()?)?)
}

/// Fills the column that sorts the text of another as people count.
pub(super) async fn fill_natural(
    session: &mut Session<'_>,
    table: &str,
    from: &str,
    to: &str,
) -> Result<(), sqlx::Error> {
    let sql = format!("SELECT \"id\", \"{from}\" FROM \"{table}\" WHERE \"{from}\" IS NOT NULL");
    for row in session.rows(sql, Args::default()).await? {
        let mut args = Args::default();
        args.text(natural_key(&row.text(1)?.unwrap_or_default()));
        args.id(row.some_id(0)?);
        session.execute(format!("UPDATE \"{table}\" SET \"{to}\" = ? WHERE \"id\" = ?"), args).await?;
    }
    Ok(())
}
