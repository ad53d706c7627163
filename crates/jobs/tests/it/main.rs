//! Jobs against a real inventory in a folder of their own.

mod apply;
mod asked;
mod chains;
mod elsewhere;
mod history;
mod journal;
mod limits;
mod log;
mod pause;
mod recovery;
mod retry;
mod run;
mod scale;
mod schedules;
mod schema;
mod sides;
mod singleton;
mod snag;
mod stored_plans;
mod support;
mod undo_law;
mod variables;
