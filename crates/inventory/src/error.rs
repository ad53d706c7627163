//! What can go wrong with the inventory as a whole. What is wrong with one record is a
//! [`WriteError`](crate::WriteError).

use std::path::PathBuf;

use crate::model::{ModelProblems, PathError};
use crate::storage::{Misfits, is_full, is_unavailable, no_room};

/// The inventory could not do what was asked, none of it.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    #[error("the folder {} for the inventory does not exist; create it or name another", folder.display())]
    FolderMissing { folder: PathBuf },
    #[error("{} is a file, so no inventory can be kept in it; name a folder", folder.display())]
    NotAFolder { folder: PathBuf },
    #[error("{} is a folder; name a file in it for the inventory", path.display())]
    IsAFolder { path: PathBuf },
    #[error("the inventory {} cannot be written; check the rights and the space of its folder", path.display())]
    NotWritable {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
    #[error("{} is no database; name another file, or restore this one from a copy", path.display())]
    NotADatabase { path: PathBuf },
    #[error("the PostgreSQL server at {server} cannot be reached; check that it runs and that the address is right")]
    Unreachable {
        server: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the PostgreSQL server at {server} does not let `{user}` in; check the user and the password")]
    AccessDenied {
        server: String,
        user: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the PostgreSQL server at {server} has no database `{database}`; create it, or name another")]
    DatabaseMissing {
        server: String,
        database: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("`{user}` may not make tables in the database `{database}`; make it the owner of the database")]
    NotPermitted {
        database: String,
        user: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("{place} is on PostgreSQL {found}, and {oldest} or newer is needed; use a newer server")]
    OldServer { place: String, found: i64, oldest: i64 },
    #[error("{place} keeps texts as {found}; create a database with the encoding UTF8")]
    Encoding { place: String, found: String },
    #[error(
        "the inventory {place} has schema version {found}, this program knows up to {known}; use the newer program"
    )]
    NewerSchema { place: String, found: i64, known: i64 },
    #[error("the inventory {place} is left as it was, because its records do not fit their content types:{misfits}")]
    Misfits { place: String, misfits: Misfits },
    #[error(
        "an inventory cannot be kept at `{scheme}:`; give the path of a file, or `postgres://user:password@host/name`"
    )]
    UnsupportedUrl { scheme: String },
    #[error("the address of the PostgreSQL database cannot be read; write it as `postgres://user:password@host/name`")]
    BadPostgresUrl {
        #[source]
        source: sqlx::Error,
    },
    #[error(transparent)]
    Models(#[from] ModelProblems),
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("a batch holds at most {most} changes, this one has {found}; send it in parts")]
    BatchTooLarge { found: usize, most: usize },
    #[error("the transaction for several batches: {problem}")]
    Transaction { problem: &'static str },
    #[error("the database failed while {doing}{}", no_room(source))]
    Database {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
}

impl InventoryError {
    pub(crate) fn database(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// Whether the database is not there for now: busy, stopped, or out of reach. Trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Database { source, .. } | Self::NotWritable { source, .. } => is_unavailable(source),
            _ => false,
        }
    }

    /// Whether the database has no room left.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Database { source, .. } | Self::NotWritable { source, .. } => is_full(source),
            _ => false,
        }
    }
}
