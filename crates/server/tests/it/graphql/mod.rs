//! GraphQL over a small world.

mod answers;
mod custom_fields;
mod errors;
mod introspection;
mod levels;
mod saved;
mod world;
