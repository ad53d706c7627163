//! A run: load, diff, plan, check, store, apply, verify; each phase measured, each told to whoever watches.
//!
//! Whoever runs a sync holds its lease. When it goes away, another program settles what it left and does the rest.

mod apply;
mod asked;
mod caught;
mod heart;
mod kinds;
mod load;
mod meter;
mod phases;
mod prepare;
mod profile;
mod progress;
mod report;
mod resume;
mod runner;
mod said;
mod stale;
mod stored_target;
mod tracker;
mod undo;
mod verify;

pub use progress::{Event, Phase, Watch};
pub use report::{KindCounts, SideReport, SyncCounts, SyncReport};
pub use runner::{Ended, RunMode, Runner};
