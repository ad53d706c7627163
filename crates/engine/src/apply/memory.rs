use super::{Fault, Outcome, StepTarget, rebased, unexpected};
use crate::kind::Slot;
use crate::plan::{Change, Move, Step};
use crate::record::{Attributes, Record};
use crate::snapshot::{Snapshot, SnapshotError, WithChildren};

/// What a per-record hook says it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    Done,
    /// Done, with a remark.
    DoneWith(String),
    /// Nothing was done, and this is no failure.
    NoEffect,
    /// The record is refused; the run goes on with what does not depend on it.
    Declined(String),
    /// An error; the policy says whether the run goes on.
    Failed(String),
}

/// Per-record hooks of a target, DiffSync's `create`, `update` and `delete`. The default accepts everything.
pub trait RecordHooks {
    fn create(&mut self, step: &Step, attributes: &Attributes) -> Hook {
        let _ = (step, attributes);
        Hook::Done
    }

    /// `changes` are the attributes that change.
    fn update(&mut self, step: &Step, changes: &Attributes) -> Hook {
        let _ = (step, changes);
        Hook::Done
    }

    fn delete(&mut self, step: &Step) -> Hook {
        let _ = step;
        Hook::Done
    }
}

/// Hooks that accept everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct AcceptAll;

impl RecordHooks for AcceptAll {}

/// A snapshot as the target of a plan.
#[derive(Debug)]
pub struct MemoryTarget<'s, H> {
    pub snapshot: &'s mut Snapshot,
    pub hooks: H,
}

impl<H: RecordHooks> StepTarget for MemoryTarget<'_, H> {
    fn apply(&mut self, steps: &[&Step]) -> Vec<Outcome> {
        steps.iter().map(|step| self.one(step)).collect()
    }
}

impl<H: RecordHooks> MemoryTarget<'_, H> {
    fn one(&mut self, step: &Step) -> Outcome {
        let record = self.snapshot.get_or_none(step.record.kind.as_str(), &step.record.key);
        if let Some(found) = unexpected(step, record) {
            return Outcome::Stale { found };
        }
        let step = &*rebased(step, record);
        let said = match &step.change {
            Change::Create { after, .. } => self.hooks.create(step, after),
            Change::Update { after, .. } => self.hooks.update(step, after),
            Change::Delete { .. } => self.hooks.delete(step),
        };
        let note = match said {
            Hook::Done => None,
            Hook::DoneWith(note) => Some(note),
            Hook::NoEffect => return Outcome::Applied { stored: self.stored(step), note: None, object: None },
            Hook::Declined(message) => return Outcome::Failed { fault: Fault::Declined, message },
            Hook::Failed(message) => return Outcome::failed(message),
        };
        match self.write(step) {
            Ok(()) => Outcome::Applied { stored: self.stored(step), note, object: None },
            Err(error) => Outcome::failed(error.to_string()),
        }
    }

    fn write(&mut self, step: &Step) -> Result<(), SnapshotError> {
        match &step.change {
            Change::Create { after, parent } => {
                let mut record = Record::new(&step.record.kind, step.record.key.clone());
                let kind = self.snapshot.schema().get(step.record.kind.as_str());
                let known = |name: &str| kind.is_some_and(|kind| matches!(kind.slot(name), Some(Slot::Attribute(_))));
                record.attributes =
                    after.iter().filter(|(name, _)| known(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
                record.parent.clone_from(parent);
                self.snapshot.add(&record).map(drop)
            }
            Change::Update { after, moved, .. } => {
                let mut record = Record::new(&step.record.kind, step.record.key.clone());
                record.attributes.clone_from(after);
                let (row, _) = self.snapshot.update_or_add(&record)?;
                if let Some(Move { to, .. }) = moved {
                    let parent = to.as_ref().map(|to| self.snapshot.row_of(to)).transpose()?;
                    self.snapshot.move_under(row, parent)?;
                }
                Ok(())
            }
            Change::Delete { children, .. } => self.snapshot.remove(&step.record, *children),
        }
    }

    /// The attributes that the step wrote, as they now stand.
    fn stored(&self, step: &Step) -> Option<Attributes> {
        let record = self.snapshot.get_or_none(step.record.kind.as_str(), &step.record.key)?;
        let names = step.after()?.keys();
        Some(names.filter_map(|name| record.get(name).map(|value| (name.clone(), value))).collect())
    }
}

impl WithChildren {
    /// Whether children go with their parent.
    pub fn removes(self) -> bool {
        self == WithChildren::Remove
    }
}
