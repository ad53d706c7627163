//! One binary for all integration tests of the inventory.
mod delete;
mod errors;
mod every_other_type;
mod every_type;
mod open;
mod prefixes;
mod read;
mod registry;
mod rules;
mod support;
mod write;
