use serde::{Deserialize, Serialize};

/// Whether something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permit {
    #[default]
    Allow,
    Forbid,
}

/// What a plan may do with records of a kind. What it may not is not silent: it is withheld, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Permissions {
    pub create: Permit,
    pub update: Permit,
    pub delete: Permit,
}

impl Permissions {
    pub const ALL: Self = Self { create: Permit::Allow, update: Permit::Allow, delete: Permit::Allow };
    /// Only records that both sides have are brought into agreement; none is made and none is deleted.
    pub const MATCH_ONLY: Self = Self { update: Permit::Allow, ..Self::NOTHING };
    /// The records are there to be referred to. What the target lacks is named, and so is what needs it.
    pub const NOTHING: Self = Self { create: Permit::Forbid, update: Permit::Forbid, delete: Permit::Forbid };
}
