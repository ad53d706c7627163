//! What relationships join: the pairs as SQL, the definitions of a type, and what writing them needs to know.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use trueup_engine::Value;

use super::filter::{Fragment, try_compile};
use super::list::FilterErrors;
use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, Registry};
use crate::relationship::{ASSOCIATION, Association, Filters, Relationship, Side, Which, load};
use crate::storage::{Cell, RecordId, Session};
use crate::write::{Found, PathValues, find_each, padded};

const DOING: &str = "reading relationships";

/// Two records that a relationship joins, seen from one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// The record that says so, of the type [`ASSOCIATION`].
    pub by: RecordId,
    pub near: RecordId,
    pub far: RecordId,
}

/// What a set of values names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    One(RecordId),
    Nothing,
    Several,
}

/// The pairs of a relationship as a set of rows with the columns `by_id`, `near` and `far`, for use behind `FROM` or `JOIN`.
pub(super) fn associated(registry: &Registry, association: Association) -> Option<Fragment> {
    let table = &registry.content_type(ASSOCIATION).ok()?.table;
    let one_way = |near: &str, far: &str| {
        let sql = format!(
            "SELECT \"id\" AS by_id, \"{near}_id\" AS near, \"{far}_id\" AS far FROM \"{table}\" \
             WHERE \"relationship_id\" = ?"
        );
        Fragment::new(sql).bind(Cell::Id(association.relationship))
    };
    let pairs = match association.toward {
        Side::Destination => one_way("source", "destination"),
        Side::Source => one_way("destination", "source"),
        Side::Peer => one_way("source", "destination").then(" UNION ALL ", one_way("destination", "source")),
    };
    Some(pairs.within("(", ")"))
}

/// Those of `ids` whose records meet filters, or what is wrong with the filters.
pub(crate) async fn meeting(
    mut session: Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    filters: &Filters,
    ids: &[RecordId],
) -> Result<Result<HashSet<RecordId, RandomState>, FilterErrors>, sqlx::Error> {
    if filters.is_empty() {
        return Ok(Ok(ids.iter().copied().collect()));
    }
    let condition = match try_compile(session.again(), registry, content_type, filters).await? {
        Ok(condition) => condition,
        Err(errors) => return Ok(Err(errors)),
    };
    let mut found = HashSet::default();
    for chunk in padded(ids) {
        let among = Fragment::list(chunk.into_iter().map(Cell::Id).collect()).within("t0.\"id\" IN ", "");
        let query = Fragment::all(vec![among, condition.clone()])
            .within(&format!("SELECT t0.\"id\" FROM \"{}\" t0 WHERE ", content_type.table), "");
        for row in session.rows(query.sql.as_str(), query.args()).await? {
            found.insert(row.some_id(0)?);
        }
    }
    Ok(Ok(found))
}

impl Reader {
    /// The relationships on a side of which a type stands; all when none is named. In the order of their labels.
    ///
    /// # Errors
    /// The database failed.
    pub async fn relationships(
        &mut self,
        content_type: Option<&ContentType>,
    ) -> Result<Vec<Relationship>, InventoryError> {
        let registry = self.registry().clone();
        let which = content_type.map_or(Which::All, |one| Which::Of(one.name()));
        load(&mut self.session(), &registry, which).await.map_err(InventoryError::database(DOING))
    }

    /// What a relationship joins to records.
    ///
    /// # Errors
    /// The database failed.
    pub async fn joined(&mut self, association: Association, ids: &[RecordId]) -> Result<Vec<Joined>, InventoryError> {
        let registry = self.registry().clone();
        let fault = InventoryError::database(DOING);
        let Some(pairs) = associated(&registry, association) else { return Ok(Vec::new()) };
        let head = pairs.within("SELECT pair.by_id, pair.near, pair.far FROM ", " pair WHERE pair.near IN ");
        let mut found = Vec::new();
        for chunk in padded(ids) {
            let query = head.clone().then("", Fragment::list(chunk.into_iter().map(Cell::Id).collect()));
            for row in self.session().rows(query.sql.as_str(), query.args()).await.map_err(&fault)? {
                let id = |place| row.some_id(place).map_err(&fault);
                found.push(Joined { by: id(0)?, near: id(1)?, far: id(2)? });
            }
        }
        Ok(found)
    }

    /// Those of `ids` whose records meet the filters of a definition. Filters that name something that is gone find
    /// nobody.
    ///
    /// # Errors
    /// The database failed.
    pub async fn meeting(
        &mut self,
        content_type: &ContentType,
        filters: &Filters,
        ids: &[RecordId],
    ) -> Result<HashSet<RecordId, RandomState>, InventoryError> {
        let registry = self.registry().clone();
        let found = meeting(self.session(), &registry, content_type, filters, ids).await;
        Ok(found.map_err(InventoryError::database(DOING))?.unwrap_or_default())
    }

    /// The records that sets of paths and values name, in their order: one query for each set of paths.
    ///
    /// # Errors
    /// A path leads nowhere; or the database failed.
    pub async fn named(&mut self, to: &ContentType, names: &[PathValues]) -> Result<Vec<Named>, InventoryError> {
        let registry = self.registry().clone();
        let mut by_paths: BTreeMap<Vec<Arc<str>>, Vec<usize>> = BTreeMap::new();
        for (place, name) in names.iter().enumerate() {
            by_paths.entry(name.iter().map(|(path, _)| Arc::clone(path)).collect()).or_default().push(place);
        }
        let mut all = vec![Named::Nothing; names.len()];
        for (paths, places) in by_paths {
            let value = |place: &usize| names[*place].iter().map(|(_, value)| value.clone()).collect::<Vec<Value>>();
            let keys: Vec<Vec<Value>> = places.iter().map(value).collect();
            let found = find_each(&mut self.session(), &registry, to, &paths, &keys).await?;
            for (place, found) in places.into_iter().zip(found) {
                all[place] = match found {
                    Some(Found::One(id)) => Named::One(id),
                    Some(Found::Several(_)) => Named::Several,
                    None => Named::Nothing,
                };
            }
        }
        Ok(all)
    }
}
