//! The user behind a request, with everything that decides what the request may do. Loaded once per token and kept
//! while the inventory does not change; a check is a look-up.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

/// What a request wants to do with records of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    View,
    Add,
    Change,
    Delete,
    /// To have the program do what they stand for, such as to apply a plan.
    Run,
}

impl Right {
    const ALL: [Self; 5] = [Self::View, Self::Add, Self::Change, Self::Delete, Self::Run];

    /// Its name in the `actions` of an object permission.
    pub fn action(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Run => "run",
        }
    }

    /// The right of that name.
    pub fn of_action(action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.action() == action)
    }
}

/// Which records of a type a right covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Access<'a> {
    None,
    All,
    /// Those that meet any of the constraints, each a JSON object of look-ups or a list of such objects.
    Restricted(&'a [Json]),
}

impl Access<'_> {
    pub fn is_none(self) -> bool {
        matches!(self, Access::None)
    }
}

/// What the token of a request allows, whatever its user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Writing,
    ReadOnly,
}

/// Rights by content type; `None` in place of constraints is all records.
pub type Grants = HashMap<(Right, String), Option<Vec<Json>>>;

/// The user behind a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    pub user: RecordId,
    pub user_name: Arc<str>,
    pub token: TokenKind,
    pub superuser: bool,
    pub grants: Arc<Grants>,
}

impl Caller {
    /// Which records of a type this caller may view, add, change, delete or run.
    pub fn may(&self, right: Right, content_type: &ContentType) -> Access<'_> {
        if right != Right::View && self.token == TokenKind::ReadOnly {
            return Access::None;
        }
        if self.superuser {
            return Access::All;
        }
        match self.grants.get(&(right, content_type.name().to_owned())) {
            None => Access::None,
            Some(None) => Access::All,
            Some(Some(constraints)) => Access::Restricted(constraints),
        }
    }
}
