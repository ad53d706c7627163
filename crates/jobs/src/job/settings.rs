use trueup_engine::check::CheckOptions;
use trueup_engine::{DiffOptions, Policy};

/// How a job's diff, plan and checks are made.
#[derive(Clone, Default)]
pub struct RunSettings {
    pub diff: DiffOptions,
    pub policy: Policy,
    pub checks: CheckOptions,
}
