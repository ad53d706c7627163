//! What a sync has cost: wall time, CPU time, memory, bytes, rows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One figure for each phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ByPhase<T> {
    pub source_load: T,
    pub target_load: T,
    pub diff: T,
    pub plan: T,
    pub apply: T,
    pub verify: T,
}

impl<T: Copy> ByPhase<T> {
    /// In the order in which phases come, each with its name.
    pub fn named(&self) -> [(&'static str, T); 6] {
        let Self { source_load, target_load, diff, plan, apply, verify } = *self;
        [
            ("source_load", source_load),
            ("target_load", target_load),
            ("diff", diff),
            ("plan", plan),
            ("apply", apply),
            ("verify", verify),
        ]
    }
}

/// Wall time of each phase, in seconds.
pub type Durations = ByPhase<f64>;

impl Durations {
    pub(crate) fn seconds(duration: Duration) -> f64 {
        (duration.as_secs_f64() * 1e6).round() / 1e6
    }
}

/// What a sync has cost beside its wall time. CPU time and memory are those of the whole process.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Costs {
    /// CPU time of each phase, in seconds. Of two phases at the same time, each has what both took.
    pub cpu: ByPhase<f64>,
    /// Of each phase that there was; `None` when the run was not asked for it (`memory_profiling`).
    pub memory: Option<ByPhase<Option<Memory>>>,
    /// Bytes of the records that were loaded, as they are compared.
    pub source_bytes: u64,
    pub target_bytes: u64,
    /// Rows that were written, changed or removed in the inventory and in the history, each as often as it was.
    pub rows_written: u64,
    /// Whether this process ran another sync meanwhile, whose CPU time and memory are in these figures too.
    pub shared: bool,
    /// Whether a flame graph is kept (`cpu_profiling`).
    pub flame_graph: bool,
}

/// Bytes of the heap, beyond what the process held when the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// At the end of the phase.
    #[serde(rename = "final")]
    pub at_end: u64,
    /// The most at any moment of it.
    pub peak: u64,
}
