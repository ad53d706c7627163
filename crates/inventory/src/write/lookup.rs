//! Finding records by what people call them: many keys of one form in one query, remembered across batches.
//!
//! Only what was found is remembered. Whatever may make it wrong (an update, a delete, a create that makes a key
//! ambiguous) forgets it; changes of other programs are noticed by the revision of the inventory.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use trueup_engine::Value;

use super::error::WriteErrorCause as Cause;
use crate::error::InventoryError;
use crate::model::{ColumnType, ContentType, Hop, Registry, ResolvedPath, ScalarType, Terminal, TypeIndex};
use crate::storage::{Args, Cell, Joins, MAX_PLACEHOLDERS, RecordId, Session};

/// The place of a lookup among all of a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LookupIndex(usize);

impl LookupIndex {
    pub const UNSET: LookupIndex = LookupIndex(usize::MAX);
}

/// Bytes that stand for the values of one key.
pub(crate) type KeyBytes = Box<[u8]>;
/// Keys that are not known yet, with their cells.
pub(crate) type Missing = HashMap<LookupIndex, HashMap<KeyBytes, Vec<Cell>, RandomState>>;

/// How many records a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    One(RecordId),
    Several(usize),
}

/// Finding records of one type by one list of paths.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub content_type: TypeIndex,
    pub paths: Vec<ResolvedPath>,
    /// The types whose records decide what is found.
    touches: Vec<TypeIndex>,
    /// No two records have the same key, whatever is created.
    unique: bool,
    found: HashMap<KeyBytes, Found, RandomState>,
    /// The records of keys that several have.
    several: HashMap<KeyBytes, Vec<RecordId>, RandomState>,
}

/// Keys that one lookup may remember.
const MOST_REMEMBERED: usize = 500_000;
/// Keys per statement; only these numbers, so that statements are prepared once.
const CHUNKS: [usize; 5] = [512, 128, 32, 8, 1];

/// All lookups of a writer.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    all: Vec<Lookup>,
    by_paths: HashMap<(TypeIndex, Vec<Arc<str>>), LookupIndex>,
}

impl Lookups {
    /// The lookup of `content_type` by `paths`, made when it is new.
    pub fn index(
        &mut self,
        registry: &Registry,
        content_type: TypeIndex,
        paths: Vec<Arc<str>>,
    ) -> Result<LookupIndex, Cause> {
        let key = (content_type, paths);
        if let Some(index) = self.by_paths.get(&key) {
            return Ok(*index);
        }
        let resolved: Vec<ResolvedPath> =
            key.1.iter().map(|path| registry.path(registry.get(content_type), path)).collect::<Result<_, _>>()?;
        let mut touches = vec![content_type];
        touches.extend(resolved.iter().flat_map(|path| path.hops.iter().map(|hop| hop.to)));
        touches.sort_unstable();
        touches.dedup();
        let unique = is_unique(registry, content_type, &resolved);
        self.all.push(Lookup {
            content_type,
            paths: resolved,
            touches,
            unique,
            found: HashMap::default(),
            several: HashMap::default(),
        });
        let index = LookupIndex(self.all.len() - 1);
        self.by_paths.insert(key, index);
        Ok(index)
    }

    pub fn get(&self, index: LookupIndex) -> &Lookup {
        &self.all[index.0]
    }

    pub fn found(&self, index: LookupIndex, key: &[u8]) -> Option<Found> {
        self.all[index.0].found.get(key).copied()
    }

    /// The records of a key that several have.
    pub fn several(&self, index: LookupIndex, key: &[u8]) -> &[RecordId] {
        self.all[index.0].several.get(key).map_or(&[], Vec::as_slice)
    }

    /// Records of the type were created.
    pub fn created(&mut self, content_type: TypeIndex) {
        for lookup in &mut self.all {
            if !lookup.unique && lookup.touches.contains(&content_type) {
                lookup.forget();
            }
        }
    }

    /// Records of the type were changed or deleted.
    pub fn changed(&mut self, content_type: TypeIndex) {
        for lookup in &mut self.all {
            if lookup.touches.contains(&content_type) {
                lookup.forget();
            }
        }
    }

    pub fn forget(&mut self) {
        for lookup in &mut self.all {
            lookup.forget();
        }
    }

    /// Whether a record of `content_type` that is not stored yet may be what this lookup misses.
    pub fn touches(&self, index: LookupIndex, content_type: TypeIndex) -> bool {
        self.all[index.0].touches.contains(&content_type)
    }

