//! The API of our own.

mod changes;
mod makers;
mod plans;
mod problems;
mod schedules;
mod status;
mod syncs;
