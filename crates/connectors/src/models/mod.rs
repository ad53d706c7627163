//! Adapters made of typed records: for systems that a crate of one's own knows how to read and write.
//!
//! A [`ModelSource`] loads structs with `#[derive(Model)]` from iterators or streams. A [`ModelTarget`] is such a source
//! with hooks that write, one record ([`ModelHooks`]) or one batch ([`BatchHooks`]) at a time.
//!
//! Invariants: a record that cannot be taken is named and does not let its absence look like proof that it is gone; hooks
//! are only reached through the writer of the target, which nobody asks for while a plan is made.

mod bad_record;
mod change;
mod hooks;
mod loading;
mod source;
mod target;

pub use bad_record::BadRecord;
pub use change::ModelChange;
pub use hooks::{BatchHooks, ModelHooks};
pub use source::ModelSource;
pub use target::ModelTarget;

/// What goes wrong in code that is not ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
