//! What the database says about its own tables.

use std::collections::{HashMap, HashSet};

use super::Args;
use super::dialect::Dialect;
use super::session::Session;

/// The tables that are there, and what belongs to them, by name.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// The columns of each table.
    pub tables: HashMap<String, HashSet<String>>,
    pub indexes: HashSet<String>,
    /// Foreign keys that have names of their own. SQLite declares them with their columns.
    pub references: HashSet<String>,
}

const SQLITE_COLUMNS: &str = "SELECT tables.name, columns.name FROM sqlite_master AS tables \
                              JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'";
const SQLITE_INDEXES: &str = "SELECT name FROM sqlite_master WHERE type = 'index'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                                WHERE table_schema = current_schema()";
const POSTGRES_INDEXES: &str = "SELECT indexname::text FROM pg_catalog.pg_indexes WHERE schemaname = current_schema()";
const POSTGRES_REFERENCES: &str = "SELECT conname::text FROM pg_catalog.pg_constraint WHERE contype = 'f' \
                                   AND connamespace = current_schema()::regnamespace";

impl Catalog {
    pub async fn read(session: &mut Session<'_>) -> Result<Self, sqlx::Error> {
        let (columns, indexes, references) = match session.dialect() {
            Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_INDEXES, None),
            Dialect::Postgres => (POSTGRES_COLUMNS, POSTGRES_INDEXES, Some(POSTGRES_REFERENCES)),
        };
        let mut catalog = Self::default();
        for row in session.rows(columns, Args::default()).await? {
            catalog.tables.entry(row.some_text(0)?).or_default().insert(row.some_text(1)?);
        }
        catalog.indexes = names(session, indexes).await?;
        if let Some(references) = references {
            catalog.references = names(session, references).await?;
        }
        Ok(catalog)
    }
}

async fn names(session: &mut Session<'_>, sql: &'static str) -> Result<HashSet<String>, sqlx::Error> {
    session.rows(sql, Args::default()).await?.iter().map(|row| row.some_text(0)).collect()
}
