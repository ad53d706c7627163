use serde::{Deserialize, Serialize};

/// How much may be asked of a system that a job changes. What is left out is not limited. The inventory needs none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The name of the system. All jobs of a program that name the same one share what may be asked of it.
    pub system: String,
    /// Batches that are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches_per_second: Option<f64>,
    /// Requests, which the hooks of the job [ask for](crate::JobContext::budget).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
    /// Requests under way at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

impl Budget {
    pub fn of(system: impl Into<String>) -> Self {
        Self { system: system.into(), batches_per_second: None, requests_per_second: None, concurrency: None }
    }

    #[must_use]
    pub fn batches_per_second(self, rate: f64) -> Self {
        Self { batches_per_second: Some(rate), ..self }
    }

    #[must_use]
    pub fn requests_per_second(self, rate: f64) -> Self {
        Self { requests_per_second: Some(rate), ..self }
    }

    #[must_use]
    pub fn concurrency(self, most: u32) -> Self {
        Self { concurrency: Some(most), ..self }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let Self { system, batches_per_second, requests_per_second, concurrency } = self;
        let mut problems = Vec::new();
        if system.trim().is_empty() {
            problems.push("budget.system: say which system it is of".to_owned());
        }
        for (name, rate) in [("batches_per_second", batches_per_second), ("requests_per_second", requests_per_second)] {
            if let Some(rate) = rate.filter(|rate| !(0.001..=1_000_000.0).contains(rate)) {
                problems.push(format!("budget.{name}: {rate} is no number from 0.001 to 1000000"));
            }
        }
        if *concurrency == Some(0) {
            problems
                .push("budget.concurrency: with 0 requests under way nothing is ever done; give 1 or more".to_owned());
        }
        problems
    }
}
