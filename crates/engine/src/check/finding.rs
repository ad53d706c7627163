use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kind::KindName;
use crate::record::Identity;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run stops until a person approves with a reason.
    Error,
    /// Worth a look before applying.
    Warning,
    Info,
}

/// Which check found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckName {
    DeleteShare,
    DeleteCount,
    ChangeShare,
    ChangeCount,
    EmptySource,
    IncompleteSource,
    ProtectedRecord,
    BlankIdentifier,
    DuplicateKey,
    DanglingReference,
    UnknownKind,
    NotCompared,
    Withheld,
    RejectedRecord,
    /// A record that is to be taken back has changed since.
    ChangedSince,
    /// What was lost with a record that is to come back, and will not.
    NotRestored,
    /// What else disappears, or loses a reference, with the deletes.
    Cascade,
    /// Deletes that the target will refuse.
    RefusedDelete,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Plan,
    Kind(KindName),
    Record(Identity),
}

/// Something that a person should know about a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub severity: Severity,
    pub check: CheckName,
    pub subject: Subject,
    /// What was found, with its numbers.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CheckName::DeleteShare => "delete-share",
            CheckName::DeleteCount => "delete-count",
            CheckName::ChangeShare => "change-share",
            CheckName::ChangeCount => "change-count",
            CheckName::EmptySource => "empty-source",
            CheckName::IncompleteSource => "incomplete-source",
            CheckName::ProtectedRecord => "protected-record",
            CheckName::BlankIdentifier => "blank-identifier",
            CheckName::DuplicateKey => "duplicate-key",
            CheckName::DanglingReference => "dangling-reference",
            CheckName::UnknownKind => "unknown-kind",
            CheckName::NotCompared => "not-compared",
            CheckName::Withheld => "withheld",
            CheckName::RejectedRecord => "rejected-record",
            CheckName::ChangedSince => "changed-since",
            CheckName::NotRestored => "not-restored",
            CheckName::Cascade => "cascade",
            CheckName::RefusedDelete => "refused-delete",
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Plan => f.write_str("plan"),
            Subject::Kind(kind) => write!(f, "{kind}"),
            Subject::Record(record) => write!(f, "{record}"),
        }
    }
}
