//! The server over real databases.

mod computed_fields;
mod config_contexts;
mod graphql;
mod jobs;
mod metrics;
mod parts;
mod rest;
mod table;
mod v1;
mod write;
