//! Records that are alike in what must be unique.

use super::misfit::{Misfit, MisfitCause};
use crate::model::{ContentType, Nulls};
use crate::storage::Args;
use crate::storage::session::Session;

/// What several records hold that must occur once, if anything.
pub(super) async fn repeated(
    session: &mut Session<'_>,
    content_type: &ContentType,
    unique: usize,
) -> Result<Option<Misfit>, sqlx::Error> {
    let unique = &content_type.unique[unique];
    let columns: Vec<&str> = unique.columns.iter().map(|place| content_type.columns[*place].name.as_str()).collect();
    let mut conditions = vec!["1 = 1".to_owned()];
    let exempt = unique.unless_null.map(|place| content_type.columns[place].name.as_str());
    let distinct = columns.iter().copied().filter(|_| unique.nulls == Nulls::Distinct);
    conditions.extend(exempt.into_iter().chain(distinct).map(|name| format!("\"{name}\" IS NOT NULL")));
    let list = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {list} FROM \"{}\" WHERE {} GROUP BY {list} HAVING count(*) > 1 ORDER BY {list} LIMIT 1",
        content_type.table,
        conditions.join(" AND ")
    );
    let rows = session.rows(sql, Args::default()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut values = Vec::new();
    for (at, place) in unique.columns.iter().enumerate() {
        let column_type = content_type.columns[*place].column_type;
        let mut json = String::new();
        row.cell(at, column_type)?.json_into(column_type, &mut json);
        values.push(json);
    }
    let cause = MisfitCause::Repeated { fields: unique.fields.join(", "), example: values.join(", ") };
    Ok(Some(Misfit { content_type: content_type.name().to_owned(), cause }))
}
