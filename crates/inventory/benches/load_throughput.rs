#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
//! A sync's load: all devices with what they refer to.
//!
//! `cargo bench -p trueup-inventory --bench load_throughput -- [RECORDS]` prints JSON lines.

#[path = "support/mod.rs"]
mod support;

use std::time::Instant;

use support::{Failure, World};
use trueup_inventory::Selection;

/// Eight paths lead through references, one of them through two.
const FIELDS: [&str; 12] = [
    "name",
    "serial",
    "asset_tag",
    "position",
    "device_type__manufacturer__name",
    "device_type__model",
    "role__name",
    "status__name",
    "location__name",
    "location__parent__name",
    "tenant__name",
    "platform__name",
];

fn main() -> Result<(), Failure> {
    support::block_on(async {
        let records = support::first_number().unwrap_or(100_000);
        let world = World::new("load").await?;
        world.devices(records).await?;
        let outcome = run(&world).await;
        world.remove().await?;
        outcome
    })
}

async fn run(world: &World) -> Result<(), Failure> {
    for (step, fields) in [("cold", &FIELDS[..]), ("with_references", &FIELDS[..]), ("own_fields", &FIELDS[..4])] {
        let (started, queries) = (Instant::now(), world.inventory.queries());
        let (mut read, mut values) = (0, 0);
        let selection = Selection::all("dcim.device", fields.iter().copied());
        world
            .inventory
            .read(&selection, &mut |row| {
                read += 1;
                values += row.values().len();
            })
            .await?;
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{{\"step\":\"{step}\",\"records\":{read},\"values\":{values},\"wall_s\":{seconds:.3},\"per_s\":{:.0},\"statements\":{}}}",
            read as f64 / seconds,
            world.inventory.queries() - queries,
        );
    }
    Ok(())
}
