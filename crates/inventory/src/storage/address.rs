//! Where an inventory is: a file, or a database on a PostgreSQL server.

use std::fmt;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

use super::dialect::{Dialect, OpenFault};
use super::pool::Pool;
use super::{postgres, sqlite};
use crate::error::InventoryError;

pub(super) enum Address {
    File(PathBuf),
    Server(Box<PgConnectOptions>),
}

/// As people know it, never with a password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::File(path) => path.display().fmt(f),
            Address::Server(options) => f.write_str(&postgres::place(options)),
        }
    }
}

impl Address {
    /// Reads a path, `sqlite:PATH` or `postgres://…`. A file's folder must be there.
    pub fn parse(url_or_path: &str) -> Result<Self, InventoryError> {
        let path = match url_or_path.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                let options = postgres::options(url_or_path);
                let options = options.map_err(|source| InventoryError::BadPostgresUrl { source })?;
                return Ok(Self::Server(Box::new(options)));
            }
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(InventoryError::UnsupportedUrl { scheme: scheme.to_owned() });
            }
            _ => url_or_path,
        };
        let path = PathBuf::from(path);
        check_folder(&path)?;
        Ok(Self::File(path))
    }

    /// Connections for daily work.
    pub async fn connect(&self) -> Result<Pool, sqlx::Error> {
        Ok(match self {
            Address::File(path) => Pool::Sqlite(sqlite::connect(path).await?),
            Address::Server(options) => Pool::Postgres(postgres::connect((**options).clone()).await?),
        })
    }

    /// What went wrong on opening, and what to do.
    pub fn fault(&self, error: sqlx::Error) -> InventoryError {
        match self {
            Address::File(path) => match Dialect::Sqlite.open_fault(&error) {
                Some(OpenFault::NotADatabase) => InventoryError::NotADatabase { path: path.clone() },
                Some(OpenFault::NotWritable) => InventoryError::NotWritable { path: path.clone(), source: error },
                _ => InventoryError::Database { doing: OPENING, source: error },
            },
            Address::Server(options) => {
                let server = postgres::server(options);
                let user = options.get_username().to_owned();
                let database = postgres::database(options).to_owned();
                match Dialect::Postgres.open_fault(&error) {
                    Some(OpenFault::Unreachable) => InventoryError::Unreachable { server, source: error },
                    Some(OpenFault::AccessDenied) => InventoryError::AccessDenied { server, user, source: error },
                    Some(OpenFault::DatabaseMissing) => {
                        InventoryError::DatabaseMissing { server, database, source: error }
                    }
                    Some(OpenFault::NotPermitted) => InventoryError::NotPermitted { database, user, source: error },
                    _ => InventoryError::Database { doing: OPENING, source: error },
                }
            }
        }
    }
}

const OPENING: &str = "opening the inventory";

fn check_folder(path: &Path) -> Result<(), InventoryError> {
    if path.is_dir() {
        return Err(InventoryError::IsAFolder { path: path.to_owned() });
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if folder.is_file() => Err(InventoryError::NotAFolder { folder: folder.to_owned() }),
        Some(folder) if !folder.is_dir() => Err(InventoryError::FolderMissing { folder: folder.to_owned() }),
        _ => Ok(()),
    }
}
