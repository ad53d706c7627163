use std::fmt;

/// Something in a job file's `source` or `mapping` that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    /// Where in the job file: `mapping[3].fields.name`.
    pub path: String,
    pub problem: ProblemKind,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    #[error("kind `{kind}` is not declared; {}", known(names, "declared are"))]
    UnknownKind { kind: String, names: Vec<String> },
    #[error("kind `{kind}` has no field `{field}`; {}", known(names, "its fields are"))]
    UnknownField { kind: String, field: String, names: Vec<String> },
    #[error("identifier `{field}` of kind `{kind}` is not set; its records could not be told apart")]
    MissingIdentifier { kind: String, field: String },
    #[error("`{expression}` is no expression: {reason}")]
    Expression { expression: String, reason: String },
    #[error("`{expression}` uses `{name}`, which is not known here; {}", known(names, "known are"))]
    UnknownName { expression: String, name: String, names: Vec<String> },
    #[error("the value does not fit: {reason}")]
    Constant { reason: String },
    #[error("{reason}")]
    Pattern { reason: String },
    #[error("it must say which files to read, as in `from: sites.csv`")]
    NoFiles,
    #[error("there is nothing in it; a source needs at least one entry")]
    Empty,
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

fn known(names: &[String], lead: &str) -> String {
    if names.is_empty() { "there are none".to_owned() } else { format!("{lead} {}", names.join(", ")) }
}
