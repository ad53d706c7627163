//! Statements of many rows. When the database refuses one, the rows are halved down to the one it is about.

use std::fmt::Write as _;
use std::ops::Range;

use super::error::WriteErrorCause as Cause;
use crate::model::{ColumnType, ContentType, Field};
use crate::storage::{Args, Cell, Dialect, MAX_PLACEHOLDERS, RecordId, Refusal, ResultRow, Session};

/// ResultRow per statement; only these numbers, so that statements are prepared once.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// How many of `rest` rows go into the next statement.
fn size(rest: usize, placeholders_per_row: usize) -> usize {
    let fits = |size: &usize| *size <= rest && size * placeholders_per_row.max(1) <= MAX_PLACEHOLDERS;
    SIZES.into_iter().find(fits).unwrap_or(1)
}

/// The placeholders of one row.
pub(crate) struct Marks {
    count: usize,
    first: String,
    others: String,
}

impl Marks {
    pub fn plain(count: usize) -> Self {
        let row = format!("({})", vec!["?"; count].join(","));
        Self { count, first: row.clone(), others: row }
    }

    /// The first row says the types, where the statement does not say elsewhere what its values are for.
    fn typed(dialect: Dialect, types: impl Iterator<Item = ColumnType>) -> Self {
        let first: Vec<String> = types.map(|column_type| dialect.cast("?", column_type)).collect();
        Self { first: format!("({})", first.join(",")), ..Self::plain(first.len()) }
    }

    /// `(?, ?), (?, ?)`.
    fn sql(&self, rows: usize) -> String {
        let mut sql = String::with_capacity(self.first.len() + rows * (self.others.len() + 1));
        sql.push_str(&self.first);
        for _ in 1..rows {
            sql.push(',');
            sql.push_str(&self.others);
        }
        sql
    }
}

/// Runs `head VALUES (...), (...) tail` over all rows, and gives the places of the rows that were refused.
pub(crate) async fn write_rows<R>(
    session: &mut Session<'_>,
    head: &str,
    tail: &str,
    marks: &Marks,
    rows: &[R],
    bind: impl Fn(&R, &mut Args),
) -> Result<Vec<(usize, Refusal)>, sqlx::Error> {
    let mut refused = Vec::new();
    let mut todo: Vec<Range<usize>> = Vec::new();
    todo.push(0..rows.len());
    while let Some(range) = todo.pop() {
        if range.is_empty() {
            continue;
        }
        let count = size(range.len(), marks.count);
        let chunk = range.start..range.start + count;
        if chunk.end < range.end {
            todo.push(chunk.end..range.end);
        }
        let mut args = Args::with_capacity(count * marks.count);
        for row in &rows[chunk.clone()] {
            bind(row, &mut args);
        }
        let sql = format!("{head}{}{tail}", marks.sql(count));
        match session.attempt(sql, args).await? {
            Ok(_) => {}
            Err(refusal) if count == 1 => refused.push((chunk.start, refusal)),
            Err(_) => {
                let middle = chunk.start + count / 2;
                todo.push(middle..chunk.end);
                todo.push(chunk.start..middle);
            }
        }
    }
    Ok(refused)
}

/// `INSERT INTO table (id, a, b) VALUES `.
pub(crate) fn insert_head(content_type: &ContentType) -> String {
    let mut sql = format!("INSERT INTO \"{}\" (\"id\"", content_type.table);
    for column in &content_type.columns {
        let _ = write!(sql, ", \"{}\"", column.name);
    }
    sql.push_str(") VALUES ");
    sql
}

/// Sets columns of rows that are known by id: one statement for many rows.
pub(crate) async fn update_cells<R>(
    session: &mut Session<'_>,
    content_type: &ContentType,
    columns: &[usize],
    rows: &[R],
    bind: impl Fn(&R, &mut Args),
) -> Result<Vec<(usize, Refusal)>, sqlx::Error> {
    let table = &content_type.table;
    let mut head = String::from("WITH v(id");
    for place in 0..columns.len() {
        let _ = write!(head, ", c{place}");
    }
    head.push_str(") AS (VALUES ");
    let mut tail = format!(") UPDATE \"{table}\" SET ");
    for (place, column) in columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let column = &content_type.columns[*column];
        let _ = write!(tail, "{comma}\"{}\" = v.c{place}", column.name);
    }
    // The second condition says nothing new, but without it SQLite scans the whole table for every statement.
    let id = format!("\"{table}\".\"id\"");
    let _ = write!(tail, " FROM v WHERE {id} = v.id AND {id} IN (SELECT id FROM v)");
    let types = columns.iter().map(|column| content_type.columns[*column].column_type);
    let types = std::iter::once(ColumnType::Id(content_type.index())).chain(types);
    let marks = Marks::typed(session.dialect(), types);
    write_rows(session, &head, &tail, &marks, rows, bind).await
}

