//! trueup keeps systems in agreement with a single source of truth.
//!
//! This is the crate that a user's own crate depends on. Its jobs get the whole program:
//!
//! ```no_run
//! # use trueup::prelude::*;
//! # struct VlanSource;
//! # impl DataSource for VlanSource {
//! #     fn meta(&self) -> JobMeta { JobMeta::new("vlan-source") }
//! #     fn load_source_adapter(&self, _: &JobContext) -> Result<Box<dyn Source>, JobError> {
//! #         Ok(Box::new(ModelSource::new("list", "here")))
//! #     }
//! # }
//! fn main() -> std::process::ExitCode {
//!     trueup::app().job(VlanSource).run()
//! }
//! ```
//!
//! How a job is written: `docs/guide/writing-a-job.md`. The `trueup` binary is the same program without jobs of its own; it
//! runs job files.

mod app;
mod arguments;
mod command;
mod exit;
mod output;
pub mod prelude;
pub mod testkit;

pub use app::{App, app};
pub use trueup_connectors as connectors;
pub use trueup_derive::Model;
pub use trueup_engine as engine;
pub use trueup_inventory as inventory;
pub use trueup_jobs as jobs;

/// Counts what it gives while a run is asked for its memory.
#[cfg(feature = "heap")]
#[global_allocator]
static HEAP: trueup_heap::Heap = trueup_heap::Heap;

/// The kinds of a job from its models, in the order of the diff.
///
/// ```
/// # use trueup::prelude::*;
/// #[derive(Model)]
/// #[model(content_type = "ipam.vlan", crate = "::trueup::engine")]
/// struct Vlan {
///     #[id]
///     vid: u16,
///     name: String,
/// }
///
/// let kinds: Result<Vec<Kind>, JobError> = trueup::kinds![Vlan];
/// assert_eq!(kinds?[0].name(), &"vlan");
/// # Ok::<(), JobError>(())
/// ```
#[macro_export]
macro_rules! kinds {
    ($($model:ty),+ $(,)?) => {
        [$(<$model as $crate::engine::Model>::kind()),+]
            .into_iter()
            .map(|kind| kind.map_err($crate::jobs::JobError::from))
            .collect::<Result<Vec<$crate::engine::Kind>, $crate::jobs::JobError>>()
    };
}

/// The code of the guide compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/scope.md")]
struct WhatAJobMayTouch;
