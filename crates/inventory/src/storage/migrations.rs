//! The versions of the schema, forward only.
//!
//! Version 1 makes the tables of every content type. Later versions are plain statements, written in SQLite's words (see
//! [`Session::define`]); a database of PostgreSQL begins with version 2. Besides, a content type
//! whose table is missing gets one whenever the inventory is opened, and a table is brought to what its type says (see
//! [`reconcile`]), so that changing a type needs no version.

use super::Args;
use super::catalog::Catalog;
use super::leftovers::{Leftover, leftovers};
use super::reconcile::{SchemaFault, reconcile};
use super::schema::{create_type, references};
use super::seed::seed;
use super::session::Session;
use super::type_book::{TypeBook, TypeNumbers};
use crate::model::Registry;

/// One step of the schema.
struct Migration {
    version: i64,
    name: &'static str,
    statements: &'static [&'static str],
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "content types",
        statements: &[
            // Grows with every committed batch, so that a writer knows whether what it remembers may be out of date.
            "CREATE TABLE inventory_state (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID",
            "INSERT INTO inventory_state (name, value) VALUES ('revision', 0)",
        ],
    },
    Migration { version: 2, name: "assignments of prefixes and VLANs to locations are records", statements: &[] },
    Migration {
        version: 3,
        name: "what is known of content types",
        statements: &["CREATE TABLE inventory_content_type \
                       (number INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, holds TEXT NOT NULL)"],
    },
];

/// Links of version 1 that became records of a content type: the old table, the new one, and its two ends.
const LINKS_BEFORE_2: [(&str, &str, &str); 2] = [
    ("ipam_prefix_locations", "ipam_prefixlocationassignment", "prefix_id"),
    ("ipam_vlan_locations", "ipam_vlanlocationassignment", "vlan_id"),
];

/// What is known of a schema that is up to date.
pub(crate) struct Schema {
    pub numbers: TypeNumbers,
    pub leftovers: Vec<Leftover>,
}

/// The newest version of the schema that this program knows, and that of every inventory that it has opened.
pub fn known_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// The version of the schema; 0 for a new database.
pub(crate) async fn stored_version(session: &mut Session<'_>) -> Result<i64, sqlx::Error> {
    if !Catalog::read(session).await?.tables.contains_key("schema_version") {
        return Ok(0);
    }
    let rows = session.rows("SELECT max(version) FROM schema_version", Args::default()).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or(0))
}

/// Brings the schema up to date from the version that is stored. Runs inside a transaction of the caller.
pub(crate) async fn migrate(
    session: &mut Session<'_>,
    registry: &Registry,
    stored: i64,
    now: i64,
) -> Result<Schema, SchemaFault> {
    if stored == 0 {
        let create = "CREATE TABLE IF NOT EXISTS schema_version \
                      (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, applied_at INTEGER NOT NULL)";
        session.define(create).await?;
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > stored) {
        for statement in migration.statements {
            session.define(statement).await?;
        }
        let args = Args::default().with(migration.version).with(migration.name).with(now);
        session.execute("INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)", args).await?;
    }
    let catalog = Catalog::read(session).await?;
    let book = TypeBook::read(session).await?;
    let dialect = session.dialect();
    reconcile(session, registry, &catalog, &book).await?;
    for content_type in registry.content_types() {
        if !catalog.has(&content_type.table) {
            let definitions = create_type(dialect, registry, content_type);
            let statements: Vec<String> = definitions.into_iter().map(|definition| definition.sql).collect();
            session.script(statements.join(";\n")).await?;
        }
    }
    let numbers = book.write(session, registry, &catalog).await?;
    // Read again: a reference goes with a column or a table that was made anew.
    let catalog = Catalog::read(session).await?;
    let missing = |(name, _): &(String, String)| !catalog.references.contains(name);
    for content_type in registry.content_types() {
        let references: Vec<_> = references(dialect, registry, content_type).into_iter().filter(missing).collect();
        if !references.is_empty() {
            let statements: Vec<String> = references.into_iter().map(|(_, statement)| statement).collect();
            session.script(statements.join(";\n")).await?;
        }
    }
    if stored == 1 {
        for (links, records, near) in LINKS_BEFORE_2 {
            if catalog.tables.contains_key(links) {
                let copy = format!(
                    "INSERT INTO \"{records}\" (\"id\", \"{near}\", \"location_id\") \
                     SELECT randomblob(16), \"owner_id\", \"target_id\" FROM \"{links}\""
                );
                session.execute(copy, Args::default()).await?;
                session.execute(format!("DROP TABLE \"{links}\""), Args::default()).await?;
            }
        }
    }
    if stored == 0 {
        seed(session, registry, now).await?;
    }
    Ok(Schema { numbers, leftovers: leftovers(&catalog, registry) })
}
