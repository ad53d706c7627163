//! Running a plan: one level of the query after the other, all records of a level together.
//!
//! A level is a selection and the records that it is asked of, each once however often it occurs. Its records are read
//! together, what its fields lead to is gathered and becomes the next levels, and when those are written the level's own
//! records are written around them. So the number of queries depends on the fields of the query and never on the number
//! of records, and a location that a thousand devices share is read and written once and copied.
//!
//! - [`level`]: one level.
//! - [`related`]: what fields lead to, and lists with their filters, order and pages.
//! - [`brief`]: what REST shows of records, for fields that are worked out there.
//! - [`access`]: what the caller may see.
//! - [`path`]: where in an answer an error is.
//!
//! Everything is read from one moment of the inventory.

mod access;
mod brief;
mod level;
mod parts;
mod path;
mod related;
pub(super) mod text;

use async_graphql::ServerError;
use trueup_inventory::{InventoryError, Reader, RecordId};

use self::access::Sight;
use self::path::Frame;
use self::related::Wanted;
use self::text::push_text;
use super::catalog::{Catalog, QUERY};
use super::introspect;
use super::plan::{Asks, Plan, PlannedRoot};
use crate::auth::Caller;
use crate::error::ApiError;

/// Why a plan has no answer at all.
#[derive(Debug)]
pub enum Fault {
    /// The answer would be longer than the limit.
    TooLong {
        limit: usize,
    },
    Api(ApiError),
}

impl From<InventoryError> for Fault {
    fn from(error: InventoryError) -> Self {
        Self::Api(error.into())
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

/// Who asks, from where, and how much they may get.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub caller: &'a Caller,
    /// Scheme, host and prefix of the client's URLs, without a slash at the end.
    pub base: &'a str,
    /// Bytes of JSON that may be written.
    pub limit: usize,
}

/// One run.
struct Execution<'a> {
    reader: &'a mut Reader,
    catalog: &'a Catalog,
    sight: Sight<'a>,
    base: &'a str,
    limit: usize,
    written: usize,
    errors: Vec<ServerError>,
}

/// Runs a plan.
///
/// The answer is the text of `data`, and the errors of fields that are null because of them.
///
/// # Errors
/// See [`Fault`].
pub async fn run(
    reader: &mut Reader,
    catalog: &Catalog,
    plan: &Plan<'_>,
    terms: Terms<'_>,
) -> Result<(String, Vec<ServerError>), Fault> {
    let Terms { caller, base, limit } = terms;
    let sight = Sight::new(caller);
    let mut execution = Execution { reader, catalog, sight, base, limit, written: 0, errors: Vec::new() };
    let mut data = String::from("{");
    for (place, root) in plan.roots.iter().enumerate() {
        if place > 0 {
            data.push(',');
        }
        push_text(&root.key, &mut data);
        data.push(':');
        execution.root(root, &mut data).await?;
    }
    data.push('}');
    Ok((data, execution.errors))
}

impl Execution<'_> {
    async fn root(&mut self, root: &PlannedRoot<'_>, data: &mut String) -> Result<(), Fault> {
        match &root.asks {
            Asks::Typename => push_text(QUERY, data),
            Asks::Schema(below) => introspect::schema(self.catalog, below, self.limit, data)?,
            Asks::Type { name, below } => introspect::type_named(self.catalog, name, below, self.limit, data)?,
            Asks::One { id, below } => {
                let Some(id) = id else {
                    data.push_str("null");
                    return Ok(());
                };
                let Ok(id) = id.parse().map(RecordId) else {
                    self.fail(&Frame::root(&root.key), root.pos, format!("“{id}” is not a valid UUID."));
                    data.push_str("null");
                    return Ok(());
                };
                let frame = Frame::root_record(&root.key);
                let written = self.level(below, &[id], &frame).await?;
                data.push_str(written.get(id).unwrap_or("null"));
            }
            Asks::List { arguments, below } => {
                let frame = Frame::root(&root.key);
                let wanted = Wanted { content_type: below.content_type, arguments, key: &frame, pos: root.pos };
                let Some(ids) = self.list(wanted).await? else {
                    data.push_str("null");
                    return Ok(());
                };
                let frame = Frame::root_list(&root.key, ids.len());
                let written = self.level(below, &ids, &frame).await?;
                written.push_list(&ids, data);
            }
        }
        self.count(data)
    }

    /// Remembers an error of a field.
    fn fail(&mut self, at: &Frame<'_>, pos: async_graphql::Pos, message: String) {
        let mut error = ServerError::new(message, Some(pos));
        error.path = at.path();
        self.errors.push(error);
    }

    /// Holds what is being written, besides what is written already, against the limit.
    fn count(&self, text: &str) -> Result<(), Fault> {
        match self.written.saturating_add(text.len()) {
            total if total > self.limit => Err(Fault::TooLong { limit: self.limit }),
            _ => Ok(()),
        }
    }
}
