use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::kind::KindName;
use crate::record::Identity;

/// How much of a kind a plan may change before a person has to look. On by default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest share of the target's records of a kind that may be deleted, 0 to 1.
    pub delete_share: f64,
    /// Largest number of records of a kind that may be deleted.
    pub delete_count: u64,
    /// Largest share of the target's records of a kind that may be updated, 0 to 1.
    pub change_share: f64,
    /// Largest number of records of a kind that may be updated.
    pub change_count: u64,
    /// Shares mean little for few records: up to this many deletes or updates of a kind are never too large a share.
    pub min_records: u64,
    /// Largest number of records of one sort that may disappear along with the deletes of a plan.
    pub cascade_count: u64,
}

impl Limits {
    /// Whether so many deletes of `present` records of a kind are too large a share of them.
    pub fn forbid_delete_share(&self, deletes: u64, present: u64) -> bool {
        deletes > self.min_records && exceeds(deletes, present, self.delete_share)
    }
}

/// Whether a part is more than a share of the whole.
pub(super) fn exceeds(part: u64, whole: u64, limit: f64) -> bool {
    whole > 0 && part as f64 > limit * whole as f64
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            delete_share: 0.2,
            delete_count: 10_000,
            change_share: 0.5,
            change_count: 100_000,
            min_records: 5,
            cascade_count: 1_000,
        }
    }
}

/// What the checks hold a plan against.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckOptions {
    pub limits: Limits,
    /// Kinds with limits of their own.
    pub kinds: BTreeMap<KindName, Limits>,
    /// Records that may be neither deleted nor changed without approval.
    pub protected: Vec<Identity>,
    /// How much a reference to a record that does not exist weighs.
    pub dangling_reference: Severity,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            kinds: BTreeMap::new(),
            protected: Vec::new(),
            dangling_reference: Severity::Error,
        }
    }
}

impl CheckOptions {
    pub fn limits(&self, kind: &KindName) -> Limits {
        self.kinds.get(kind).copied().unwrap_or(self.limits)
    }
}
