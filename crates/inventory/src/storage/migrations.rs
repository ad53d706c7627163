//! The versions of the schema, forward only.
//!
//! Version 1 makes the tables of every content type. Later versions are plain statements. Besides, a content type
//! whose table is missing gets one whenever the inventory is opened, and a table gets the columns and indexes that it
//! lacks, so that adding a type or a field needs no version.

use super::schema::create_type;
use super::seed::seed;
use super::session::{Args, Session};
use super::{reconcile, sqlite};
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
];

/// Links of version 1 that became records of a content type: the old table, the new one, and its two ends.
const LINKS_BEFORE_2: [(&str, &str, &str); 2] = [
    ("ipam_prefix_locations", "ipam_prefixlocationassignment", "prefix_id"),
    ("ipam_vlan_locations", "ipam_vlanlocationassignment", "vlan_id"),
];

/// The newest version that this program knows.
pub(crate) fn known_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// The version of the schema; 0 for a new file.
pub(crate) async fn stored_version(session: &mut Session<'_>) -> Result<i64, sqlx::Error> {
    if !sqlite::table_exists(session, "schema_version").await? {
        return Ok(0);
    }
    let rows = session.rows("SELECT max(version) FROM schema_version", Args::default()).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or(0))
}

/// Brings the schema up to date. Runs inside a transaction of the caller.
pub(crate) async fn migrate(session: &mut Session<'_>, registry: &Registry, now: i64) -> Result<(), sqlx::Error> {
    let stored = stored_version(session).await?;
    if stored == 0 {
        let create = "CREATE TABLE IF NOT EXISTS schema_version \
                      (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, applied_at INTEGER NOT NULL)";
        session.execute(create, Args::default()).await?;
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > stored) {
        for statement in migration.statements {
            session.execute(*statement, Args::default()).await?;
        }
        let mut args = Args::default();
        args.int(migration.version);
        args.text(migration.name);
        args.int(now);
        session.execute("INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)", args).await?;
    }
    for content_type in registry.content_types() {
        if sqlite::table_exists(session, &content_type.table).await? {
            reconcile::complete(session, registry, content_type).await?;
        } else {
            for statement in create_type(registry, content_type) {
                session.execute(statement, Args::default()).await?;
            }
        }
    }
    if stored == 1 {
        for (links, records, near) in LINKS_BEFORE_2 {
            if sqlite::table_exists(session, links).await? {
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
    Ok(())
}
