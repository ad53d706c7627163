//! Job files: what a person writes, in YAML. Version 1 of the format is described in `docs/guide/jobs.md`.

mod kinds;
mod settings;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use trueup_connectors::file::{FileSourceDocument, MappingDocument};
use trueup_connectors::from_yaml;

pub use kinds::JobKindDocument;
pub use settings::{ProtectDocument, SettingsDocument, ThresholdsDocument};

use crate::JobError;
use crate::job::JobVersion;

/// A job as its file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobDocument {
    /// One word in kebab-case; names the job in the history.
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Values that a run is given with `--var name=value`.
    #[serde(default)]
    pub vars: IndexMap<String, VarDocument>,
    pub source: SourceDocument,
    pub target: TargetDocument,
    #[serde(default)]
    pub settings: SettingsDocument,
    /// What is compared, in the order of the diff.
    pub kinds: IndexMap<String, JobKindDocument>,
    /// How the source's rows become records, in load order.
    #[serde(default)]
    pub mapping: Vec<MappingDocument>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VarDocument {
    /// Left out: the value must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default)]
    pub help: String,
}

/// Where records come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "connector", rename_all = "kebab-case")]
pub enum SourceDocument {
    File(FileSourceDocument),
}

/// Where records go to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "connector", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TargetDocument {
    Inventory {},
}

/// A job file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct JobFile {
    pub document: JobDocument,
    pub path: PathBuf,
    /// By the content of the file.
    pub version: JobVersion,
}

impl JobFile {
    /// Reads a job file.
    ///
    /// # Errors
    /// The file cannot be read or understood, with line and column.
    pub fn read(path: &Path) -> Result<Self, JobError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| JobError::Unreadable { path: path.to_owned(), source })?;
        let document: JobDocument =
            from_yaml(&text).map_err(|source| JobError::Malformed { path: path.to_owned(), source })?;
        Ok(Self { document, path: path.to_owned(), version: JobVersion::of(text.as_bytes()) })
    }

    /// The folder that paths in the job are relative to.
    pub fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}
