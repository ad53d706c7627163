//! POST, PUT, PATCH and DELETE on lists and objects.
//!
//! - [`body`]: the body as JSON; [`json_fault`] says what is wrong with one that is none.
//! - [`item`]: one object as a change, from [`scalar`] values and every form of [`reference`].
//! - [`create`](mod@create), [`update`](mod@update), [`delete`](mod@delete), [`note`](mod@note): the requests.
//! - [`commit`]: one request is one batch that stands or falls as one, within what the caller may do.
//! - [`precondition`]: versions that a client demands.
//! - [`errors`]: why something was not written, in the words of the contract.
//! - [`show`]: what was written.
//!
//! No request costs a query per object.

pub mod body;
mod commit;
mod create;
mod delete;
mod errors;
mod item;
mod json_fault;
mod note;
pub mod precondition;
mod reference;
mod scalar;
mod show;
mod update;

use trueup_inventory::RecordId;

pub use create::create;
pub use delete::delete;
pub use note::note;
pub use update::update;

/// What a change is about: everything that the body names, or one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    List,
    Object(RecordId),
}
