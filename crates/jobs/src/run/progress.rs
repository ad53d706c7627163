use super::SyncCounts;
use crate::store::ByPhase;

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    LoadSource,
    LoadTarget,
    Diff,
    Plan,
    Apply,
    Verify,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::LoadSource => "load source",
            Phase::LoadTarget => "load target",
            Phase::Diff => "diff",
            Phase::Plan => "plan and check",
            Phase::Apply => "apply",
            Phase::Verify => "verify",
        }
    }

    /// Its name where figures are kept by phase.
    pub fn name(self) -> &'static str {
        match self {
            Phase::LoadSource => "source_load",
            Phase::LoadTarget => "target_load",
            Phase::Diff => "diff",
            Phase::Plan => "plan",
            Phase::Apply => "apply",
            Phase::Verify => "verify",
        }
    }

    /// Its figure.
    pub(super) fn of<T>(self, figures: &mut ByPhase<T>) -> &mut T {
        match self {
            Phase::LoadSource => &mut figures.source_load,
            Phase::LoadTarget => &mut figures.target_load,
            Phase::Diff => &mut figures.diff,
            Phase::Plan => &mut figures.plan,
            Phase::Apply => &mut figures.apply,
            Phase::Verify => &mut figures.verify,
        }
    }
}

/// What a run tells whoever watches it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    Began(Phase),
    Loading {
        phase: Phase,
        records: u64,
        /// Of the input that was read, 0 to 1, when that is known.
        share: Option<f64>,
    },
    /// Something failed by what may pass, and is tried again after so many seconds; this attempt was the n-th.
    Waiting {
        phase: Phase,
        attempt: u32,
        seconds: f64,
    },
    /// Steps with an outcome.
    Applying {
        done: u64,
        total: u64,
        outcomes: SyncCounts,
    },
    /// With its wall time in seconds.
    Ended(Phase, f64),
}

/// Called with every event; must be cheap.
pub type Watch<'w> = dyn Fn(Event) + Send + Sync + 'w;
