//! Who asks, and what they may do.

use trueup_inventory::RecordId;

/// What a request wants to do with records of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    View,
    Add,
    Change,
    Delete,
}

/// The user behind a request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: RecordId,
    pub user_name: String,
}
