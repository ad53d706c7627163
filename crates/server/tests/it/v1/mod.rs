//! The API of our own.

mod changes;
pub mod makers;
mod plans;
mod problems;
mod progress;
mod schedules;
mod status;
mod syncs;
