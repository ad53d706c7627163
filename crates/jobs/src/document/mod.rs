//! Job files: what a person writes, in YAML. Version 1 of the format is described in `docs/guide/jobs.md`.

mod kinds;
mod settings;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trueup_connectors::file::{FileSourceDocument, MappingDocument};
use trueup_connectors::from_yaml;

pub use kinds::JobKindDocument;
pub use settings::{ProtectDocument, SettingsDocument, ThresholdsDocument};

use crate::JobError;
use crate::job::JobVersion;
use crate::variable::{Variable, VariableKind};

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
    #[serde(default, rename = "type")]
    pub of: VarType,
    /// Left out: the value must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub help: String,
    /// Of a `choice` or `multi-choice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Of an integer, or of the length of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What the whole of a text must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

/// What a var of a job file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VarType {
    #[default]
    Text,
    Integer,
    Boolean,
    Choice,
    MultiChoice,
    DateTime,
    Ip,
    Prefix,
    Json,
}

impl VarDocument {
    /// The variable of that name that it declares.
    pub(crate) fn variable(&self, name: &str) -> Variable {
        let kind = match self.of {
            VarType::Text => VariableKind::Text,
            VarType::Integer => VariableKind::Integer,
            VarType::Boolean => VariableKind::Boolean,
            VarType::Choice => VariableKind::Choice(self.choices.clone()),
            VarType::MultiChoice => VariableKind::MultiChoice(self.choices.clone()),
            VarType::DateTime => VariableKind::DateTime,
            VarType::Ip => VariableKind::Ip,
            VarType::Prefix => VariableKind::Prefix,
            VarType::Json => VariableKind::Json,
        };
        let VarDocument { default, label, help, min, max, regex, .. } = self.clone();
        let required = default.is_none();
        // YAML reads `default: 5` as a number.
        let default = default.map(|default| match (self.of, default) {
            (VarType::Text, number @ (Json::Number(_) | Json::Bool(_))) => Json::from(number.to_string()),
            (_, default) => default,
        });
        Variable { label, help, required, default, min, max, regex, ..Variable::new(name, kind) }
    }

    /// Whether choices are there just where they are needed.
    pub(crate) fn fits(&self) -> bool {
        matches!(self.of, VarType::Choice | VarType::MultiChoice) == !self.choices.is_empty()
    }
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
