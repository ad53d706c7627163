use super::Variable;
use crate::JobMeta;

/// Whether a run stops at its plan.
pub const DRYRUN: &str = "dryrun";
/// Whether both sides are loaded at the same time.
pub const PARALLEL_LOADING: &str = "parallel_loading";

/// Names that no job may use: those of the base variables, and of those that are to come.
pub(super) const RESERVED: [&str; 4] = [DRYRUN, PARALLEL_LOADING, "memory_profiling", "cpu_profiling"];

/// Whether a variable is one that every job takes.
pub(crate) fn is_base(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// What every job takes beside its own variables.
pub(super) fn variables(job: &JobMeta) -> [Variable; 2] {
    let dryrun = Variable::boolean(DRYRUN).label("Dry run").help("Stop with a plan; the target is not touched");
    [
        dryrun.default(job.dryrun_default),
        Variable::boolean(PARALLEL_LOADING)
            .label("Parallel loading")
            .help("Load both sides at the same time; faster when both are slow, and it takes both their memory at once")
            .default(false),
    ]
}
