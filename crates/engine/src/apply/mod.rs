//! Apply: a plan carried out, as a pure state machine.
//!
//! [`Apply`] hands out steps that are ready and takes their outcomes; it never performs one. Whoever drives it may work
//! on steps one by one or in batches, record every [`Event`], and after a crash bring a new machine to the same state by
//! replaying them. [`run`] is the driver for targets in memory and in the same thread.

mod expected;
mod machine;
mod memory;
mod outcome;
mod ready;
mod rebase;
mod report;
mod run;

pub use expected::{ReadBack, missed, read_back, unexpected, unexpected_besides};
pub use machine::{Apply, Event, ReplayError};
pub use memory::{AcceptAll, Hook, MemoryTarget, RecordHooks};
pub use outcome::{Fault, Object, Outcome};
pub use rebase::rebased;
pub use report::{KindReport, Report};
pub use run::{StepTarget, run};