    /// Asks the database for all missing keys: one query per lookup and form of nulls, in chunks.
    pub async fn fetch(
        &mut self,
        session: &mut Session<'_>,
        registry: &Registry,
        missing: Missing,
    ) -> Result<(), sqlx::Error> {
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_by_key(|(index, _)| *index);
        for (index, keys) in missing {
            let lookup = &mut self.all[index.0];
            if lookup.found.len() > MOST_REMEMBERED {
                lookup.forget();
            }
            let mut by_nulls: HashMap<Vec<bool>, Vec<(KeyBytes, Vec<Cell>)>> = HashMap::new();
            for (bytes, cells) in keys {
                by_nulls.entry(cells.iter().map(Cell::is_null).collect()).or_default().push((bytes, cells));
            }
            for (nulls, keys) in by_nulls {
                let sql = Query::new(registry, lookup, &nulls);
                let mut rest = keys.as_slice();
                while !rest.is_empty() {
                    let per_key = nulls.len() + 1;
                    let size =
                        CHUNKS.into_iter().find(|size| *size <= rest.len() && size * per_key <= MAX_PLACEHOLDERS);
                    let (chunk, after) = rest.split_at(size.unwrap_or(1));
                    rest = after;
                    lookup.fetch_chunk(session, &sql, chunk).await?;
                }
            }
        }
        Ok(())
    }
}

impl Lookup {
    fn forget(&mut self) {
        self.found.clear();
        self.several.clear();
    }

    async fn fetch_chunk(
        &mut self,
        session: &mut Session<'_>,
        query: &Query,
        chunk: &[(KeyBytes, Vec<Cell>)],
    ) -> Result<(), sqlx::Error> {
        let mut args = Args::default();
        for (place, (_, cells)) in chunk.iter().enumerate() {
            args.int(i64::try_from(place).unwrap_or_default());
            for cell in cells.iter().filter(|cell| !cell.is_null()) {
                args.cell(cell);
            }
        }
        for row in session.rows(query.sql(chunk.len()), args).await? {
            let place = row.int(0)?.and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
            let id = row.some_id(1)?;
            if let Some((key, _)) = chunk.get(place) {
                match self.found.get_mut(key) {
                    None => {
                        self.found.insert(key.clone(), Found::One(id));
                    }
                    Some(found) => {
                        let several = self.several.entry(key.clone()).or_default();
                        if let Found::One(first) = found {
                            several.push(*first);
                        }
                        several.push(id);
                        *found = Found::Several(several.len());
                    }
                }
            }
        }
        Ok(())
    }
}

/// The parts of a statement that finds ids by keys.
struct Query {
    columns: usize,
    tail: String,
}

impl Query {
    fn new(registry: &Registry, lookup: &Lookup, nulls: &[bool]) -> Self {
        let mut joins = Joins::new(lookup.content_type);
        let mut place = 0;
        let mut wanted: Vec<(String, bool)> = Vec::new();
        for path in &lookup.paths {
            let inner = !nulls[place];
            let alias = joins.walk(path, inner);
            for expression in Joins::expressions(registry, path, alias) {
                wanted.push((expression, nulls[place]));
                place += 1;
            }
        }
        let (from, mut conditions) = joins.sql_for_finding(registry);
        let mut columns = 0;
        for (expression, null) in &wanted {
            if *null {
                conditions.push(format!("{expression} IS NULL"));
            } else {
                conditions.push(format!("{expression} = k.c{columns}"));
                columns += 1;
            }
        }
        Self { columns, tail: format!(" SELECT k.n, t0.\"id\" FROM {from} WHERE {}", conditions.join(" AND ")) }
    }

    fn sql(&self, rows: usize) -> String {
        let mut sql = String::from("WITH k(n");
        for column in 0..self.columns {
            let _ = write!(sql, ", c{column}");
        }
        sql.push_str(") AS (VALUES ");
        let row = format!("(?{})", ", ?".repeat(self.columns));
        for place in 0..rows {
            if place > 0 {
                sql.push(',');
            }
            sql.push_str(&row);
        }
        sql.push(')');
        sql.push_str(&self.tail);
        sql
    }
}

/// Whether the paths hold a uniqueness rule of the type, so that no second record can have the same key. Followed
/// through references: `device_type__model` and `device_type__manufacturer__name` hold `device_type`.
fn is_unique(registry: &Registry, content_type: TypeIndex, paths: &[ResolvedPath]) -> bool {
    let views: Vec<(&[Hop], Terminal)> = paths.iter().map(|path| (path.hops.as_slice(), path.terminal)).collect();
    holds_unique(registry, content_type, &views)
}

