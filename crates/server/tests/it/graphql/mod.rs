//! GraphQL over a small world.

mod answers;
mod custom_fields;
mod errors;
mod introspection;
mod levels;
mod network;
mod relationships;
mod saved;
mod world;
