//! Writing over REST: tables of bodies and what the server says to them, over the real router and a real database.

mod bulk;
mod concurrent;
mod custom_fields;
mod errors;
mod metadata;
mod objects;
mod references;
mod relationships;
mod rights;
pub mod samples;
mod versions;
pub mod world;
