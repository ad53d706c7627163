//! The same work without the framework: both sides loaded, compared and planned by the engine, the steps written by the
//! inventory in batches of the same size. There is no history, no lease, no journal, and nothing is read back.

use std::sync::Arc;

use trueup_connectors::Source as _;
use trueup_engine::plan::{Plan, Policy};
use trueup_engine::{DiffOptions, Schema, Snapshot, diff, plan};
use trueup_inventory::{Change, ChangeContext, Inventory};
use trueup_jobs::{DataSource as _, InventoryAdapter};

use super::devices::Devices;
use super::{Failure, Took, timed};

/// As in a run.
const BATCH: usize = 2_000;

/// Creates everything, then finds that nothing has changed.
pub async fn both(devices: Devices) -> Result<[Took; 2], Failure> {
    let folder = tempfile::tempdir()?;
    let inventory = Inventory::open(&folder.path().join("bare.db").display().to_string()).await?;
    let schema = Arc::new(devices.schema(inventory.registry())?);
    let (created, first) = timed(once(&inventory, &schema, devices)).await?;
    let (changed, second) = timed(once(&inventory, &schema, devices)).await?;
    assert!(created > devices.0 && changed == 0, "{created} created, then {changed} changed");
    inventory.close().await;
    Ok([first, second])
}

async fn once(inventory: &Inventory, schema: &Arc<Schema>, devices: Devices) -> Result<usize, Failure> {
    let context = ChangeContext::job("bench", "bare");
    let adapter = InventoryAdapter::new(inventory.clone(), Arc::clone(schema), context.clone());
    let mut source = Snapshot::new("source", Arc::clone(schema));
    let mut target = Snapshot::new("target", Arc::clone(schema));
    let _loaded = devices.load(&mut source, &()).await?;
    let _loaded = adapter.load(&mut target, &()).await?;
    let diff = diff(&source, &target, &DiffOptions::default(), &mut |_| {});
    let plan = plan(&diff, &Policy::default());
    let changes = changes(&plan, schema);
    let mut writer = inventory.writer();
    for batch in changes.chunks(BATCH) {
        for answer in writer.write(batch, &context).await? {
            answer?;
        }
    }
    Ok(changes.len())
}

/// The creates of a plan, in its order.
fn changes(plan: &Plan, schema: &Schema) -> Vec<Change> {
    let steps = plan.steps().iter();
    let change = steps.filter_map(|step| {
        let kind = schema.get(step.record.kind.as_str())?;
        let names = kind.identifiers().iter().map(|field| field.name());
        let identifiers = names.zip(step.record.key.values()).map(|(name, value)| (name.into(), value.clone()));
        let attributes = step.after()?.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
        Some(Change::create(kind.content_type()?, identifiers.chain(attributes).collect()))
    });
    change.collect()
}
