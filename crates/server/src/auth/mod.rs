//! Who asks, and what they may do.

mod caller;

pub use caller::{Access, Caller, Right, TokenKind};
