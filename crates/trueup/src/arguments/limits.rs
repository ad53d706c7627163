use std::time::Duration;

use clap::Args;
use trueup_jobs::TimeLimits;

/// How long a run may take, when that is to be otherwise than its job says.
#[derive(Debug, Args)]
pub struct LimitArguments {
    /// End after so many seconds, before the next batch
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub soft_time_limit: Option<Duration>,
    /// End after so many seconds, wherever it is
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
}

impl LimitArguments {
    pub fn limits(&self) -> TimeLimits {
        TimeLimits { soft: self.soft_time_limit, hard: self.time_limit }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "give a number of seconds".to_owned())
}
