use serde::{Deserialize, Serialize};

use super::{Action, Diff};

/// How many records would be created, updated, deleted, stay as they are, and were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    pub create: u64,
    pub update: u64,
    pub delete: u64,
    pub no_change: u64,
    /// Records that flags, an order hook or a one-sided kind left out; see DiffSync's rules in the engine's guide.
    pub skip: u64,
}

impl Summary {
    pub fn differences(&self) -> u64 {
        self.create + self.update + self.delete
    }
}

impl Diff<'_> {
    /// Counts the visible elements. What an order hook dropped counts once for each side that has it.
    pub(super) fn count(&self) -> Summary {
        let mut summary = Summary { skip: self.summary.skip, ..Summary::default() };
        for element in self.visible() {
            match element.action {
                Action::Create => summary.create += 1,
                Action::Update => summary.update += 1,
                Action::Delete => summary.delete += 1,
                Action::NoChange => summary.no_change += 1,
            }
        }
        if let Some(ordered) = &self.ordered {
            let sides = |list: &[super::Element]| list.iter().map(super::Element::sides).sum::<u64>();
            summary.skip += sides(&self.elements).saturating_sub(sides(ordered));
        }
        summary
    }
}
