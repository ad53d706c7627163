//! How runs of a job are held in check, whatever its code does. A job says it, a run may be told otherwise, and what was
//! settled is kept with the sync, so that whoever does the rest keeps to it.

mod time_limits;

use serde::{Deserialize, Serialize};

pub use time_limits::TimeLimits;

/// What a sync is held to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    #[serde(flatten)]
    pub time: TimeLimits,
    /// One sync of the job at a time: another one is refused, or waits when it is asked for.
    pub is_singleton: bool,
}

impl Control {
    /// What makes no sense, each in one line that begins with the name of the setting.
    pub fn problems(&self) -> Vec<String> {
        let Self { time, is_singleton: _ } = self;
        time.problems()
    }
}