fn holds_unique(registry: &Registry, content_type: TypeIndex, paths: &[(&[Hop], Terminal)]) -> bool {
    let content_type = registry.get(content_type);
    if paths.iter().any(|(hops, terminal)| hops.is_empty() && *terminal == Terminal::Id) {
        return true;
    }
    content_type.unique.iter().any(|unique| {
        unique.columns.iter().all(|&column| match content_type.columns[column].column_type {
            ColumnType::Scalar(_) => paths.iter().any(|(hops, terminal)| {
                hops.is_empty()
                    && match terminal {
                        Terminal::Column(own) => *own == column,
                        Terminal::Composite(ScalarType::Prefix | ScalarType::Interface, (address, length)) => {
                            *address == column || *length == column
                        }
                        _ => false,
                    }
            }),
            ColumnType::Id(to) => {
                let field = content_type.columns[column].field;
                let behind: Vec<_> = paths
                    .iter()
                    .filter_map(|(hops, terminal)| match hops.split_first() {
                        Some((first, rest)) if first.field == field => Some((rest, *terminal)),
                        _ => None,
                    })
                    .collect();
                !behind.is_empty() && holds_unique(registry, to, &behind)
            }
        })
    })
}

/// Appends the cells of one part of a key. `None` when the value cannot be stored.
pub(crate) fn key_cells(registry: &Registry, path: &ResolvedPath, value: Value, cells: &mut Vec<Cell>) -> Option<()> {
    let scalar = match path.terminal {
        Terminal::Composite(..) => {
            let (address, length) = Cell::split(&value)?;
            cells.extend([address, length]);
            return Some(());
        }
        Terminal::Id | Terminal::Many(_) => ScalarType::Uuid,
        Terminal::Column(column) => match registry.get(path.owner).columns[column].column_type {
            ColumnType::Scalar(scalar) => scalar,
            ColumnType::Id(_) => ScalarType::Uuid,
        },
    };
    cells.push(Cell::from_value(scalar, value)?);
    Some(())
}

/// How many records each key names. Keys whose values no field can have, or that are not as long as the paths, name none.
pub(crate) async fn find_each(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    paths: &[Arc<str>],
    keys: &[Vec<Value>],
) -> Result<Vec<Option<Found>>, InventoryError> {
    let (lookups, index, wanted) = look_up(session, registry, content_type, paths, keys).await?;
    Ok(wanted.iter().map(|key| lookups.found(index, key.as_ref()?)).collect())
}

/// The ids of all records that keys name.
pub(crate) async fn find_ids(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    paths: &[String],
    keys: &[Vec<Value>],
) -> Result<Vec<RecordId>, InventoryError> {
    let paths: Vec<Arc<str>> = paths.iter().map(|path| Arc::from(path.as_str())).collect();
    let (lookups, index, wanted) = look_up(session, registry, content_type, &paths, keys).await?;
    let mut ids = Vec::with_capacity(wanted.len());
    for key in wanted.iter().flatten() {
        match lookups.found(index, key) {
            Some(Found::One(id)) => ids.push(id),
            Some(Found::Several(_)) => ids.extend_from_slice(lookups.several(index, key)),
            None => {}
        }
    }
    Ok(ids)
}

/// What keys name, and the bytes that stand for each key that can name something.
async fn look_up(
    session: &mut Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    paths: &[Arc<str>],
    keys: &[Vec<Value>],
) -> Result<(Lookups, LookupIndex, Vec<Option<KeyBytes>>), InventoryError> {
    let mut lookups = Lookups::default();
    for path in paths {
        registry.path(content_type, path)?;
    }
    let Ok(index) = lookups.index(registry, content_type.index, paths.to_vec()) else {
        return Ok((lookups, LookupIndex::UNSET, vec![None; keys.len()]));
    };
    let mut wanted: Vec<Option<KeyBytes>> = Vec::with_capacity(keys.len());
    let mut missing = Missing::default();
    for key in keys {
        let mut cells = Vec::new();
        let parts = lookups.get(index).paths.iter().zip(key);
        let complete = parts.into_iter().try_for_each(|(path, value)| {
            let value = path.field_type.normalise(value.clone()).ok()?;
            key_cells(registry, path, value, &mut cells)
        });
        if complete.is_none() || key.len() != paths.len() {
            wanted.push(None);
            continue;
        }
        let mut bytes = Vec::new();
        cells.iter().for_each(|cell| cell.key_into(&mut bytes));
        wanted.push(Some(bytes.clone().into()));
        missing.entry(index).or_default().insert(bytes.into(), cells);
    }
    lookups.fetch(session, registry, missing).await.map_err(InventoryError::database("finding records by key"))?;
    Ok((lookups, index, wanted))
}
