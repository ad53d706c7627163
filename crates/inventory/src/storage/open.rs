//! Opening an inventory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::migrations::{known_version, migrate, stored_version};
use super::session::{Counter, Session};
use super::sqlite::{self, DbPool, OpenFault};
use crate::error::InventoryError;
use crate::model::Registry;
use crate::query::ListCache;

/// An open inventory. Cheap to clone; clones share connections and counters.
#[derive(Debug, Clone)]
pub struct Inventory {
    pub(crate) pool: DbPool,
    pub(crate) registry: Arc<Registry>,
    pub(crate) counter: Counter,
    pub(crate) lists: Arc<ListCache>,
    path: Arc<Path>,
}

impl Inventory {
    /// Opens the inventory in a file, given as a path or as `sqlite:PATH`, and creates the file when it is missing.
    /// The schema is brought up to date.
    ///
    /// # Errors
    /// The folder is missing or not writable, the file is no database, or it was written by a newer program.
    pub async fn open(url_or_path: &str) -> Result<Self, InventoryError> {
        Self::open_with(url_or_path, Registry::embedded()?).await
    }

    /// As [`open`](Self::open), with content types of the caller's choice.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub async fn open_with(url_or_path: &str, registry: Registry) -> Result<Self, InventoryError> {
        let path = file_path(url_or_path)?;
        check_folder(&path)?;
        let fault = |error: sqlx::Error| match sqlite::open_fault(&error) {
            Some(OpenFault::NotADatabase) => InventoryError::NotADatabase { path: path.clone() },
            Some(OpenFault::NotWritable) => InventoryError::NotWritable { path: path.clone(), source: error },
            None => InventoryError::Database { doing: "opening the inventory", source: error },
        };
        let pool = sqlite::connect(&path).await.map_err(fault)?;
        let counter = Counter::default();
        let mut transaction = pool.begin_with(sqlite::BEGIN).await.map_err(fault)?;
        let mut session = Session { connection: &mut transaction, counter: &counter };
        let found = stored_version(&mut session).await.map_err(fault)?;
        if found > known_version() {
            return Err(InventoryError::NewerSchema { path, found, known: known_version() });
        }
        migrate(&mut session, &registry, Timestamp::now().as_microsecond()).await.map_err(fault)?;
        transaction.commit().await.map_err(fault)?;
        Ok(Self { pool, registry: Arc::new(registry), counter, lists: Arc::default(), path: path.into() })
    }

    /// The connections, for others that keep their tables in the same file.
    pub fn pool(&self) -> &DbPool {
        &self.pool
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many statements this inventory has run since it was opened.
    pub fn queries(&self) -> u64 {
        self.counter.get()
    }

    /// Closes all connections and folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn file_path(url_or_path: &str) -> Result<PathBuf, InventoryError> {
    let path = match url_or_path.split_once(':') {
        Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
        Some((scheme, rest)) if rest.starts_with("//") => {
            return Err(InventoryError::UnsupportedUrl { scheme: scheme.to_owned() });
        }
        _ => url_or_path,
    };
    Ok(PathBuf::from(path))
}

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
