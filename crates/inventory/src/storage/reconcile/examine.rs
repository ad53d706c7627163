//! Whether a difference can be mended, which depends on what records hold.

use super::difference::Difference;
use super::fill::default;
use super::misfit::{Misfit, MisfitCause};
use super::repeated::repeated;
use crate::model::ContentType;
use crate::storage::Args;
use crate::storage::session::Session;

/// What is in the way of one of the differences of a type, if anything. Whether records are alike in a column that is yet
/// to be filled shows when the index is made.
pub(super) async fn misfit(
    session: &mut Session<'_>,
    content_type: &ContentType,
    all: &[Difference],
    difference: &Difference,
) -> Result<Option<Misfit>, sqlx::Error> {
    let table = &content_type.table;
    let field = |column: usize| content_type.fields[content_type.columns[column].field].name().to_owned();
    let cause = match difference {
        Difference::Add { column } if needs_people(session, content_type, *column) => {
            let records = count(session, format!("SELECT count(*) FROM \"{table}\"")).await?;
            (records > 0).then(|| MisfitCause::Required { field: field(*column), records })
        }
        Difference::Require { column } if needs_people(session, content_type, *column) => {
            let name = &content_type.columns[*column].name;
            let records = count(session, format!("SELECT count(*) FROM \"{table}\" WHERE \"{name}\" IS NULL")).await?;
            (records > 0).then(|| MisfitCause::Required { field: field(*column), records })
        }
        Difference::Replace { column, was, is } => {
            let name = &content_type.columns[*column].name;
            let sql = format!("SELECT count(*) FROM \"{table}\" WHERE \"{name}\" IS NOT NULL");
            let records = count(session, sql).await?;
            let (field, was, is) = (field(*column), was.clone(), is.clone());
            if records > 0 {
                Some(MisfitCause::Holds { field, was, is, records })
            } else if needs_people(session, content_type, *column) {
                let records = count(session, format!("SELECT count(*) FROM \"{table}\"")).await?;
                (records > 0).then_some(MisfitCause::Required { field, records })
            } else {
                None
            }
        }
        Difference::MakeView { .. } => {
            let records = count(session, format!("SELECT count(*) FROM \"{table}\"")).await?;
            (records > 0).then_some(MisfitCause::KeptElsewhere { records })
        }
        Difference::DropLinks { table, field, was, is } => {
            let records = count(session, format!("SELECT count(DISTINCT \"owner_id\") FROM \"{table}\"")).await?;
            let field = content_type.fields[*field].name().to_owned();
            (records > 0).then(|| MisfitCause::Holds { field, was: was.clone(), is: is.clone(), records })
        }
        Difference::MakeIndex { unique: Some(unique), .. } => {
            let filled = all.iter().any(|other| match other {
                Difference::Add { column } | Difference::Replace { column, .. } | Difference::Require { column } => {
                    content_type.unique[*unique].columns.contains(column)
                }
                _ => false,
            });
            return if filled { Ok(None) } else { repeated(session, content_type, *unique).await };
        }
        _ => None,
    };
    Ok(cause.map(|cause| Misfit { content_type: content_type.name().to_owned(), cause }))
}

fn needs_people(session: &Session<'_>, content_type: &ContentType, column: usize) -> bool {
    !content_type.columns[column].nullable && default(session.dialect(), content_type, column).is_none()
}

async fn count(session: &mut Session<'_>, sql: String) -> Result<i64, sqlx::Error> {
    session.rows(sql, Args::default()).await?.first().map_or(Ok(0), |row| row.some_int(0))
}
