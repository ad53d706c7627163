//! The server over real databases.

mod graphql;
mod parts;
mod write;
