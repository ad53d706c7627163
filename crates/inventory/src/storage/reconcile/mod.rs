//! Tables that are older than their content types are brought to what these say now.
//!
//! A type may change with a new version of the program, or in a user's own file. What is missing is added; indexes whose
//! definition changed are made anew; columns that may be null now are relaxed, and those that may not any more are filled
//! with their default. What would lose or twist something that a record holds is not done: then nothing is changed, and
//! all such misfits are told together.
//!
//! What a type no longer has is left alone, tables and columns with all that they hold. Such a column may be null from
//! then on, since nothing fills it any more.

mod difference;
mod examine;
mod fill;
mod misfit;
mod perform;
mod repeated;

pub use misfit::{Misfit, MisfitCause, Misfits};

use super::catalog::Catalog;
use super::session::Session;
use super::type_book::TypeBook;
use crate::model::Registry;

/// Why a schema was not brought up to date.
#[derive(Debug)]
pub(crate) enum SchemaFault {
    Database(sqlx::Error),
    Misfits(Misfits),
}

impl From<sqlx::Error> for SchemaFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Makes the tables of all types what these say. References that are made after all tables are not made here.
pub(super) async fn reconcile(
    session: &mut Session<'_>,
    registry: &Registry,
    catalog: &Catalog,
    book: &TypeBook,
) -> Result<(), SchemaFault> {
    let dialect = session.dialect();
    let types = registry.content_types().filter(|content_type| catalog.tables.contains_key(&content_type.table));
    let plans: Vec<_> = types
        .map(|content_type| (content_type, difference::differences(dialect, registry, content_type, catalog, book)))
        .collect();
    let mut misfits = Vec::new();
    for (content_type, differences) in &plans {
        for difference in differences {
            misfits.extend(examine::misfit(session, content_type, differences, difference).await?);
        }
    }
    if misfits.is_empty() {
        for (content_type, differences) in &plans {
            for difference in differences {
                misfits.extend(perform::perform(session, registry, content_type, difference).await?);
            }
        }
    }
    if misfits.is_empty() { Ok(()) } else { Err(SchemaFault::Misfits(Misfits(misfits))) }
}
