//! Reading for APIs and pages: which records a list holds, in which order, and what they are linked to.
//!
//! Everything is asked through a [`Reader`], one connection in one read transaction, so that a page, its count and what
//! hangs on it are of one moment. The number of queries depends on what is asked, never on the number of records.

mod associated;
mod cache;
mod changes;
mod climb;
mod filter;
mod find;
mod forecast;
mod free;
mod list;
mod logged;
mod order;
mod reader;
mod record;
mod related;
mod revision;

pub(crate) use associated::meeting;
pub use associated::{Joined, Named};
pub(crate) use cache::ListCache;
pub use changes::{ChangeCursor, ChangesError, ChangesPage, ChangesRequest};
pub use filter::{
    FilterParameter, FilterValues, Restriction, custom_field_parameters, filter_parameters, relationship_parameters,
};
pub(crate) use filter::{constraint_expressions, expression_fault, try_compile};
pub use find::key_parts;
pub use forecast::{Affected, DeleteForecast, RefusedDeletes};
pub use free::Between;
pub use list::{FilterErrors, ListError, ListRequest, Page};
pub use logged::{LoggedLink, LoggedRecord};
pub(crate) use order::{Order, order};
pub use reader::{LinkTarget, Reader};
pub use record::Record;
pub use related::{Related, RelatedRequest, Relation};
pub use revision::Revision;
