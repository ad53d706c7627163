use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::StepAction;
use crate::diff::DiffFlags;
use crate::kind::{Kind, KindName, Permissions, Permit};

/// What a plan may contain and how it is carried out. Flags are how users speak; this is what they become.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub on_failure: OnFailure,
    pub order: StepOrder,
    pub attributes: AttributeScope,
    /// What is allowed with every kind, as far as the kind itself allows it.
    pub permissions: Permissions,
    /// Kinds with which something else is.
    pub kinds: BTreeMap<KindName, Permissions>,
}

/// What a failed step means for steps that do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Nothing more is started.
    #[default]
    Stop,
    /// They go on.
    Continue,
}

/// The order of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOrder {
    /// Parents and referenced records are made before those that need them; deletes come last and in reverse.
    #[default]
    References,
    /// DiffSync's: the order of the elements, parents deleted before their children unless a record is flagged
    /// `NATURAL_DELETION_ORDER`.
    Diffsync,
}

/// Which attributes of a new record are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeScope {
    /// Those that both sides know: exactly what is compared.
    #[default]
    Shared,
    /// All that the source has, as DiffSync passes them.
    Source,
}

impl Policy {
    /// What DiffSync does: its order, its flags, and every attribute of the source.
    pub fn diffsync(flags: DiffFlags) -> Self {
        Self { order: StepOrder::Diffsync, attributes: AttributeScope::Source, ..Self::from_flags(flags) }
    }

    /// The default policy with the flags that concern a plan.
    pub fn from_flags(flags: DiffFlags) -> Self {
        let on_failure =
            if flags.contains(DiffFlags::CONTINUE_ON_FAILURE) { OnFailure::Continue } else { OnFailure::Stop };
        Self { on_failure, ..Self::default() }
    }

    /// Whether this policy and the declaration of the kind both allow an action.
    pub(super) fn permit(&self, kind: &Kind, action: StepAction) -> Permit {
        let of = |Permissions { create, update, delete }| match action {
            StepAction::Create => create,
            StepAction::Update => update,
            StepAction::Delete => delete,
        };
        let own = self.kinds.get(kind.name()).copied().unwrap_or(self.permissions);
        match (of(own), of(kind.permissions())) {
            (Permit::Allow, Permit::Allow) => Permit::Allow,
            (Permit::Forbid, _) | (_, Permit::Forbid) => Permit::Forbid,
        }
    }
}
