//! Tables that are older than their content types: what is missing is added, nothing is taken away.
//!
//! A type may gain fields with a new version of the program, or in a user's own file. A column that a type no longer has
//! stays as it is. Changes of a stored column's type or of whether it may be null are not made here.

use super::catalog::Catalog;
use super::dialect::Dialect;
use super::schema::{Defined, create_type};
use super::session::Session;
use super::{Args, Cell, natural_key};
use crate::model::{ColumnType, ContentType, FieldKind, Registry, ScalarType};

/// Adds the columns and indexes that a stored table lacks, and the tables that link it to others.
pub(super) async fn complete(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    catalog: &Catalog,
) -> Result<(), sqlx::Error> {
    let table = &content_type.table;
    let dialect = session.dialect();
    let stored = &catalog.tables[table];
    for (place, column) in content_type.columns.iter().enumerate() {
        if stored.contains(&column.name) {
            continue;
        }
        let mut add =
            format!("ALTER TABLE \"{table}\" ADD COLUMN \"{}\" {}", column.name, dialect.type_name(column.column_type));
        if !column.nullable {
            add.push_str(&format!(" NOT NULL DEFAULT {}", default(content_type, place)));
        }
        if let (ColumnType::Id(to), Dialect::Sqlite) = (column.column_type, dialect) {
            add.push_str(&format!(" REFERENCES \"{}\"(\"id\")", registry.get(to).table));
        }
        session.execute(add, Args::default()).await?;
        if let Some(text) = column.natural_of {
            fill_natural(session, table, &content_type.columns[text].name, &column.name).await?;
        }
    }
    for definition in create_type(dialect, registry, content_type) {
        let is_there = match definition.what {
            Defined::Table => catalog.tables.contains_key(&definition.name),
            Defined::Index => catalog.indexes.contains(&definition.name),
        };
        if !is_there {
            session.execute(definition.sql, Args::default()).await?;
        }
    }
    Ok(())
}

/// What the records that are there get in a new column that cannot be null.
fn default(content_type: &ContentType, column: usize) -> String {
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

async fn fill_natural(session: &mut Session<'_>, table: &str, from: &str, to: &str) -> Result<(), sqlx::Error> {
    let sql = format!("SELECT \"id\", \"{from}\" FROM \"{table}\" WHERE \"{from}\" IS NOT NULL");
    for row in session.rows(sql, Args::default()).await? {
        let mut args = Args::default();
        args.text(natural_key(&row.text(1)?.unwrap_or_default()));
        args.id(row.some_id(0)?);
        session.execute(format!("UPDATE \"{table}\" SET \"{to}\" = ? WHERE \"id\" = ?"), args).await?;
    }
    Ok(())
}
