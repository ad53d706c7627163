//! Mends one difference.

use super::difference::Difference;
use super::fill::{default, fill_natural};
use super::misfit::Misfit;
use super::repeated::repeated;
use crate::model::{ColumnType, ContentType, Registry};
use crate::storage::Args;
use crate::storage::dialect::{Dialect, Refusal};
use crate::storage::nullability::{Nullability, set_nullability};
use crate::storage::session::Session;

/// Mends it, or tells what in the records is in the way.
pub(super) async fn perform(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    difference: &Difference,
) -> Result<Option<Misfit>, sqlx::Error> {
    let table = &content_type.table;
    match difference {
        Difference::DropIndex { name } => run(session, format!("DROP INDEX \"{name}\"")).await?,
        Difference::DropLinks { table, .. } => run(session, format!("DROP TABLE \"{table}\"")).await?,
        Difference::Replace { column, .. } => {
            let name = &content_type.columns[*column].name;
            run(session, format!("ALTER TABLE \"{table}\" DROP COLUMN \"{name}\"")).await?;
            add(session, registry, content_type, *column).await?;
        }
        Difference::Add { column } => add(session, registry, content_type, *column).await?,
        Difference::Relax { name } => set_nullability(session, table, name, Nullability::Nullable).await?,
        Difference::Require { column } => {
            let name = &content_type.columns[*column].name;
            fill(session, content_type, *column).await?;
            if let Some(value) = default(session.dialect(), content_type, *column) {
                run(session, format!("UPDATE \"{table}\" SET \"{name}\" = {value} WHERE \"{name}\" IS NULL")).await?;
            }
            set_nullability(session, table, name, Nullability::Required).await?;
        }
        Difference::MakeTable { sql } => run(session, sql.clone()).await?,
        Difference::MakeView { sql } => {
            run(session, session.dialect().drop_table(table)).await?;
            run(session, sql.clone()).await?;
        }
        Difference::MakeIndex { sql, unique } => {
            let made = session.attempt(sql.clone(), Args::default()).await?;
            return match (made, unique) {
                (Ok(_), _) => Ok(None),
                (Err(Refusal::Unique(_)), Some(unique)) => repeated(session, content_type, *unique).await,
                (Err(refusal), _) => Err(sqlx::Error::Protocol(format!("{sql}: {refusal}"))),
            };
        }
    }
    Ok(None)
}

async fn run(session: &mut Session<'_>, sql: String) -> Result<(), sqlx::Error> {
    session.execute(sql, Args::default()).await.map(drop)
}

async fn add(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    place: usize,
) -> Result<(), sqlx::Error> {
    let dialect = session.dialect();
    let table = &content_type.table;
    let column = &content_type.columns[place];
    let mut sql =
        format!("ALTER TABLE \"{table}\" ADD COLUMN \"{}\" {}", column.name, dialect.type_name(column.column_type));
    let refers = if let ColumnType::Id(to) = column.column_type { Some(&registry.get(to).table) } else { None };
    if !column.nullable {
        sql.push_str(" NOT NULL");
        // Without one the table has no records, so nothing has to be filled.
        if let Some(value) = default(dialect, content_type, place) {
            sql.push_str(&format!(" DEFAULT {value}"));
        }
    }
    if let (Some(refers), Dialect::Sqlite) = (refers, dialect) {
        sql.push_str(&format!(" REFERENCES \"{refers}\"(\"id\")"));
    }
    run(session, sql).await?;
    fill(session, content_type, place).await
}

/// Fills a column that is worked out from another.
async fn fill(session: &mut Session<'_>, content_type: &ContentType, place: usize) -> Result<(), sqlx::Error> {
    let column = &content_type.columns[place];
    match column.natural_of {
        Some(text) => fill_natural(session, &content_type.table, &content_type.columns[text].name, &column.name).await,
        None => Ok(()),
    }
}
