//! A target that minds its references, as a database does: nothing may hang below or refer to what is not there.

use trueup_engine::apply::{Outcome, StepTarget};
use trueup_engine::plan::{Change, Step};
use trueup_engine::record::{Attributes, Identity, Key};
use trueup_engine::snapshot::{RecordRef, WithChildren};
use trueup_engine::{Kind, Snapshot, Value};

use crate::world::memory;

pub struct Strict<'s> {
    pub snapshot: &'s mut Snapshot,
}

impl StepTarget for Strict<'_> {
    /// Back to front: steps of one batch must not need each other.
    fn apply(&mut self, steps: &[&Step]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = steps.iter().rev().map(|step| self.one(step)).collect();
        outcomes.reverse();
        outcomes
    }
}

impl Strict<'_> {
    fn one(&mut self, step: &Step) -> Outcome {
        match self.refusal(step) {
            Some(refusal) => Outcome::failed(refusal),
            None => memory(self.snapshot).apply(&[step]).remove(0),
        }
    }

    fn refusal(&self, step: &Step) -> Option<String> {
        let kind = self.snapshot.schema().get(step.record.kind.as_str())?;
        match &step.change {
            Change::Create { after, .. } => self.dangling(kind, after),
            Change::Update { after, .. } => {
                let record = self.snapshot.get_or_none(step.record.kind.as_str(), &step.record.key)?;
                let mut attributes = record.attributes();
                attributes.extend(after.clone());
                self.dangling(kind, &attributes)
            }
            Change::Delete { children, .. } => self.still_needed(&step.record, *children),
        }
    }

    fn dangling(&self, kind: &Kind, attributes: &Attributes) -> Option<String> {
        references(kind, attributes)
            .into_iter()
            .find(|to| self.snapshot.row_of(to).is_err())
            .map(|to| format!("{to} is not there"))
    }

    fn still_needed(&self, record: &Identity, children: WithChildren) -> Option<String> {
        let gone = self.snapshot.get_or_none(record.kind.as_str(), &record.key)?;
        let mut going = vec![gone];
        let mut next = 0;
        while let Some(record) = going.get(next).copied() {
            if children == WithChildren::Remove {
                going.extend(record.children());
            } else if let Some(child) = record.children().next() {
                return Some(format!("{} still hangs below it", child.identity()));
            }
            next += 1;
        }
        let goes = |record: RecordRef<'_>| going.iter().any(|going| going.row() == record.row());
        let stays = self.snapshot.records().filter(|record| !goes(*record));
        let mut referrers = stays.filter(|record| {
            references(record.kind(), &record.attributes())
                .iter()
                .any(|to| going.iter().any(|going| going.identity() == *to))
        });
        referrers.next().map(|referrer| format!("{} still refers to it", referrer.identity()))
    }
}

/// What a record with these attributes refers to. Only attributes are references in these worlds.
fn references(kind: &Kind, attributes: &Attributes) -> Vec<Identity> {
    let of = |reference: &trueup_engine::kind::Reference| {
        let names = reference.fields.iter().flatten().map(|slot| kind.field(*slot).name());
        let values: Vec<Value> = names.map(|name| attributes.get(name).cloned().unwrap_or_default()).collect();
        (!values.iter().all(Value::is_null)).then(|| Identity::new(&reference.to, Key::new(values)))
    };
    kind.references().iter().filter_map(of).collect()
}

/// Whether every parent and reference of a snapshot is there.
pub fn is_whole(snapshot: &Snapshot) -> bool {
    snapshot
        .records()
        .all(|record| references(record.kind(), &record.attributes()).iter().all(|to| snapshot.row_of(to).is_ok()))
}
