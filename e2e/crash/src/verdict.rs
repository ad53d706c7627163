use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use trueup_engine::Value;
use trueup_inventory::{Args, RecordId, RowView, Selection};
use trueup_jobs::run::Runner;
use trueup_jobs::store::SyncId;

use crate::rounds::Round;

/// What came of it all.
#[derive(Debug, Default)]
pub struct Verdict {
    pub kills: u32,
    /// Records that are not as an undisturbed run leaves them, and steps that are not in the change log.
    lost: u64,
    /// Changes that are in the change log more than once.
    duplicate: u64,
    /// Syncs that did not end by themselves.
    pub hands: u64,
}

impl Verdict {
    /// Looks at what a sync has left: past its own history, at the records and at the change log.
    pub async fn compare(&mut self, runner: &Runner, sync: SyncId, round: &Round, steps: u64) -> anyhow::Result<()> {
        let mut makers = BTreeSet::new();
        let mut device_types = BTreeSet::new();
        for (name, description, device_type) in round.makers() {
            if let Some((model, part)) = device_type {
                device_types.insert(format!("{name} {model} {part}"));
            }
            makers.insert(format!("{name} {description}"));
        }
        self.lost += differing(&makers, &read(runner, "dcim.manufacturer", &["name", "description"]).await?);
        let fields = ["manufacturer__name", "model", "part_number"];
        self.lost += differing(&device_types, &read(runner, "dcim.devicetype", &fields).await?);

        let request = runner.store().sync(sync).await?.request.context("the sync has no request")?;
        let mut args = Args::default();
        args.id(RecordId(request.parse()?));
        let select = "SELECT count(*), count(DISTINCT \"changed_object_id\") FROM \"extras_objectchange\" \
                      WHERE \"request_id\" = ?";
        let rows = runner.inventory().database().rows(select, args).await?;
        let row = rows.first().context("a count has a row")?;
        let (changes, records) = (row.some_int(0)?.unsigned_abs(), row.some_int(1)?.unsigned_abs());
        self.duplicate += changes - records;
        self.lost += steps.saturating_sub(records);
        Ok(())
    }

    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.duplicate == 0 && self.hands == 0
    }

    pub fn json(&self, took: Duration) -> serde_json::Value {
        let Self { kills, lost, duplicate, hands } = self;
        let seconds = (took.as_secs_f64() * 10.0).round() / 10.0;
        json!({"kills": kills, "lost": lost, "duplicate": duplicate, "hands": hands, "seconds": seconds})
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, lost, duplicate, hands } = self;
        write!(f, "so far {kills} kills, {lost} lost, {duplicate} duplicate, {hands} hands")
    }
}

async fn read(runner: &Runner, content_type: &str, fields: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut records = Vec::new();
    let mut take = |row: RowView<'_>| {
        records.push(row.values().iter().map(Value::to_string).collect::<Vec<_>>().join(" "));
    };
    runner.inventory().read(&Selection::all(content_type, fields.iter().copied()), &mut take).await?;
    Ok(records)
}

/// Records that only one side has; one that is there twice counts as well.
fn differing(expected: &BTreeSet<String>, found: &[String]) -> u64 {
    let distinct: BTreeSet<String> = found.iter().cloned().collect();
    (expected.symmetric_difference(&distinct).count() + found.len() - distinct.len()) as u64
}
