//! The inventory as a source and target of jobs: kinds of content types, read by one query each and written in batches.

mod adapter;
mod forecast;
pub(crate) mod members;
mod writer;

pub use adapter::InventoryAdapter;

/// What the inventory is called as a connector, also where it is kept which target a sync has.
pub(crate) const CONNECTOR: &str = "inventory";
