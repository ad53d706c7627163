//! [`sync_throughput`](../sync_throughput.rs) on an allocator that cannot count: what the counting one costs while it does not
//! count. `benches/heap` runs the two in turn.

#[path = "sync/mod.rs"]
mod sync;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), sync::Failure> {
    sync::main()
}
