//! What the database says about its own tables.

use std::collections::{HashMap, HashSet};

use super::Args;
use super::dialect::Dialect;
use super::session::Session;

/// The tables that are there, and what belongs to them, by name.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// The columns of each table.
    pub tables: HashMap<String, HashMap<String, StoredColumn>>,
    pub indexes: HashMap<String, StoredIndex>,
    pub views: HashSet<String>,
    /// Foreign keys that have names of their own. SQLite declares them with their columns.
    pub references: HashSet<String>,
    /// The references that hold what they refer to, whatever they are called.
    pub foreign_keys: Vec<ForeignKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub table: String,
    pub column: String,
    /// The table that is referred to.
    pub to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredColumn {
    pub nullable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredIndex {
    pub table: String,
    /// The statement that would make it, as the database tells it.
    pub sql: String,
}

const SQLITE_COLUMNS: &str = "SELECT tables.name, columns.name, 1 - columns.\"notnull\" FROM sqlite_master AS tables \
                              JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'";
/// Without those that come with a table.
const SQLITE_INDEXES: &str = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
const SQLITE_FOREIGN_KEYS: &str = "SELECT tables.name, keys.\"from\", keys.\"table\" FROM sqlite_master AS tables \
                                   JOIN pragma_foreign_key_list(tables.name) AS keys \
                                   WHERE tables.type = 'table' AND keys.on_delete = 'NO ACTION'";

const SQLITE_VIEWS: &str = "SELECT name FROM sqlite_master WHERE type = 'view'";

/// Not from `information_schema`, whose views ask for the rights on every column and take a quarter of a second here.
const POSTGRES_COLUMNS: &str = "SELECT relname::text, attname::text, CASE WHEN attnotnull THEN 0 ELSE 1 END::bigint \
                                FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON pg_class.oid = attrelid \
                                WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') \
                                AND attnum > 0 AND NOT attisdropped";
const POSTGRES_INDEXES: &str = "SELECT indexname::text, tablename::text, indexdef FROM pg_catalog.pg_indexes \
                                WHERE schemaname = current_schema()";
const POSTGRES_VIEWS: &str = "SELECT viewname::text FROM pg_catalog.pg_views WHERE schemaname = current_schema()";
const POSTGRES_REFERENCES: &str = "SELECT conname::text FROM pg_catalog.pg_constraint WHERE contype = 'f' \
                                   AND connamespace = current_schema()::regnamespace";
const POSTGRES_FOREIGN_KEYS: &str = "SELECT own.relname::text, attname::text, target.relname::text \
                                     FROM pg_catalog.pg_constraint \
                                     JOIN pg_catalog.pg_class AS own ON own.oid = conrelid \
                                     JOIN pg_catalog.pg_class AS target ON target.oid = confrelid \
                                     JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND attnum = conkey[1] \
                                     WHERE contype = 'f' AND confdeltype = 'a' \
                                     AND connamespace = current_schema()::regnamespace";

impl Catalog {
    /// Whether there is a table or a view of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name) || self.views.contains(name)
    }

    pub async fn read(session: &mut Session<'_>) -> Result<Self, sqlx::Error> {
        let (columns, indexes, views, foreign_keys, references) = match session.dialect() {
            Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_VIEWS, SQLITE_FOREIGN_KEYS, None),
            Dialect::Postgres => {
                (POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_VIEWS, POSTGRES_FOREIGN_KEYS, Some(POSTGRES_REFERENCES))
            }
        };
        let mut catalog = Self::default();
        for row in session.rows(columns, Args::default()).await? {
            let column = StoredColumn { nullable: row.some_int(2)? != 0 };
            catalog.tables.entry(row.some_text(0)?).or_default().insert(row.some_text(1)?, column);
        }
        for row in session.rows(indexes, Args::default()).await? {
            let index = StoredIndex { table: row.some_text(1)?, sql: row.some_text(2)? };
            catalog.indexes.insert(row.some_text(0)?, index);
        }
        for row in session.rows(views, Args::default()).await? {
            catalog.views.insert(row.some_text(0)?);
        }
        for row in session.rows(foreign_keys, Args::default()).await? {
            let key = ForeignKey { table: row.some_text(0)?, column: row.some_text(1)?, to: row.some_text(2)? };
            catalog.foreign_keys.push(key);
        }
        if let Some(references) = references {
            let rows = session.rows(references, Args::default()).await?;
            catalog.references = rows.iter().map(|row| row.some_text(0)).collect::<Result<_, _>>()?;
        }
        Ok(catalog)
    }
}
