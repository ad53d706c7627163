//! trueup keeps systems in agreement with a single source of truth.
//!
//! This is the crate that a user's own crate depends on: the engine, the connectors' traits, the inventory and jobs
//! under one name. The `trueup` binary is beside it.

pub use trueup_connectors as connectors;
pub use trueup_derive::Model;
pub use trueup_engine as engine;
pub use trueup_inventory as inventory;
pub use trueup_jobs as jobs;
