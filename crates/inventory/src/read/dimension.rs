//! Small tables that many records refer to, read once instead of being joined to every record.
//!
//! Locations, roles, device types: a few hundred rows that a hundred thousand devices refer to. The records then carry
//! only ids, and what the ids stand for is looked up here. A table that is not small is joined after all.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use trueup_engine::Value;

use super::stream::read_value;
use crate::model::{Registry, ResolvedPath, TypeIndex};
use crate::storage::{Args, Joins, RecordId, Session};

/// Rows up to which a table is small.
const SMALL: usize = 20_000;

/// What records of one referenced type hold at the paths that are wanted of them.
pub(super) struct Dimension {
    /// The column of the reference.
    pub column: String,
    values: HashMap<RecordId, Box<[Value]>, RandomState>,
}

/// Where the value of a path is found: the place of a dimension, and the place among its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub dimension: usize,
    pub value: usize,
}

impl Dimension {
    pub fn value(&self, id: RecordId, place: usize) -> Value {
        self.values.get(&id).map_or(Value::Null, |values| values[place].clone())
    }
}

/// The dimensions of paths from one type, and for each path its slot; none for paths that are better joined.
pub(super) async fn dimensions(
    session: &mut Session<'_>,
    registry: &Registry,
    root: TypeIndex,
    paths: &[ResolvedPath],
) -> Result<(Vec<Dimension>, Vec<Option<Slot>>), sqlx::Error> {
    let mut dimensions = Vec::new();
    let mut slots = vec![None; paths.len()];
    let mut fields: Vec<usize> = paths.iter().filter_map(|path| path.hops.first()).map(|hop| hop.field).collect();
    fields.sort_unstable();
    fields.dedup();
    for field in fields {
        let along = |path: &ResolvedPath| path.hops.first().is_some_and(|hop| hop.field == field);
        let places: Vec<usize> = (0..paths.len()).filter(|&place| along(&paths[place])).collect();
        let behind: Vec<ResolvedPath> = places
            .iter()
            .map(|&place| ResolvedPath { hops: paths[place].hops[1..].to_vec(), ..paths[place].clone() })
            .collect();
        let to = paths[places[0]].hops[0].to;
        let Some(values) = small_table(session, registry, to, &behind).await? else { continue };
        for (value, place) in places.into_iter().enumerate() {
            slots[place] = Some(Slot { dimension: dimensions.len(), value });
        }
        let root = registry.get(root);
        let column = root.fields[field].column.expect("a reference is one column");
        dimensions.push(Dimension { column: format!("t0.\"{}\"", root.columns[column].name), values });
    }
    Ok((dimensions, slots))
}

type Values = HashMap<RecordId, Box<[Value]>, RandomState>;

/// All rows of a table, unless they are many, or one has the id that stands for none.
async fn small_table(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: TypeIndex,
    paths: &[ResolvedPath],
) -> Result<Option<Values>, sqlx::Error> {
    let mut joins = Joins::new(content_type);
    let mut columns = vec!["t0.\"id\"".to_owned()];
    for path in paths {
        let alias = joins.walk(path, false);
        columns.extend(Joins::expressions(registry, path, alias));
    }
    let from = joins.sql_for_reading(registry);
    let sql = format!("SELECT {} FROM {from} LIMIT {}", columns.join(", "), SMALL + 1);
    let mut table = Values::default();
    session
        .each_row(sql, Args::default(), |row| {
            let mut column = 1;
            let values = paths.iter().map(|path| read_value(registry, path, &row, &mut column));
            table.insert(row.some_id(0)?, values.collect::<Result<_, _>>()?);
            Ok(())
        })
        .await?;
    // A reference to nothing must find nothing.
    let usable = table.len() <= SMALL && !table.contains_key(&RecordId::NONE);
    Ok(usable.then_some(table))
}
