use std::fmt;

/// What is wrong with one variable of a job, as it is declared or given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableProblem {
    pub variable: String,
    pub cause: VariableCause,
    /// For people; names the variable.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableCause {
    /// The job has no such variable.
    Unknown,
    /// It must be given and was not.
    Missing,
    /// What was given does not fit it.
    Unfit,
    /// The job declares or reads it wrongly, which is a mistake in the job.
    Mistake,
}

impl VariableProblem {
    pub(super) fn new(variable: &str, cause: VariableCause, message: String) -> Self {
        Self { variable: variable.to_owned(), cause, message }
    }
}

impl fmt::Display for VariableProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
