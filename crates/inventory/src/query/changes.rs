//! The change log as a feed: oldest first, from where the follower has come to.
//!
//! Every row carries the revision of the write that made it. Writers take the next revision by updating one row of the
//! database, and hold that row until they commit, on both databases; so revisions become visible in their order, and all
//! rows of one at once. A reader that sees revision 7 has seen every row of the revisions up to 7, and none will be added
//! to them: a feed by revision, and by id within one, neither skips nor repeats. Times, and ids given before the commit,
//! have no such order.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use uuid::Uuid;

use super::filter::{Fragment, Restriction, compile};
use super::list::ListError;
use super::reader::Reader;
use super::record::Record;
use crate::error::InventoryError;
use crate::storage::{Cell, Direction, RecordId};

/// The content type of the log.
const LOG: &str = "extras.objectchange";

/// A place in the log: behind a change, or behind everything of a revision. As text `57-<id>` or `57`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeCursor {
    revision: i64,
    /// The last change of that revision that was read; all of them when absent.
    id: Option<RecordId>,
}

/// What a follower asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangesRequest {
    /// Filters of the log, as those of a list of it.
    pub filters: IndexMap<String, Vec<String>>,
    /// What the asker may see; everything when absent.
    pub restrict: Option<Restriction>,
    /// Behind which place; from the oldest on when absent.
    pub after: Option<ChangeCursor>,
    /// At most so many, but always one, so that a follower comes on.
    pub limit: usize,
}

/// The next changes, oldest first.
#[derive(Debug)]
pub struct ChangesPage {
    /// Each with the place behind it.
    pub changes: Vec<(ChangeCursor, Record)>,
    /// Where to go on: behind these changes, or, when there are no more, behind everything that there is.
    pub next: ChangeCursor,
    /// There are more already.
    pub more: bool,
}

/// Why there are no changes.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The cursor is of another database, or of a later state of this one.
    #[error("the cursor {after} is ahead of the log, which ends at {newest}")]
    Ahead { after: ChangeCursor, newest: ChangeCursor },
    #[error(transparent)]
    List(#[from] ListError),
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            None => write!(f, "{}", self.revision),
            Some(id) => write!(f, "{}-{}", self.revision, id.0.simple()),
        }
    }
}

impl FromStr for ChangeCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (revision, id) = match text.split_once('-') {
            None => (text, None),
            Some((revision, id)) => (revision, Some(RecordId(Uuid::try_parse(id).map_err(drop)?))),
        };
        let revision = revision.parse().ok().filter(|revision| *revision >= 0).ok_or(())?;
        Ok(Self { revision, id })
    }
}

impl Reader {
    /// Behind everything that this reader sees.
    ///
    /// # Errors
    /// The database failed.
    pub async fn newest_change(&mut self) -> Result<ChangeCursor, InventoryError> {
        Ok(ChangeCursor { revision: self.revision().await?.number(), id: None })
    }

    /// The changes behind a place.
    ///
    /// # Errors
    /// The place is ahead of everything, a filter is unknown or its value is none that it can have, or the database
    /// failed.
    pub async fn changes(&mut self, request: &ChangesRequest) -> Result<ChangesPage, ChangesError> {
        let newest = self.newest_change().await.map_err(ListError::from)?;
        if let Some(after) = request.after.filter(|after| after.revision > newest.revision) {
            return Err(ChangesError::Ahead { after, newest });
        }
        let registry = self.registry().clone();
        let log = registry.content_type(LOG).map_err(|error| ListError::from(InventoryError::from(error)))?;
        let dialect = self.session().dialect();
        let limit = request.limit.max(1);
        let mut conditions = vec![compile(self.session(), &registry, log, &request.filters).await?];
        conditions.extend(request.restrict.as_ref().map(|restriction| restriction.condition(dialect).clone()));
        conditions.extend(request.after.map(behind));
        let order = dialect.order_by("t0.\"revision\"", Direction::Ascending);
        let statement = Fragment::all(conditions)
            .within(
                &format!("SELECT t0.\"id\", t0.\"revision\" FROM \"{}\" t0 WHERE ", log.table),
                &format!(" ORDER BY {order}, t0.\"id\" LIMIT ?"),
            )
            .bind(Cell::Int(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)));
        let found = self.places(&statement).await.map_err(InventoryError::database("reading the change log"));
        let mut places = found.map_err(ListError::from)?;
        let more = places.len() > limit;
        places.truncate(limit);
        let ids: Vec<RecordId> = places.iter().filter_map(|place| place.id).collect();
        let records = self.records(log, &ids).await.map_err(ListError::from)?;
        let next = if more { places.last().copied().unwrap_or(newest) } else { newest };
        Ok(ChangesPage { changes: places.into_iter().zip(records).collect(), next, more })
    }

    async fn places(&mut self, statement: &Fragment) -> Result<Vec<ChangeCursor>, sqlx::Error> {
        let rows = self.session().rows(statement.sql.as_str(), statement.args()).await?;
        rows.iter().map(|row| Ok(ChangeCursor { revision: row.some_int(1)?, id: Some(row.some_id(0)?) })).collect()
    }
}

/// The changes behind a place.
fn behind(after: ChangeCursor) -> Fragment {
    let revision = Cell::Int(after.revision);
    match after.id {
        None => Fragment::new("t0.\"revision\" > ?").bind(revision),
        // Said twice: the first part is what an index on revisions answers.
        Some(id) => Fragment::new("(t0.\"revision\" >= ? AND (t0.\"revision\" > ? OR t0.\"id\" > ?))")
            .bind(revision.clone())
            .bind(revision)
            .bind(Cell::Id(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        for text in ["0", "57", "57-01933b6f5d6e7c3a8f1e2d3c4b5a6978"] {
            assert_eq!(text.parse::<ChangeCursor>().unwrap().to_string(), text);
        }
        for text in ["", "-1", "x", "57-", "57-x", "57-1", "1.5", "99999999999999999999"] {
            assert_eq!(text.parse::<ChangeCursor>(), Err(()), "{text}");
        }
    }
}
