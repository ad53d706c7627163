use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a run may take, from when it begins or is resumed. Where nothing is said there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeLimits {
    /// After so long it ends before its next batch, or while it loads, as if somebody had cancelled it.
    #[serde(rename = "soft_time_limit", with = "seconds", skip_serializing_if = "Option::is_none")]
    pub soft: Option<Duration>,
    /// After so long it ends wherever it is.
    #[serde(rename = "time_limit", with = "seconds", skip_serializing_if = "Option::is_none")]
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

/// Durations as numbers of seconds.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs_f64()).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(from)?;
        seconds.map(|seconds| read(seconds).map_err(D::Error::custom)).transpose()
    }

    /// As people write it.
    pub(crate) fn read(seconds: f64) -> Result<Duration, String> {
        Duration::try_from_secs_f64(seconds).map_err(|_| format!("{seconds} is no number of seconds from 0 on"))
    }
}
