//! GraphQL over a small world.

mod answers;
mod errors;
mod introspection;
mod levels;
mod saved;
mod world;
