use std::time::Duration;

use crate::control::{Budget, Control, Retry};

/// What lists of jobs call the side that is the inventory.
pub(super) const INVENTORY: &str = "inventory";

/// What a job says about itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct JobMeta {
    /// One word in kebab-case; names the job in the history and on the command line.
    pub name: String,
    pub description: String,
    /// What people call its source: `NetBox`, `vlans.csv`.
    pub data_source: String,
    pub data_target: String,
    /// Whether a run that is not told otherwise is a dry run.
    pub dryrun_default: bool,
    /// What its runs are held to.
    pub control: Control,
}

impl JobMeta {
    pub fn new(name: impl Into<String>) -> Self {
        let (description, data_source, data_target) = (String::new(), String::new(), String::new());
        let control = Control::default();
        Self { name: name.into(), description, data_source, data_target, dryrun_default: true, control }
    }

    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    #[must_use]
    pub fn data_source(self, data_source: impl Into<String>) -> Self {
        Self { data_source: data_source.into(), ..self }
    }

    #[must_use]
    pub fn data_target(self, data_target: impl Into<String>) -> Self {
        Self { data_target: data_target.into(), ..self }
    }

    /// Makes a run that is not told otherwise one that applies its plan.
    #[must_use]
    pub fn applies_by_default(self) -> Self {
        Self { dryrun_default: false, ..self }
    }

    /// After so long a run ends before its next batch, or while it loads, as if somebody had cancelled it.
    #[must_use]
    pub fn soft_time_limit(mut self, limit: Duration) -> Self {
        self.control.time.soft = Some(limit);
        self
    }

    /// After so long a run ends wherever it is.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.control.time.hard = Some(limit);
        self
    }

    /// Tries again what fails by what may pass, on both sides.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.control.retry = Some(retry);
        self
    }

    /// Limits what is asked of its target.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.control.budget = Some(budget);
        self
    }

    /// Lets one sync of the job run at a time.
    #[must_use]
    pub fn is_singleton(mut self) -> Self {
        self.control.is_singleton = true;
        self
    }

    /// All that its runs are held to.
    #[must_use]
    pub fn control(self, control: Control) -> Self {
        Self { control, ..self }
    }

    pub(super) fn source_or(self, name: &str) -> Self {
        if self.data_source.is_empty() { self.data_source(name) } else { self }
    }

    pub(super) fn target_or(self, name: &str) -> Self {
        if self.data_target.is_empty() { self.data_target(name) } else { self }
    }
}

/// What becomes what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DataMapping {
    pub source_name: String,
    pub source_url: Option<String>,
    pub target_name: String,
    pub target_url: Option<String>,
}

impl DataMapping {
    pub fn new(source_name: impl Into<String>, target_name: impl Into<String>) -> Self {
        Self { source_name: source_name.into(), source_url: None, target_name: target_name.into(), target_url: None }
    }
}
