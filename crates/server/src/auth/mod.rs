//! Who asks, and what they may do.

mod caller;
mod scope;
mod token;

pub use caller::{Access, Caller, Right, TokenKind};
pub use scope::Scope;
pub use token::{Tokens, caller, hash, make_administrator};
