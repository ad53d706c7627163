use indexmap::IndexMap;
use trueup_engine::plan::{Change, Plan, StepId};
use trueup_engine::{Attributes, Identity, Snapshot};

/// What the applied steps on one record leave, all together.
struct Expected<'p> {
    record: &'p Identity,
    there: bool,
    /// In the order in which they were written.
    written: Vec<&'p Attributes>,
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
            Change::Create { after, .. } | Change::Update { after, .. } => {
                expected.there = true;
                expected.written.push(after);
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
                let last = |at: usize, name: &String| !written[at + 1..].iter().any(|later| later.contains_key(name));
                let wanted = written
                    .iter()
                    .enumerate()
                    .flat_map(|(at, attributes)| attributes.iter().filter(move |(name, _)| last(at, name)));
                let differing: Vec<String> = wanted
                    .filter_map(|(name, value)| {
                        let stored = found.get(name)?;
                        (stored != *value).then(|| format!("`{name}` is {stored}, not {value}"))
                    })
                    .collect();
                (!differing.is_empty()).then(|| format!("{record}: {}", differing.join(", ")))
            }
        }
    }
}
