//! Runs that are due at times: which job, with which variables, when, and what becomes of times that were missed.
//!
//! A schedule only asks for runs; workers do them. Any worker that has the job looks at the clock, and of all who find the
//! same time due one asks. Invariants: a time that was due is never asked for twice, whatever the clocks do: a schedule
//! knows the next time that counts, and that only goes forward.

mod timing;

use serde::{Deserialize, Serialize};

pub use timing::{Timing, TimingError};

/// What is done about times that passed while nobody looked: the program was not there, or the clock jumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// Nothing; the next time counts.
    #[default]
    Skip,
    /// One run, as soon as somebody looks, for however many were missed.
    CatchUp,
}

impl Missed {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::CatchUp => "catch-up",
        }
    }
}
