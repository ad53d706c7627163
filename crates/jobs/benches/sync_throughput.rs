//! What the framework costs over the bare engine and store, for a sync that creates everything and for one that changes
//! nothing.
//!
//! `cargo bench -p trueup-jobs --bench sync_throughput -- [RECORDS] [--pairs N] [--memory] [--sync-only]` prints a line of JSON
//! for each of the two: medians over pairs of a sync and the bare work, one after the other. `cpu_of_bare` is the CPU time of
//! the sync over that of the bare work; `per_s` counts the whole run, from the loads to the verification.

#[path = "sync/mod.rs"]
mod sync;

/// As the program has it.
#[global_allocator]
static HEAP: trueup_heap::Heap = trueup_heap::Heap;

fn main() -> Result<(), sync::Failure> {
    sync::main()
}
