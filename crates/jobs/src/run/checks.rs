//! What a plan was checked against, as it is kept with it: for an undo of it, and for a part of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trueup_engine::check::{CheckOptions, Limits, Severity};
use trueup_engine::diff::{Diff, Side};
use trueup_engine::plan::{Step, StepAction};
use trueup_engine::{Identity, Key, KindName, Snapshot, Value};

use crate::JobError;

/// Limits and protected records of a job, and how many records of each kind the target had within the scope of the job.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checks {
    pub options: CheckOptions,
    /// By kind; empty where nobody counted.
    pub present: BTreeMap<KindName, u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredChecks {
    limits: Limits,
    #[serde(default)]
    kinds: BTreeMap<KindName, Limits>,
    #[serde(default)]
    protected: Vec<StoredIdentity>,
    dangling_reference: Severity,
    #[serde(default)]
    present: BTreeMap<KindName, u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredIdentity {
    kind: KindName,
    /// In the tagged form.
    key: Vec<Json>,
}

impl Checks {
    /// Of a plan that is made from a diff.
    pub(crate) fn new(options: CheckOptions, diff: &Diff<'_>) -> Self {
        let kinds = diff.target().schema().kinds().map(|(_, kind)| kind.name());
        let present = kinds.map(|kind| (kind.clone(), diff.in_scope(Side::Target, kind) as u64)).collect();
        Self { options, present }
    }

    /// Of the plan that takes these steps back. What a job has in its scope is what it had before and what the steps made
    /// of that, but no more than the `target` has now. Where nobody counted, it is all of that.
    pub(crate) fn after<'s>(&self, applied: impl Iterator<Item = &'s Step>, target: &Snapshot) -> Self {
        let mut known: BTreeMap<KindName, i64> =
            self.present.iter().map(|(kind, present)| (kind.clone(), *present as i64)).collect();
        for step in applied {
            if let Some(present) = known.get_mut(&step.record.kind) {
                match step.action() {
                    StepAction::Create => *present += 1,
                    StepAction::Update => {}
                    StepAction::Delete => *present -= 1,
                }
            }
        }
        let kinds = target.schema().kinds().map(|(_, kind)| kind.name());
        let present = kinds.map(|kind| {
            let all = target.count(kind.as_str()) as u64;
            let known = known.get(kind).map_or(all, |known| u64::try_from(*known).unwrap_or(0));
            (kind.clone(), known.min(all))
        });
        Self { options: self.options.clone(), present: present.collect() }
    }

    pub(crate) fn to_json(&self) -> String {
        let Self { options, present } = self;
        let CheckOptions { limits, kinds, protected, dangling_reference } = options;
        let protected = protected.iter().map(|Identity { kind, key }| StoredIdentity {
            kind: kind.clone(),
            key: key.values().iter().map(Value::to_tagged_json).collect(),
        });
        let stored = StoredChecks {
            limits: *limits,
            kinds: kinds.clone(),
            protected: protected.collect(),
            dangling_reference: *dangling_reference,
            present: present.clone(),
        };
        serde_json::json!(stored).to_string()
    }

    /// Of a plan that was made before this was kept: what a job has that says nothing.
    pub(crate) fn from_json(json: Option<&str>) -> Result<Self, JobError> {
        let Some(json) = json else {
            return Ok(Self { options: CheckOptions::default(), present: BTreeMap::new() });
        };
        let unreadable = |source| JobError::StoredJson { what: "the checks of a plan", source };
        let stored: StoredChecks = serde_json::from_str(json).map_err(unreadable)?;
        let StoredChecks { limits, kinds, protected, dangling_reference, present } = stored;
        let identity = |StoredIdentity { kind, key }: StoredIdentity| {
            let values = key.iter().map(Value::from_tagged_json).collect::<Result<Vec<_>, _>>();
            values.map(|values| Identity { kind, key: values.into_iter().collect::<Key>() })
        };
        let protected = protected.into_iter().map(identity).collect::<Result<_, _>>();
        let damaged = |error| unreadable(serde::de::Error::custom(error));
        let options = CheckOptions { limits, kinds, protected: protected.map_err(damaged)?, dangling_reference };
        Ok(Self { options, present })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_come_back() {
        let few = Limits { delete_count: 3, ..Limits::default() };
        let options = CheckOptions {
            limits: few,
            kinds: [("site".into(), Limits::default())].into_iter().collect(),
            protected: vec![Identity::new("site", ["A", "B"]), Identity::new("vlan", 7)],
            dangling_reference: Severity::Warning,
        };
        let checks = Checks { options, present: [("site".into(), 12)].into_iter().collect() };
        assert_eq!(Checks::from_json(Some(&checks.to_json())).unwrap(), checks);
        assert_eq!(Checks::from_json(None).unwrap().options, CheckOptions::default());
        assert!(Checks::from_json(Some("{}")).is_err());
    }
}
