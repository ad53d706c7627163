//! What can go wrong with the inventory as a whole. What is wrong with one record is a
//! [`WriteError`](crate::WriteError).

use std::path::PathBuf;

use crate::model::{ModelProblems, PathError};

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
    #[error(
        "the inventory {} has schema version {found}, this program knows up to {known}; use the newer program",
        path.display()
    )]
    NewerSchema { path: PathBuf, found: i64, known: i64 },
    #[error("an inventory cannot be kept at `{scheme}:` yet; give the path of a file")]
    UnsupportedUrl { scheme: String },
    #[error(transparent)]
    Models(#[from] ModelProblems),
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("a batch holds at most {most} changes, this one has {found}; send it in parts")]
    BatchTooLarge { found: usize, most: usize },
    #[error("the transaction for several batches: {problem}")]
    Transaction { problem: &'static str },
    #[error("the database failed while {doing}")]
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
}
