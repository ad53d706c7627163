use indexmap::IndexMap;
use trueup_engine::apply::missed;
use trueup_engine::plan::{Change, Plan, Step, StepId};
use trueup_engine::{Identity, Snapshot};

/// What the applied steps on one record leave, all together.
struct Expected<'p> {
    record: &'p Identity,
    there: bool,
    /// The steps that wrote, in their order.
    written: Vec<&'p Step>,
}

/// Records that, read again, are not as the applied steps left them, in the order of the plan. `applied` is in plan
/// order.
pub(super) fn unverified(plan: &Plan, applied: &[StepId], after: &Snapshot) -> Vec<String> {
    let mut records: IndexMap<(&str, Vec<u8>), Expected<'_>> = IndexMap::with_capacity(applied.len());
    for step in applied.iter().map(|id| plan.step(*id)) {
        let record = (step.record.kind.as_str(), step.record.key.encode());
        let untouched = || Expected { record: &step.record, there: true, written: Vec::new() };
        let expected = records.entry(record).or_insert_with(untouched);
        match &step.change {
            Change::Create { .. } | Change::Update { .. } => {
                expected.there = true;
                expected.written.push(step);
            }
            Change::Delete { .. } => expected.there = false,
        }
    }
    records.values().filter_map(|expected| expected.missed_by(after)).collect()
}

impl Expected<'_> {
    fn missed_by(&self, after: &Snapshot) -> Option<String> {
        let Self { record, there, written } = self;
        match (there, after.get_or_none(record.kind.as_str(), &record.key)) {
            (false, None) => None,
            (false, Some(_)) => Some(format!("{record} was deleted but is still there")),
            (true, None) => Some(format!("{record} was written but is not there")),
            (true, Some(found)) => {
                let later = |at: usize, name| {
                    written[at + 1..].iter().any(|step| step.after().is_some_and(|after| after.contains_key(name)))
                };
                let wanted = written.iter().enumerate().flat_map(|(at, step)| {
                    let names = step.after().into_iter().flatten().filter(move |(name, _)| !later(at, *name));
                    names.map(move |(name, value)| (*step, name, value))
                });
                let differing: Vec<String> = wanted
                    .filter_map(|(step, name, value)| {
                        let stored = missed(step, name, found)?;
                        Some(format!("`{name}` is {stored}, not {value}"))
                    })
                    .collect();
                (!differing.is_empty()).then(|| format!("{record}: {}", differing.join(", ")))
            }
        }
    }
}
