//! The server over real databases.

mod graphql;
