//! Jobs against a real inventory in a folder of their own.

mod apply;
mod asked;
mod cascade;
mod chains;
mod history;
mod journal;
mod log;
mod office;
mod partial;
mod recovery;
mod rights;
mod run;
mod scale;
mod schema;
mod scope;
mod sides;
mod stored_plans;
mod support;
mod undo_cascade;
mod undo_cascade_law;
mod undo_law;
mod variables;
