//! Reading definitions: one query, whatever their number.

use serde_json::Value as Json;

use super::{DEFINITION, End, Filters, Relationship, RelationshipKind, Side, filters};
use crate::model::Registry;
use crate::storage::{Args, RecordId, ResultRow, Session};
use crate::write::select_by_ids;

/// The columns of a definition, in the order in which they are read.
const COLUMNS: &str = "\"id\", \"key\", \"label\", \"type\", \"required_on\", \
                       \"source_type\", \"source_label\", \"source_hidden\", \"source_filter\", \
                       \"destination_type\", \"destination_label\", \"destination_hidden\", \"destination_filter\"";

/// Which definitions are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    All,
    /// Those on a side of which the type of that name stands.
    Of(&'a str),
    Key(&'a str),
    Ids(&'a [RecordId]),
}

/// Definitions in the order of their labels. One whose types are not known here, because a file with a user's type is
/// gone, is left out.
pub(crate) async fn load(
    session: &mut Session<'_>,
    registry: &Registry,
    which: Which<'_>,
) -> Result<Vec<Relationship>, sqlx::Error> {
    let Ok(definition) = registry.content_type(DEFINITION) else { return Ok(Vec::new()) };
    let head = format!("SELECT {COLUMNS} FROM \"{}\"", definition.table);
    let order = " ORDER BY \"label\", \"id\"";
    let rows = match which {
        Which::All => session.rows(format!("{head}{order}"), Args::default()).await?,
        Which::Of(name) => {
            let sql = format!("{head} WHERE \"source_type\" = ? OR \"destination_type\" = ?{order}");
            session.rows(sql, Args::default().with(name).with(name)).await?
        }
        Which::Key(key) => session.rows(format!("{head} WHERE \"key\" = ?"), Args::default().with(key)).await?,
        Which::Ids(ids) => select_by_ids(session, &format!("{head} WHERE \"id\" IN "), ids, order).await?,
    };
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(relationship(registry, row)?);
    }
    Ok(found)
}

fn relationship(registry: &Registry, row: &ResultRow) -> Result<Option<Relationship>, sqlx::Error> {
    let text = |place: usize| Ok::<_, sqlx::Error>(row.text(place)?.unwrap_or_default());
    let kind = RelationshipKind::parse(&text(3)?);
    let Some(((kind, source), destination)) = kind.zip(end(registry, row, 5)?).zip(end(registry, row, 9)?) else {
        return Ok(None);
    };
    Ok(Some(Relationship {
        id: row.some_id(0)?,
        key: text(1)?,
        label: text(2)?,
        kind,
        source,
        destination,
        required_on: Side::parse(&text(4)?),
    }))
}

/// What is said of the side whose columns begin at `first`.
fn end(registry: &Registry, row: &ResultRow, first: usize) -> Result<Option<End>, sqlx::Error> {
    let name = row.text(first)?.unwrap_or_default();
    let Ok(content_type) = registry.content_type(&name) else { return Ok(None) };
    let filter: Json = serde_json::from_str(&row.text(first + 3)?.unwrap_or_default()).unwrap_or_default();
    Ok(Some(End {
        content_type: content_type.index(),
        label: row.text(first + 1)?.unwrap_or_default(),
        hidden: row.int(first + 2)? == Some(1),
        // Checked when it was stored.
        filter: filters(&filter).unwrap_or_else(|_| Filters::new()),
    }))
}
