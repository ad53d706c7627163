use std::time::Duration;

use serde::{Deserialize, Serialize};
use trueup_connectors::file::OnBadRecord;
use trueup_engine::Value;
use trueup_engine::check::Limits;

use crate::control::{Control, Retry, TimeLimits, seconds};

/// How a job runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsDocument {
    pub on_bad_record: OnBadRecord,
    /// A step that fails does not stop those that do not depend on it.
    pub continue_on_failure: bool,
    /// DiffSync's global flags by name.
    pub flags: Vec<String>,
    pub thresholds: ThresholdsDocument,
    /// Records that are neither deleted nor changed without approval.
    pub protect: Vec<ProtectDocument>,
    /// Seconds after which a run ends before its next batch, as if somebody had cancelled it.
    #[serde(with = "seconds::option", skip_serializing_if = "Option::is_none")]
    pub soft_time_limit: Option<Duration>,
    /// Seconds after which a run ends wherever it is.
    #[serde(with = "seconds::option", skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Duration>,
    /// One sync of the job at a time.
    pub is_singleton: bool,
    /// How often something is tried that may pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

impl SettingsDocument {
    /// What runs are held to.
    pub(crate) fn control(&self) -> Control {
        let Self { soft_time_limit, time_limit, is_singleton, retry, .. } = self;
        let time = TimeLimits { soft: *soft_time_limit, hard: *time_limit };
        Control { time, is_singleton: *is_singleton, retry: *retry, budget: None }
    }
}

/// Limits beyond which a plan needs approval; what is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThresholdsDocument {
    pub delete_share: Option<f64>,
    pub delete_count: Option<u64>,
    pub change_share: Option<f64>,
    pub change_count: Option<u64>,
    pub min_records: Option<u64>,
    pub cascade_count: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectDocument {
    pub kind: String,
    pub key: Vec<Value>,
}

impl ThresholdsDocument {
    pub(crate) fn limits(&self) -> Limits {
        let Self { delete_share, delete_count, change_share, change_count, min_records, cascade_count } = self;
        let default = Limits::default();
        Limits {
            delete_share: delete_share.unwrap_or(default.delete_share),
            delete_count: delete_count.unwrap_or(default.delete_count),
            change_share: change_share.unwrap_or(default.change_share),
            change_count: change_count.unwrap_or(default.change_count),
            min_records: min_records.unwrap_or(default.min_records),
            cascade_count: cascade_count.unwrap_or(default.cascade_count),
        }
    }
}
