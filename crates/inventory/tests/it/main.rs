//! One binary for all integration tests of the inventory.
mod contract;
mod delete;
mod errors;
mod every_other_type;
mod every_type;
mod fields;
mod migrations;
mod open;
mod own_models;
mod prefixes;
mod read;
mod registry;
mod rules;
mod support;
mod write;
