//! What the server says of itself: allowed methods, OPTIONS, the OpenAPI document; and of what was changed.

mod allow;
mod change_log;
mod content_types;
pub mod openapi;
mod options;
mod schema;
