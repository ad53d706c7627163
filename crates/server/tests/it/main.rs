//! The server over real databases.

mod graphql;
mod rest;
mod write;
