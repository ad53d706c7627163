//! Jobs against a real inventory in a folder of their own.

mod apply;
mod asked;
mod chains;
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
