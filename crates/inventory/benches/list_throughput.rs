#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
//! Lists of interfaces in pages of a thousand, with their records, as an API reads them.
//!
//! `cargo bench -p trueup-inventory --bench list_throughput -- [RECORDS]` prints JSON lines.

#[path = "support/mod.rs"]
mod support;

use std::time::Instant;

use support::{Failure, World};
use trueup_inventory::ListRequest;

const PAGE: usize = 1_000;

fn main() -> Result<(), Failure> {
    support::block_on(async {
        let records = support::first_number().unwrap_or(20_000);
        let world = World::new("list").await?;
        world.interfaces(records).await?;
        let outcome = run(&world).await;
        world.remove().await?;
        outcome
    })
}

async fn run(world: &World) -> Result<(), Failure> {
    let registry = world.inventory.registry().clone();
    let interfaces = registry.content_type("dcim.interface")?;
    let columns = interfaces.fields().len();
    for (step, limit) in [("first_time", PAGE), ("again", PAGE), ("pages_of_50", 50)] {
        let mut request = ListRequest { limit: Some(limit), ..ListRequest::all(interfaces.index()) };
        let (started, queries) = (Instant::now(), world.inventory.queries());
        let (mut read, mut listing) = (0, 0.0);
        loop {
            let mut reader = world.inventory.reader().await?;
            let before = Instant::now();
            let page = reader.list(&request).await?;
            listing += before.elapsed().as_secs_f64();
            read += reader.records(interfaces, &page.ids).await?.len();
            request.offset += limit;
            if request.offset >= page.count {
                break;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{{\"step\":\"{step}\",\"records\":{read},\"fields\":{columns},\"wall_s\":{seconds:.3},\"of_it_listing_s\":{listing:.3},\
             \"per_s\":{:.0},\"statements\":{}}}",
            read as f64 / seconds,
            world.inventory.queries() - queries,
        );
    }
    Ok(())
}
