//! The server over real databases.

mod config_contexts;
mod graphql;
mod parts;
mod rest;
mod write;
