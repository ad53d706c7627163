//! The API of our own.

mod changes;
mod problems;
mod status;
