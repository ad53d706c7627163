//! The queries behind a selection.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use trueup_engine::{Value, ValueSet};

use super::dimension::{Dimension, Slot, dimensions};
use super::selection::{Only, RowView, Selection};
use crate::error::InventoryError;
use crate::model::{ColumnType, ContentType, FieldKind, ManyTarget, Registry, ResolvedPath, ScalarType, Terminal};
use crate::query::{Order, Reader, order};
use crate::storage::{Args, Cell, Dialect, Inventory, Joins, RecordId, ResultRow, Session};
use crate::write::find_ids;

/// Records per query when only some are wanted.
const CHUNK: usize = 500;
const DOING: &str = "reading records";

/// The elements of one to-many field, by record.
type Elements = HashMap<RecordId, Vec<Value>, RandomState>;

/// A selection made ready: SQL, and how to read its columns.
struct Reading<'a> {
    registry: &'a Registry,
    content_type: &'a ContentType,
    paths: Vec<ResolvedPath>,
}

impl Inventory {
    /// Reads records in the default order of their type and hands them over one by one; they are never all in memory,
    /// except for the contents of to-many fields and of small tables that they refer to. With [`Only::All`] the number
    /// of statements depends on the fields alone; with ids or keys, on their number divided by 500.
    ///
    /// # Errors
    /// A path of the selection leads nowhere, or the database failed.
    pub async fn read(
        &self,
        selection: &Selection,
        on_row: &mut (dyn FnMut(RowView<'_>) + Send),
    ) -> Result<(), InventoryError> {
        let mut transaction = self.database.begin_reading().await.map_err(InventoryError::database(DOING))?;
        read(&mut transaction.session(), &self.registry, selection, on_row).await
    }
}

impl Reader {
    /// As [`Inventory::read`], from the moment, or within the transaction, of this reader.
    ///
    /// # Errors
    /// See [`Inventory::read`].
    pub async fn read(
        &mut self,
        selection: &Selection,
        on_row: &mut (dyn FnMut(RowView<'_>) + Send),
    ) -> Result<(), InventoryError> {
        let registry = Arc::clone(self.registry());
        read(&mut self.session(), &registry, selection, on_row).await
    }
}

async fn read(
    session: &mut Session<'_>,
    registry: &Registry,
    selection: &Selection,
    on_row: &mut (dyn FnMut(RowView<'_>) + Send),
) -> Result<(), InventoryError> {
    let fault = InventoryError::database(DOING);
    let content_type = registry.content_type(&selection.content_type)?;
    let paths = selection.fields.iter().map(|path| registry.path(content_type, path)).collect::<Result<Vec<_>, _>>()?;
    let reading = Reading { registry, content_type, paths };
    let ids = match &selection.only {
        Only::All => None,
        Only::Ids(ids) => Some(ids.clone()),
        Only::Keys { paths, keys } => Some(find_ids(session, registry, content_type, paths, keys).await?),
    };
    match ids {
        None => reading.read(session, None, on_row).await.map_err(&fault)?,
        Some(ids) => {
            for chunk in ids.chunks(CHUNK) {
                reading.read(session, Some(chunk), on_row).await.map_err(&fault)?;
            }
        }
    }
    Ok(())
}

impl Reading<'_> {
    async fn read(
        &self,
        session: &mut Session<'_>,
        ids: Option<&[RecordId]>,
        on_row: &mut (dyn FnMut(RowView<'_>) + Send),
    ) -> Result<(), sqlx::Error> {
        let mut elements: Vec<Option<Elements>> = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            elements.push(match path.terminal {
                Terminal::Many(field) => Some(self.elements(session, field, ids).await?),
                _ => None,
            });
        }
        // A few records are joined to what they refer to; all of them look it up.
        let (dimensions, slots) = match ids {
            None => dimensions(session, self.registry, self.content_type.index, &self.paths).await?,
            Some(_) => (Vec::new(), vec![None; self.paths.len()]),
        };
        let (sql, args) = self.query(session.dialect(), ids, &dimensions, &slots);
        let mut values = Vec::with_capacity(self.paths.len());
        let mut ids = vec![RecordId::NONE; dimensions.len() + 1];
        session
            .each_row(sql, args, |row| {
                row.packed_ids(0, &mut ids)?;
                let (id, referenced) = (ids[0], &ids[1..]);
                let mut column = 1;
                values.clear();
                for ((path, elements), slot) in self.paths.iter().zip(&mut elements).zip(&slots) {
                    let value = match (elements, slot) {
                        (Some(elements), _) => {
                            Value::Set(elements.remove(&id).unwrap_or_default().into_iter().collect::<ValueSet>())
                        }
                        (None, Some(slot)) => dimensions[slot.dimension].value(referenced[slot.dimension], slot.value),
                        (None, None) => read_value(self.registry, path, &row, &mut column)?,
                    };
                    values.push(value);
                }
                on_row(RowView { id, values: &mut values });
                Ok(())
            })
            .await
    }

    fn query(
        &self,
        dialect: Dialect,
        only: Option<&[RecordId]>,
        dimensions: &[Dimension],
        slots: &[Option<Slot>],
    ) -> (String, Args) {
        let mut joins = Joins::new(self.content_type.index);
        let mut ids = vec!["t0.\"id\"".to_owned()];
        ids.extend(dimensions.iter().map(|dimension| dimension.column.clone()));
        let mut columns = vec![dialect.packed_ids(&ids)];
        for (path, slot) in self.paths.iter().zip(slots) {
            if slot.is_none() {
                let alias = joins.walk(path, false);
                columns.extend(Joins::expressions(self.registry, path, alias));
            }
        }
        let Order { joins, terms } = order(dialect, self.registry, self.content_type, &[], joins);
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), joins.sql_for_reading(self.registry));
        let args = only_ids(&mut sql, "t0.\"id\"", only);
        sql.push_str(" ORDER BY ");
        sql.push_str(&terms);
        (sql, args)
    }

    /// The natural keys that a to-many field holds, for all records at once.
    async fn elements(
        &self,
        session: &mut Session<'_>,
        field: usize,
        ids: Option<&[RecordId]>,
    ) -> Result<Elements, sqlx::Error> {
        let mut elements = Elements::default();
        let FieldKind::Many(many) = &self.content_type.fields[field].kind else { return Ok(elements) };
        let link = &many.link;
        let near = format!("l.\"{}\"", link.near);
        let mut key = Vec::new();
        let mut sql = match many.target {
            ManyTarget::ContentTypes => format!("SELECT {near}, l.\"{}\" FROM \"{}\" l", link.far, link.table),
            ManyTarget::Records(to) => {
                let to = self.registry.get(to);
                let mut joins = Joins::new(to.index);
                let mut columns = vec![near.clone()];
                for path in to.natural_key() {
                    if let Ok(path) = self.registry.path(to, path) {
                        let alias = joins.walk(&path, false);
                        columns.extend(Joins::expressions(self.registry, &path, alias));
                        key.push(path);
                    }
                }
                let from = joins.sql_for_reading(self.registry);
                format!(
                    "SELECT {} FROM {from} JOIN \"{}\" l ON l.\"{}\" = t0.\"id\"",
                    columns.join(", "),
                    link.table,
                    link.far
                )
            }
        };
        let args = only_ids(&mut sql, &near, ids);
        for row in session.rows(sql, args).await? {
            // Links of several types may share a table; this one is of another type.
            let Some(owner) = row.id(0)? else { continue };
            let mut column = 1;
            let mut parts = Vec::with_capacity(key.len());
            for path in &key {
                parts.push(read_value(self.registry, path, &row, &mut column)?);
            }
            let element = match (key.len(), parts.pop()) {
                (0, _) => Value::from(row.text(1)?.unwrap_or_default()),
                (1, Some(single)) => single,
                (_, last) => {
                    parts.extend(last);
                    Value::List(parts)
                }
            };
            elements.entry(owner).or_default().push(element);
        }
        Ok(elements)
    }
}

fn only_ids(sql: &mut String, column: &str, ids: Option<&[RecordId]>) -> Args {
    let mut args = Args::default();
    if let Some(ids) = ids {
        sql.push_str(&format!(" WHERE {column} IN ({})", vec!["?"; ids.len()].join(",")));
        ids.iter().for_each(|id| args.id(*id));
    }
    args
}

/// The value at the end of a path, from the next columns of the row.
pub(super) fn read_value(
    registry: &Registry,
    path: &ResolvedPath,
    row: &ResultRow,
    column: &mut usize,
) -> Result<Value, sqlx::Error> {
    let mut next = |column_type| {
        let cell = row.cell(*column, column_type);
        *column += 1;
        cell
    };
    Ok(match path.terminal {
        Terminal::Id => next(ColumnType::Scalar(ScalarType::Uuid))?.into_value(ScalarType::Uuid),
        Terminal::Column(place) => match registry.get(path.owner).columns[place].column_type {
            ColumnType::Scalar(scalar) => next(ColumnType::Scalar(scalar))?.into_value(scalar),
            ColumnType::Id(to) => next(ColumnType::Id(to))?.into_value(ScalarType::Uuid),
        },
        Terminal::Composite(scalar, _) => {
            let address = next(ColumnType::Scalar(ScalarType::Ip))?;
            let length = next(ColumnType::Scalar(ScalarType::Int))?;
            Cell::composite(scalar, &address, &length)
        }
        Terminal::Many(_) => Value::Null,
    })
}
