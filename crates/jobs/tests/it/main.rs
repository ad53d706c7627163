//! Jobs against a real inventory in a folder of their own.

mod apply;
mod asked;
mod chains;
mod costs;
mod history;
mod journal;
mod recovery;
mod run;
mod scale;
mod schema;
mod sides;
mod stored_plans;
mod support;
mod undo_law;
mod variables;

/// As the program has it, so that memory can be measured.
#[global_allocator]
static HEAP: trueup_heap::Heap = trueup_heap::Heap;
