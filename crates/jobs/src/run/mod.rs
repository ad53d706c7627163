//! A run: load, diff, plan, check, store, apply, verify; each phase measured, each told to whoever watches.
//!
//! Whoever runs a sync holds its lease. When it goes away, another program settles what it left and does the rest.
//!
//! The code of a job runs [apart], on a thread of its own: it may block, hang or panic, and that is the end of its own sync
//! and of nothing else. Whoever asked for the run [supervises](supervise) it from outside.

mod admit;
mod allowance;
mod apart;
mod apply;
mod approval;
mod asked;
mod batch;
mod checks;
mod ending;
mod heart;
mod kinds;
mod load;
mod meter;
mod objections;
mod orders;
mod patience;
mod phases;
mod prepare;
mod profile;
mod progress;
mod relay;
mod report;
mod resume;
mod runner;
mod said;
mod scheduled;
mod stale;
mod stored_target;
mod supervise;
mod tracker;
mod undo;
mod verify;

pub use admit::Queued;
pub use allowance::{Allowance, Request};
pub use approval::Approval;
pub(crate) use checks::Checks;
pub use progress::{Event, Phase, Watch};
pub use report::{KindCounts, SideReport, SyncCounts, SyncReport};
pub use runner::{Ended, RunMode, Runner};
