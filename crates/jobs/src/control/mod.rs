//! How runs of a job are held in check, whatever its code does. A job says it, a run may be told otherwise, and what was
//! settled is kept with the sync, so that whoever does the rest keeps to it.

mod budget;
mod retry;
mod time_limits;

use serde::{Deserialize, Serialize};

pub use budget::Budget;
pub use retry::Retry;
pub use time_limits::TimeLimits;

/// What a sync is held to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    #[serde(flatten)]
    pub time: TimeLimits,
    /// One sync of the job at a time: another one is refused, or waits when it is asked for.
    pub is_singleton: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

impl Control {
    /// What makes no sense, each in one line that begins with the name of the setting.
    pub fn problems(&self) -> Vec<String> {
        let Self { time, is_singleton: _, retry, budget } = self;
        let mut problems = time.problems();
        problems.extend(retry.iter().flat_map(Retry::problems));
        problems.extend(budget.iter().flat_map(Budget::problems));
        problems
    }
}

/// Durations as numbers of seconds.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        duration.as_secs_f64().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        read(f64::deserialize(from)?).map_err(D::Error::custom)
    }

    /// As people write it.
    pub(crate) fn read(seconds: f64) -> Result<Duration, String> {
        Duration::try_from_secs_f64(seconds).map_err(|_| format!("{seconds} is no number of seconds from 0 on"))
    }

    /// The same where there may be none.
    pub(crate) mod option {
        use std::time::Duration;

        use serde::de::Error as _;
        use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

        pub(crate) fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
            duration.map(|duration| duration.as_secs_f64()).serialize(to)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
            let seconds = Option::<f64>::deserialize(from)?;
            seconds.map(|seconds| super::read(seconds).map_err(D::Error::custom)).transpose()
        }
    }
}
