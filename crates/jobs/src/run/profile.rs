//! What a run is asked to measure beside its phases, and what does it.

use pprof::{Frames, ProfilerGuard, ProfilerGuardBuilder};
use serde_json::{Map, Value as Json};
use trueup_heap::Gauge;

use super::meter::Meter;
use crate::JobError;
use crate::variable::{CPU_PROFILING, MEMORY_PROFILING, Values, VariableCause, VariableProblem};

/// Samples a second of each thread that computes. No divisor of what programs like to do so many times a second.
const FREQUENCY: i32 = 97;

/// Libraries in whose code no stack is walked: a lock that the walk needs may be held there.
const NOT_WALKED: [&str; 4] = ["libc", "libgcc", "pthread", "vdso"];

/// What is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Profiling {
    pub(super) memory: bool,
    pub(super) cpu: bool,
}

/// What measures one run.
#[derive(Default)]
pub(super) struct Instruments {
    pub(super) meter: Meter,
    pub(super) profiler: Option<Profiler>,
}

/// Takes samples of what all threads of the process are at. There is one at a time.
pub(super) struct Profiler(ProfilerGuard<'static>);

impl Profiling {
    pub(super) fn of(values: &Values) -> Self {
        Self { memory: values.memory_profiling(), cpu: values.cpu_profiling() }
    }

    /// As it was asked for a run whose variables were kept.
    pub(super) fn kept(values: &Map<String, Json>) -> Self {
        let asked = |name| values.get(name) == Some(&Json::Bool(true));
        Self { memory: asked(MEMORY_PROFILING), cpu: asked(CPU_PROFILING) }
    }

    /// # Errors
    /// This program cannot measure that, or not now.
    pub(super) fn begin(self, job: &str) -> Result<Instruments, JobError> {
        let refuse = |name: &str, why: String| JobError::Variables {
            job: job.to_owned(),
            problems: vec![VariableProblem {
                variable: name.to_owned(),
                cause: VariableCause::Unfit,
                message: format!("`{name}`: {why}; run it without"),
            }],
        };
        // First, since what it keeps its samples in is no memory of the run.
        let profiler = self.cpu.then(Profiler::start).transpose().map_err(|why| refuse(CPU_PROFILING, why))?;
        let gauge = self.memory.then(Gauge::new).transpose();
        let gauge = gauge.map_err(|error| refuse(MEMORY_PROFILING, error.to_string()))?;
        Ok(Instruments { meter: Meter { gauge }, profiler })
    }

    /// For a run that is to go on whether or not it can be measured.
    pub(super) fn begin_if_possible(self) -> Instruments {
        let profiler = self.cpu.then(Profiler::start).and_then(Result::ok);
        let gauge = self.memory.then(Gauge::new).and_then(Result::ok);
        Instruments { meter: Meter { gauge }, profiler }
    }
}

impl Profiler {
    fn start() -> Result<Self, String> {
        let started = ProfilerGuardBuilder::default().frequency(FREQUENCY).blocklist(&NOT_WALKED).build();
        started.map(Self).map_err(|error| match error {
            pprof::Error::Running => "this program takes the profile of another run now".to_owned(),
            error => format!("no profile can be taken on this system ({error})"),
        })
    }

    /// What was seen, as an SVG; nothing when no sample was taken or they cannot be drawn.
    pub(super) async fn flame_graph(self) -> Option<String> {
        let drawn = tokio::task::spawn_blocking(move || {
            let report = self.0.report().frames_post_processor(leave_the_profiler_out).build().ok()?;
            let mut svg = Vec::new();
            report.flamegraph(&mut svg).ok()?;
            String::from_utf8(svg).ok()
        });
        drawn.await.ok().flatten()
    }
}

/// What takes a sample stands on the stack that it sees.
fn leave_the_profiler_out(frames: &mut Frames) {
    let is_the_profiler = |name: &str| name.contains("pprof::") || name.starts_with("backtrace::");
    frames.frames.retain(|calls| !calls.iter().any(|call| is_the_profiler(&call.name())));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests of this crate's own files have the system's allocator.
    #[test]
    fn memory_that_cannot_be_counted_is_refused() {
        let asked = Profiling { memory: true, cpu: false };
        let told = asked.begin("sites").map(drop).unwrap_err().to_string();
        assert_eq!(
            told,
            "the job `sites` cannot be run with these variables:\n  `memory_profiling`: this program has an allocator of \
             its own, which does not count what it gives; run it without"
        );
        assert!(asked.begin_if_possible().meter.gauge.is_none(), "what was asked for before goes on without");
    }
}
