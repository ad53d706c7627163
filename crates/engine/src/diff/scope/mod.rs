//! Scope: which records take part in a diff.
//!
//! A scope is asked of both sides in the same way. Where both have a record, the source decides: what it holds inside is
//! compared, and what it holds outside is left alone, even where the target still has it inside, for the record is not
//! gone. Of records that only one side has, those inside are created or deleted. A record is outside, too, when one of
//! another kind is that it hangs below or that its identifiers refer to: the interfaces of a device go with it. Records
//! of one kind that hang below each other, such as locations, are asked one by one.
//!
//! What is outside is still there: references to it are found, and it keeps what it needs from being deleted.

mod lookup;
mod outside;

use std::collections::BTreeMap;
use std::fmt;

use lookup::Lookup;
pub(super) use outside::Outside;

use crate::kind::{Kind, KindName, Schema};
use crate::value::Value;

/// Conditions by kind; a kind without any takes part as a whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    kinds: BTreeMap<KindName, Vec<Condition>>,
}

/// `name__isw: [core-, edge-]`: one of the values fits.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    lookup: String,
    values: Vec<Value>,
}

/// A scope that does not fit the kinds, with everything that is wrong about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scope does not fit the kinds: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ScopeError {
    pub problems: Vec<ScopeProblem>,
}

/// What is wrong with one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeProblem {
    pub kind: KindName,
    pub lookup: String,
    pub problem: String,
}

impl fmt::Display for ScopeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, lookup, problem } = self;
        write!(f, "kinds.{kind}.scope.{lookup}: {problem}")
    }
}

impl Scope {
    /// All records.
    pub fn all() -> Self {
        Self::default()
    }

    /// The same, with only those records of a kind of which a field has one of `values`. `lookup` is the name of the
    /// field, or that and what is asked of it: `name__isw`. Several conditions on a kind hold together.
    #[must_use]
    pub fn only<V: Into<Value>>(
        mut self,
        kind: impl Into<KindName>,
        lookup: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let condition = Condition { lookup: lookup.into(), values: values.into_iter().map(Into::into).collect() };
        self.kinds.entry(kind.into()).or_default().push(condition);
        self
    }

    pub fn is_all(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Whether the scope can be asked of these kinds.
    ///
    /// # Errors
    /// Names every problem at once: kinds and fields that are not declared, lookups that do not exist or do not go with
    /// their field, values that the field cannot have.
    pub fn check(&self, schema: &Schema) -> Result<(), ScopeError> {
        let mut problems = Vec::new();
        for (name, conditions) in &self.kinds {
            let kind = schema.get(name.as_str());
            problems.extend(conditions.iter().filter_map(|condition| resolve(name, kind, condition).err()));
        }
        if problems.is_empty() { Ok(()) } else { Err(ScopeError { problems }) }
    }

    /// The conditions on a kind, ready to be asked; `None` when one of them cannot be.
    fn of(&self, kind: &Kind) -> Option<Vec<Lookup>> {
        let conditions = self.kinds.get(kind.name()).into_iter().flatten();
        conditions.map(|condition| resolve(kind.name(), Some(kind), condition).ok()).collect()
    }
}

fn resolve(name: &KindName, kind: Option<&Kind>, condition: &Condition) -> Result<Lookup, ScopeProblem> {
    let Condition { lookup, values } = condition;
    let resolved = kind.ok_or_else(|| "there is no such kind".to_owned());
    let resolved = resolved.and_then(|kind| Lookup::new(kind, lookup, values));
    resolved.map_err(|problem| ScopeProblem { kind: name.clone(), lookup: lookup.clone(), problem })
}
