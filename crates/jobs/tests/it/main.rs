//! Jobs against a real inventory in a folder of their own.

mod apply;
mod asked;
mod cascade;
mod chains;
mod costs;
mod duplicates;
mod elsewhere;
mod history;
mod hooks;
mod journal;
mod limits;
mod log;
mod office;
mod partial;
mod pause;
mod recovery;
mod retry;
mod rights;
mod run;
mod scale;
mod schedules;
mod schema;
mod scope;
mod sides;
mod singleton;
mod snag;
mod stored_plans;
mod support;
mod undo_cascade;
mod undo_cascade_law;
mod undo_law;
mod variables;

/// As the program has it, so that memory can be measured.
#[global_allocator]
static HEAP: trueup_heap::Heap = trueup_heap::Heap;
