use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::record::{Attributes, Identity};
use crate::snapshot::{IncompleteReason, WithChildren};

/// Number of a step within its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

impl StepId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}", self.0)
    }
}

/// What a step does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    Create,
    Update,
    Delete,
}

impl StepAction {
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    pub const fn as_str(self) -> &'static str {
        match self {
            StepAction::Create => "create",
            StepAction::Update => "update",
            StepAction::Delete => "delete",
        }
    }
}

/// The text names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no action; give create, update or delete")]
pub struct ParseActionError(String);

impl FromStr for StepAction {
    type Err = ParseActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or_else(|| ParseActionError(text.to_owned()))
    }
}

impl fmt::Display for StepAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One change of one record of the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub record: Identity,
    pub change: Change,
    /// Steps that must have succeeded before this one; all come earlier in the plan.
    pub depends_on: Vec<StepId>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Create {
        after: Attributes,
        parent: Option<Identity>,
    },
    Update {
        /// The target's record as it was when the plan was made, all attributes.
        before: Attributes,
        /// Only what changes.
        after: Attributes,
        moved: Option<Move>,
    },
    Delete {
        /// The target's record as it was when the plan was made, all attributes.
        before: Attributes,
        parent: Option<Identity>,
        /// Whether the target removes what is below the record by itself.
        children: WithChildren,
    },
}

/// A record that changes its parent. `None` is the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub from: Option<Identity>,
    pub to: Option<Identity>,
}

impl Step {
    pub fn action(&self) -> StepAction {
        match self.change {
            Change::Create { .. } => StepAction::Create,
            Change::Update { .. } => StepAction::Update,
            Change::Delete { .. } => StepAction::Delete,
        }
    }

    /// The attributes that the step expects to find.
    pub fn before(&self) -> Option<&Attributes> {
        match &self.change {
            Change::Create { .. } => None,
            Change::Update { before, .. } | Change::Delete { before, .. } => Some(before),
        }
    }

    /// What the step changes in DiffSync's dict form: `+` what is there afterwards, `-` what was there before.
    pub fn to_diff(&self) -> serde_json::Map<String, serde_json::Value> {
        let json = |attributes: &Attributes, of: &dyn Fn(&str) -> bool| -> serde_json::Value {
            let attributes = attributes.iter().filter(|(name, _)| of(name));
            serde_json::Value::Object(attributes.map(|(name, value)| (name.clone(), value.to_json())).collect())
        };
        let (sign_of_after, sign_of_before) = ("+".to_owned(), "-".to_owned());
        match &self.change {
            Change::Create { after, .. } => [(sign_of_after, json(after, &|_| true))].into_iter().collect(),
            Change::Delete { before, .. } => [(sign_of_before, json(before, &|_| true))].into_iter().collect(),
            Change::Update { before, after, .. } => [
                (sign_of_after, json(after, &|_| true)),
                (sign_of_before, json(before, &|name| after.contains_key(name))),
            ]
            .into_iter()
            .collect(),
        }
    }

    /// The attributes that the step writes.
    pub fn after(&self) -> Option<&Attributes> {
        match &self.change {
            Change::Create { after, .. } | Change::Update { after, .. } => Some(after),
            Change::Delete { .. } => None,
        }
    }
}

/// A change that the diff shows and the plan does not make.
#[derive(Debug, Clone, PartialEq)]
pub struct Withheld {
    pub record: Identity,
    pub action: StepAction,
    pub reason: WithheldReason,
}

#[derive(Debug, Clone, PartialEq)]
pub enum WithheldReason {
    /// The kind or the policy does not allow the action.
    NotAllowed,
    /// The source does not say that the record is gone: it was not read to its end.
    IncompleteSource(IncompleteReason),
    /// The source has several records with this key, or one that could not be read.
    Unreadable,
    /// The target has several, or one that could not be read.
    UnreadableInTarget,
    /// A record below it stays.
    KeepsChild(Identity),
    /// A record that references it stays.
    KeepsReferrer(Identity),
    /// What it hangs below or refers to is withheld.
    NeedsWithheld(Identity),
    /// It refers to a record that neither side has.
    MissingReference(Identity),
}

impl fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WithheldReason::NotAllowed => f.write_str("this job may not do that to records of this kind"),
            WithheldReason::IncompleteSource(reason) => write!(f, "the source is not complete: {reason}"),
            WithheldReason::Unreadable => f.write_str("the source has this record twice, or it could not be read"),
            WithheldReason::UnreadableInTarget => {
                f.write_str("the target has this record twice, or it could not be read")
            }
            WithheldReason::KeepsChild(child) => write!(f, "{child} hangs below it and stays"),
            WithheldReason::KeepsReferrer(referrer) => write!(f, "{referrer} refers to it and stays"),
            WithheldReason::MissingReference(other) => write!(f, "it refers to {other}, which does not exist"),
            WithheldReason::NeedsWithheld(other) => write!(f, "it needs {other}, which is withheld"),
        }
    }
}
