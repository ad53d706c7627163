//! Lists: filters, order, paging.

use std::fmt;

use indexmap::IndexMap;

use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::TypeIndex;
use crate::storage::{Args, Joins, RecordId};

/// What a list asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    pub content_type: TypeIndex,
    /// Filters by parameter name, suffix included (`name__ic`), each with its values in their order.
    pub filters: IndexMap<String, Vec<String>>,
    /// Paths to sort by, `-` before one for descending; the order of the type when empty. Unknown ones are ignored.
    pub sort: Vec<String>,
    /// At most so many records; all when absent.
    pub limit: Option<usize>,
    pub offset: usize,
}

impl ListRequest {
    /// All records of a type.
    pub fn all(content_type: TypeIndex) -> Self {
        Self { content_type, filters: IndexMap::new(), sort: Vec::new(), limit: None, offset: 0 }
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

impl Reader {
    /// One page of a list.
    ///
    /// # Errors
    /// A filter is unknown or its value is none that it can have; or the database failed.
    pub async fn list(&mut self, request: &ListRequest) -> Result<Page, ListError> {
        let fault = InventoryError::database("listing records");
        let registry = self.registry().clone();
        let content_type = registry.get(request.content_type);
        let mut joins = Joins::new(content_type.index());
        let mut order = Vec::new();
        for path in content_type.ordering() {
            let (path, direction) = path.strip_prefix('-').map_or((path.as_str(), ""), |path| (path, " DESC"));
            if let Ok(path) = registry.path(content_type, path) {
                let alias = joins.walk(&path, false);
                let expressions = Joins::sort_expressions(&registry, &path, alias);
                order.extend(expressions.into_iter().map(|expression| expression + direction));
            }
        }
        order.push("t0.\"id\"".to_owned());
        let sql = format!("SELECT t0.\"id\" FROM {} ORDER BY {}", joins.sql_for_reading(&registry), order.join(", "));
        let rows = self.session().rows(sql, Args::default()).await.map_err(&fault)?;
        let all = rows.iter().map(|row| row.some_id(0)).collect::<Result<Vec<RecordId>, _>>().map_err(&fault)?;
        let limit = request.limit.unwrap_or(usize::MAX);
        let ids = all.iter().skip(request.offset).take(limit).copied().collect();
        Ok(Page { count: all.len(), ids })
    }
}
