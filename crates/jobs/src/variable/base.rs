use super::Variable;
use crate::JobMeta;

/// Whether a run stops at its plan.
pub const DRYRUN: &str = "dryrun";
/// Whether both sides are loaded at the same time.
pub const PARALLEL_LOADING: &str = "parallel_loading";
/// Whether the memory of each phase is measured.
pub const MEMORY_PROFILING: &str = "memory_profiling";
/// Whether a flame graph of the run is made and kept.
pub const CPU_PROFILING: &str = "cpu_profiling";

/// The names of the base variables, which no job may use.
pub(super) const RESERVED: [&str; 4] = [DRYRUN, PARALLEL_LOADING, MEMORY_PROFILING, CPU_PROFILING];

/// Whether a variable is one that every job takes.
pub(crate) fn is_base(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// What every job takes beside its own variables.
pub(super) fn variables(job: &JobMeta) -> [Variable; 4] {
    let dryrun = Variable::boolean(DRYRUN).label("Dry run").help("Stop with a plan; the target is not touched");
    let off = |name, label, help: &str| Variable::boolean(name).label(label).help(help).default(false);
    [
        dryrun.default(job.dryrun_default),
        off(
            PARALLEL_LOADING,
            "Parallel loading",
            "Load both sides at the same time; faster when both are slow, and it takes both their memory at once",
        ),
        off(MEMORY_PROFILING, "Memory profiling", "Measure the memory of each phase; figures are of the whole program"),
        off(CPU_PROFILING, "CPU profiling", "Keep a flame graph of where the run spends its CPU time"),
    ]
}