/// Ids per reading statement. A list is filled up to the next of these with its last id, which finds nothing new; so
/// the number of statements does not depend on the number of ids, short of many thousands.
const READ_SIZES: [usize; 7] = [1, 4, 16, 64, 256, 1_024, MOST_READ];
const MOST_READ: usize = 4_096;

/// The ids of one statement after the other, filled up.
pub(crate) fn padded(ids: &[RecordId]) -> impl Iterator<Item = Vec<RecordId>> + '_ {
    ids.chunks(MOST_READ).map(|chunk| {
        let size = READ_SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(chunk.len());
        let last = chunk.last().into_iter().cycle();
        chunk.iter().chain(last).take(size).copied().collect()
    })
}

/// Runs `head (?, ?, ?) tail` over ids and gives all rows.
pub(crate) async fn select_by_ids(
    session: &mut Session<'_>,
    head: &str,
    ids: &[RecordId],
    tail: &str,
) -> Result<Vec<ResultRow>, sqlx::Error> {
    let mut all = Vec::new();
    let keep = |row| {
        all.push(row);
        Ok(())
    };
    each_by_ids(session, head, ids, tail, keep).await?;
    Ok(all)
}

/// Runs `head (?, ?, ?) tail` over ids and hands the rows over one by one.
pub(crate) async fn each_by_ids(
    session: &mut Session<'_>,
    head: &str,
    ids: &[RecordId],
    tail: &str,
    mut on_row: impl FnMut(ResultRow) -> Result<(), sqlx::Error> + Send,
) -> Result<(), sqlx::Error> {
    for chunk in padded(ids) {
        let mut args = Args::with_capacity(chunk.len());
        chunk.iter().for_each(|id| args.id(*id));
        let sql = format!("{head}({}){tail}", vec!["?"; chunk.len()].join(","));
        session.each_row(sql, args, &mut on_row).await?;
    }
    Ok(())
}

/// Runs `head (?, ?, ?)` over ids for its effect.
pub(crate) async fn execute_by_ids(session: &mut Session<'_>, head: &str, ids: &[RecordId]) -> Result<(), sqlx::Error> {
    let mut rest = ids;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(size(rest.len(), 1));
        rest = after;
        let mut args = Args::with_capacity(chunk.len());
        chunk.iter().for_each(|id| args.id(*id));
        let sql = format!("{head}({})", vec!["?"; chunk.len()].join(","));
        session.execute(sql, args).await?;
    }
    Ok(())
}

/// What a refusal means to the person who wrote the record.
pub(crate) fn refused(content_type: &ContentType, row: &[Cell], refusal: Refusal) -> Cause {
    match refusal {
        Refusal::ForeignKey => {
            let field = content_type.fields.iter().filter(|field| {
                field.column.is_some_and(|column| {
                    matches!(row.get(column), Some(Cell::Id(_)))
                        && matches!(field.kind, crate::model::FieldKind::Reference(_))
                })
            });
            let names: Vec<&str> = field.map(Field::name).collect();
            Cause::ReferenceGone { field: names.join("`, `") }
        }
        Refusal::Unique(names) => {
            let unique = content_type.unique.iter().find(|unique| {
                names.first().is_some_and(|name| names_index(&unique.index_name, name))
                    || (names.len() == unique.columns.len()
                        && unique.columns.iter().zip(&names).all(|(column, name)| {
                            name.rsplit('.').next() == Some(content_type.columns[*column].name.as_str())
                        }))
            });
            let fields = match unique {
                Some(unique) => unique.fields.iter().map(ToString::to_string).collect(),
                None if names_primary_key(content_type, &names) => vec!["id".to_owned()],
                None => names,
            };
            Cause::Duplicate { content_type: content_type.verbose_name().to_owned(), fields }
        }
        Refusal::Other(message) => Cause::Refused { message },
    }
}

/// Whether a refusal names an index, which one of the databases may have shortened.
fn names_index(index: &str, named: &str) -> bool {
    [Dialect::Sqlite, Dialect::Postgres].iter().any(|dialect| dialect.name(index) == named)
}

/// SQLite names the column, PostgreSQL the constraint.
fn names_primary_key(content_type: &ContentType, names: &[String]) -> bool {
    let table = &content_type.table;
    matches!(names, [name] if *name == format!("{table}.id") || *name == format!("{table}_pkey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_filled_up_and_none_is_lost() {
        let ids: Vec<RecordId> = (0..5_000).map(|_| RecordId::random()).collect();
        for (count, sizes) in [
            (0, vec![]),
            (1, vec![1]),
            (2, vec![4]),
            (200, vec![256]),
            (4_096, vec![4_096]),
            (5_000, vec![4_096, 1_024]),
        ] {
            let chunks: Vec<Vec<RecordId>> = padded(&ids[..count]).collect();
            assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{count}");
            let mut all: Vec<RecordId> = chunks.concat();
            all.dedup();
            assert_eq!(all, ids[..count], "{count}");
        }
    }
}
