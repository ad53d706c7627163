//! Lists: filters, order, paging.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::cache::{Known, ListKey, MOST_IDS};
use super::filter::{Fragment, Restriction, compile};
use super::order::order;
use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, TypeIndex};
use crate::storage::{Cell, Joins, RecordId};
use crate::write::padded;

/// What a list asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRequest {
    pub content_type: TypeIndex,
    /// Filters by parameter name, suffix included (`name__ic`), each with its values in their order. Parameters that
    /// are no filters, such as `limit`, are not among them.
    pub filters: IndexMap<String, Vec<String>>,
    /// What the asker may see; everything when absent.
    pub restrict: Option<Restriction>,
    /// Paths to sort by, `-` before one for descending; the order of the type when empty. Unknown ones are ignored.
    pub sort: Vec<String>,
    /// At most so many records; all when absent.
    pub limit: Option<usize>,
    pub offset: usize,
}

impl ListRequest {
    /// All records of a type.
    pub fn all(content_type: TypeIndex) -> Self {
        Self { content_type, filters: IndexMap::new(), restrict: None, sort: Vec::new(), limit: None, offset: 0 }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// How many records the whole list has.
    pub count: usize,
    /// The records of this page.
    pub ids: Vec<RecordId>,
}

/// What is wrong with the filters of a list, by parameter, in the words of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterErrors(pub IndexMap<String, Vec<String>>);

impl fmt::Display for FilterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, messages)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "; " };
            write!(f, "{comma}filter `{name}`: {}", messages.join(" "))?;
        }
        Ok(())
    }
}

impl std::error::Error for FilterErrors {}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    Filters(#[from] FilterErrors),
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

/// From this many records a page, a list is remembered when its first page is asked for; shorter ones when a second
/// page is.
const LONG_PAGE: usize = 500;

/// A list made ready: what to select, without and with its order.
struct Statement {
    count: Fragment,
    ids: Fragment,
}

impl Statement {
    fn reads(&self, table: &str) -> bool {
        self.ids.sql.contains(&format!("\"{table}\""))
    }
}

impl Reader {
    /// One page of a list.
    ///
    /// # Errors
    /// A filter is unknown or its value is none that it can have; or the database failed.
    pub async fn list(&mut self, request: &ListRequest) -> Result<Page, ListError> {
        let registry = self.registry().clone();
        let content_type = registry.get(request.content_type);
        let dialect = self.session().dialect();
        let condition = compile(self.session(), &registry, content_type, &request.filters).await?;
        let condition = match &request.restrict {
            None => condition,
            Some(restriction) => Fragment::all(vec![condition, restriction.condition(dialect).clone()]),
        };
        let order = order(dialect, &registry, content_type, &request.sort, Joins::new(content_type.index()));
        let table = &content_type.table;
        let statement = Statement {
            count: condition.clone().within(&format!("SELECT count(*) FROM \"{table}\" t0 WHERE "), ""),
            ids: condition.within(
                &format!("SELECT t0.\"id\" FROM {} WHERE ", order.joins.sql_for_reading(&registry)),
                &format!(" ORDER BY {}", order.terms),
            ),
        };
        Ok(self.page(request, statement).await.map_err(InventoryError::database("listing records"))?)
    }

    /// The ids among `ids` whose records meet a restriction, in their order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn allowed(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
        restriction: &Restriction,
    ) -> Result<Vec<RecordId>, InventoryError> {
        if restriction.is_none() {
            return Ok(ids.to_vec());
        }
        let fault = InventoryError::database("checking what is allowed");
        let condition = restriction.condition(self.session().dialect());
        let mut allowed: HashSet<RecordId, RandomState> = HashSet::default();
        for chunk in padded(ids) {
            let among = Fragment::list(chunk.into_iter().map(Cell::Id).collect());
            let condition = Fragment::all(vec![among.within("t0.\"id\" IN ", ""), condition.clone()]);
            let query = condition.within(&format!("SELECT t0.\"id\" FROM \"{}\" t0 WHERE ", content_type.table), "");
            allowed.extend(self.ids(&query).await.map_err(&fault)?);
        }
        Ok(ids.iter().copied().filter(|id| allowed.contains(id)).collect())
    }

    async fn page(&mut self, request: &ListRequest, statement: Statement) -> Result<Page, sqlx::Error> {
        let key = ListKey::new(&statement.ids.sql, &statement.ids.cells);
        // The revision of the inventory says nothing about what others keep.
        let lasting = !self.registry().content_types().any(|one| one.is_view() && statement.reads(&one.table));
        let revision = self.stored_revision().await?;
        let known = if lasting { self.lists().get(&key, revision) } else { None };
        let count = match &known {
            Some(Known::Ids(ids)) => return Ok(slice(ids, request)),
            Some(Known::Count(count)) => *count,
            None => self.count(&statement.count).await?,
        };
        let limit = request.limit.unwrap_or(usize::MAX);
        let in_one_page = request.offset == 0 && limit >= count;
        let worth_it = lasting && (limit >= LONG_PAGE || (known.is_some() && request.offset > 0));
        if count <= MOST_IDS && worth_it && !in_one_page {
            let ids: Arc<[RecordId]> = self.ids(&statement.ids).await?.into();
            self.lists().put(key, revision, Known::Ids(Arc::clone(&ids)));
            return Ok(slice(&ids, request));
        }
        if lasting && known.is_none() {
            self.lists().put(key, revision, Known::Count(count));
        }
        if limit == 0 || request.offset >= count {
            return Ok(Page { count, ids: Vec::new() });
        }
        let bound = |number: usize| Cell::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let page = statement.ids.within("", " LIMIT ? OFFSET ?").bind(bound(limit)).bind(bound(request.offset));
        Ok(Page { count, ids: self.ids(&page).await? })
    }

    async fn count(&mut self, query: &Fragment) -> Result<usize, sqlx::Error> {
        let rows = self.session().rows(query.sql.as_str(), query.args()).await?;
        let count = rows.first().map(|row| row.int(0)).transpose()?.flatten();
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default())
    }

    /// The ids that a query gives, in its order.
    pub(super) async fn ids(&mut self, query: &Fragment) -> Result<Vec<RecordId>, sqlx::Error> {
        let mut ids = Vec::new();
        let mut session = self.session();
        session
            .each_row(query.sql.as_str(), query.args(), |row| {
                ids.push(row.some_id(0)?);
                Ok(())
            })
            .await?;
        Ok(ids)
    }
}

fn slice(ids: &[RecordId], request: &ListRequest) -> Page {
    let start = request.offset.min(ids.len());
    let end = start.saturating_add(request.limit.unwrap_or(usize::MAX)).min(ids.len());
    Page { count: ids.len(), ids: ids[start..end].to_vec() }
}
