//! The server over real databases.

mod graphql;
mod parts;
mod rest;
mod table;
mod write;
