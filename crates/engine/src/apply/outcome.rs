use std::sync::Arc;

use crate::plan::StepId;
use crate::record::Attributes;

/// What happened to one step.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Outcome {
    Applied {
        /// The record as the target now stores it, if it says so: the attributes that the step wrote.
        stored: Option<Attributes>,
        /// What the target remarked although it did the work.
        note: Option<String>,
        /// What the target calls the record, if it says so.
        object: Option<Object>,
    },
    /// Not tried, on purpose.
    Skipped {
        reason: String,
    },
    /// Not tried: whoever had the others carried out left it out.
    NotChosen,
    Failed {
        fault: Fault,
        message: String,
    },
    /// The target's record is not as the plan expects it; nothing was changed.
    Stale {
        found: String,
    },
    /// Not tried: a step that it depends on, or that stopped the run, did not succeed.
    Blocked {
        by: StepId,
    },
}

/// A record as its target knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its content type, when the target is the inventory.
    pub content_type: Option<Arc<str>>,
    pub id: String,
}

/// How a step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The target refused the record; the run goes on with what does not depend on it.
    Declined,
    /// An error; the policy says whether the run goes on.
    Error,
    /// An error that may pass: the target is away, or too slow. It is not known whether the step was done. Whoever carries
    /// out the plan may read the record back and try again; else it is as an [`Error`](Self::Error).
    Passing,
}

impl Outcome {
    /// Done, with nothing more to say.
    pub fn applied() -> Self {
        Outcome::Applied { stored: None, note: None, object: None }
    }

    /// Done, to the record that the target calls `id`.
    pub fn applied_to(id: impl Into<String>) -> Self {
        let object = Some(Object { content_type: None, id: id.into() });
        Outcome::Applied { stored: None, note: None, object }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Outcome::Failed { fault: Fault::Error, message: message.into() }
    }

    pub fn is_applied(&self) -> bool {
        matches!(self, Outcome::Applied { .. })
    }

    /// Whether the outcome stops a run whose policy says to stop. A record that somebody else has changed is left alone,
    /// and with it what depends on it; the others are as the plan says.
    pub(super) fn stops(&self) -> bool {
        matches!(self, Outcome::Failed { fault: Fault::Error | Fault::Passing, .. })
    }

    /// What the target calls the record, where it was done and said.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Outcome::Applied { object, .. } => object.as_ref(),
            _ => None,
        }
    }

    /// The word for storage and reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Applied { .. } => "applied",
            Outcome::Skipped { .. } | Outcome::NotChosen => "skipped",
            Outcome::Failed { .. } => "failed",
            Outcome::Stale { .. } => "stale",
            Outcome::Blocked { .. } => "blocked",
        }
    }

    /// Why, in words; `None` when there is nothing to say.
    pub fn message(&self) -> Option<String> {
        match self {
            Outcome::Applied { note, .. } => note.clone(),
            Outcome::Skipped { reason } => Some(reason.clone()),
            Outcome::NotChosen => Some("it was not chosen; run the job again for what is left".to_owned()),
            Outcome::Failed { message, .. } => Some(message.clone()),
            Outcome::Stale { found } => Some(found.clone()),
            Outcome::Blocked { by } => Some(format!("{by} did not succeed")),
        }
    }
}
