use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a run may take, from when it begins or is resumed. Where nothing is said there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeLimits {
    /// After so long it ends before its next batch, or while it loads, as if somebody had cancelled it.
    #[serde(rename = "soft_time_limit", with = "super::seconds::option", skip_serializing_if = "Option::is_none")]
    pub soft: Option<Duration>,
    /// After so long it ends wherever it is.
    #[serde(rename = "time_limit", with = "super::seconds::option", skip_serializing_if = "Option::is_none")]
    pub hard: Option<Duration>,
}

impl TimeLimits {
    /// No limit at all.
    pub const NONE: Self = Self { soft: None, hard: None };

    /// These, where they say something, else the `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self { soft: self.soft.or(others.soft), hard: self.hard.or(others.hard) }
    }

    pub(super) fn problems(self) -> Vec<String> {
        let Self { soft, hard } = self;
        let mut problems = Vec::new();
        for (name, limit) in [("soft_time_limit", soft), ("time_limit", hard)] {
            if limit.is_some_and(|limit| limit.is_zero()) {
                problems.push(format!("{name}: 0 s are too short for any run; give more, or leave it out"));
            }
        }
        if let (Some(soft), Some(hard)) = (soft, hard)
            && soft >= hard
        {
            let (soft, hard) = (soft.as_secs_f64(), hard.as_secs_f64());
            problems.push(format!(
                "soft_time_limit: {soft} s never pass, since time_limit ends the run after {hard} s; make it shorter"
            ));
        }
        problems
    }
}
