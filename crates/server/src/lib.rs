//! The inventory over HTTP.
//!
//! - [`app`]: the router with its limits, and what all handlers share.
//! - `rest`: lists, objects and everything below `/api/` that Nautobot's clients ask for, made from content types.
//! - `graphql`: one schema made from the same content types.
//! - `v1`: what Nautobot has nothing for, below `/api/v1/`.
//! - `auth`: tokens, and what a user may do with which records.
//! - [`metrics`]: what there is to be watched, for Prometheus; `streams`: answers that stay open.
//! - `template`: templates of users, in a sandbox.
//! - `error`: the one mapping from what went wrong to status and body.
//!
//! What is not here: tables, validation, rules. They are the inventory's; this crate turns requests into its selections
//! and changes, and its answers into JSON.

mod app;
pub mod auth;
pub mod error;
pub mod graphql;
pub mod metrics;
mod observe;
mod outside;
pub mod rest;

mod serve;
mod streams;
mod template;
pub mod v1;
mod words;

pub use app::{App, MetricsAccess, Settings, router};
pub use serve::{Bound, bind, bind_metrics};
