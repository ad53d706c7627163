//! What the phases of a run cost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use trueup_heap::{Gauge, Span, Usage};

use super::Phase;
use crate::cpu;
use crate::store::{Costs, Durations, Memory};

/// Measures phases, also several at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    /// When memory is asked for.
    pub(super) gauge: Option<Gauge>,
}

/// A phase that is being measured.
#[derive(Debug)]
pub(super) struct Metering {
    phase: Phase,
    wall: Instant,
    cpu: f64,
    span: Option<Span>,
}

/// What a phase cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseCost {
    pub(super) phase: Phase,
    /// Wall time.
    pub(super) seconds: f64,
    cpu: f64,
    memory: Option<Usage>,
}

impl Meter {
    pub(super) fn begin(&self, phase: Phase) -> Metering {
        let span = self.gauge.as_ref().map(Gauge::span);
        Metering { phase, span, cpu: cpu::process_seconds(), wall: Instant::now() }
    }
}

impl Metering {
    pub(super) fn end(self) -> PhaseCost {
        let Self { phase, wall, cpu, span } = self;
        let seconds = Durations::seconds(wall.elapsed());
        let cpu = ((cpu::process_seconds() - cpu) * 1e6).round() / 1e6;
        PhaseCost { phase, seconds, cpu, memory: span.map(Span::end) }
    }
}

impl PhaseCost {
    /// Adds it to what the run has cost; a phase may come again when a run is resumed.
    pub(super) fn add_to(self, durations: &mut Durations, costs: &mut Costs) {
        let Self { phase, seconds, cpu, memory } = self;
        *phase.of(durations) += seconds;
        *phase.of(&mut costs.cpu) += cpu;
        if let Some(Usage { held, peak }) = memory {
            let memory = phase.of(costs.memory.get_or_insert_default());
            let before = memory.map_or(0, |memory| memory.peak);
            *memory = Some(Memory { at_end: held, peak: peak.max(before) });
        }
    }
}

/// Runs that this process has begun, and that are at work.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// One run at work in this process, to tell whether it was the only one.
#[derive(Debug)]
pub(super) struct Presence {
    /// How many were begun up to this one.
    number: usize,
    others: bool,
}

impl Presence {
    pub(super) fn begin() -> Self {
        let others = AT_WORK.fetch_add(1, Ordering::SeqCst) > 0;
        Self { number: BEGUN.fetch_add(1, Ordering::SeqCst) + 1, others }
    }

    /// Whether another run was at work at any time since.
    pub(super) fn had_company(&self) -> bool {
        self.others || BEGUN.load(Ordering::SeqCst) != self.number
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(1, Ordering::SeqCst);
    }
}
