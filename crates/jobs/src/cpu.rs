//! The CPU time of this process.

/// Seconds that all threads of this process have computed, together. What database servers and other programs compute for
/// it is not in it.
pub fn process_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
