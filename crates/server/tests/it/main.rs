//! The server over real databases.

mod graphql;
mod parts;
mod rest;
mod v1;
mod write;
