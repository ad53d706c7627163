//! What records hold in a column that nobody has filled.

use crate::model::{ColumnType, ContentType, FieldKind, ScalarType};
use crate::storage::session::Session;
use crate::storage::{Args, Cell, natural_key};

/// Whether records that hold nothing in the column can be given something: a field that is required and has no default
/// must be filled by people.
pub(super) fn can_be_filled(content_type: &ContentType, column: usize) -> bool {
    let column = &content_type.columns[column];
    let field = &content_type.fields[column.field];
    column.natural_of.is_some() || (matches!(field.kind, FieldKind::Scalar(_)) && field.default.is_some())
}

/// What the records that are there get in a column that cannot be null, as it stands in SQL.
pub(super) fn default(content_type: &ContentType, column: usize) -> String {
    let column = &content_type.columns[column];
    let field = &content_type.fields[column.field];
    let stored = match (&field.kind, &field.default) {
        _ if column.natural_of.is_some() => Cell::Null,
        (FieldKind::Scalar(scalar), Some(value)) => {
            Cell::from_value(scalar.scalar_type, value.clone()).unwrap_or_default()
        }
        _ => Cell::Null,
    };
    match stored {
        Cell::Int(int) => int.to_string(),
        Cell::Real(real) => real.to_string(),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        _ => match column.column_type {
            ColumnType::Scalar(ScalarType::Bool | ScalarType::Int | ScalarType::DateTime | ScalarType::Duration) => {
                "0".to_owned()
            }
            ColumnType::Scalar(ScalarType::Json) => "'null'".to_owned(),
            _ => "''".to_owned(),
        },
    }
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
