use serde::{Deserialize, Serialize};

use crate::value::{Value, ValueSet};

/// Who decides about an attribute once its record is there. A new record gets the source's value, whoever owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The source: whatever else the target has is a difference.
    #[default]
    Source,
    /// The target: nothing that it has is a difference.
    Target,
    /// The source for as long as the target has nothing there.
    IfEmpty,
    /// Both, of a set: what the source has is added, and members that others put there stay. A set does not tell who put
    /// a member there, so one that the source has no more stays, too.
    Merged,
}

impl Owner {
    /// What the target gets where the sides differ; `None` when it keeps what it has.
    pub(crate) fn settle(self, source: &Value, target: &Value) -> Option<Value> {
        match self {
            Owner::Source => (source != target).then(|| source.clone()),
            Owner::Target => None,
            Owner::IfEmpty => (target.is_nothing() && !source.is_nothing()).then(|| source.clone()),
            Owner::Merged => {
                let merged = merge(&Value::Null, source, target);
                (merged != *target && !source.is_nothing()).then_some(merged)
            }
        }
    }
}

/// The set that is left when what was added and taken away between `before` and `after` is added to and taken away from
/// what is there now.
pub(crate) fn merge(before: &Value, after: &Value, now: &Value) -> Value {
    let (Some(before), Some(after), Some(now)) = (members(before), members(after), members(now)) else {
        return after.clone();
    };
    let stays = now.iter().filter(|member| after.contains(member) || !before.contains(member));
    let added = after.iter().filter(|member| !before.contains(member));
    Value::Set(stays.chain(added).cloned().collect::<ValueSet>())
}

/// Null is a set without members; `None` for what is no set.
fn members(value: &Value) -> Option<ValueSet> {
    match value {
        Value::Null => Some(ValueSet::default()),
        Value::Set(members) => Some(members.clone()),
        _ => None,
    }
}
