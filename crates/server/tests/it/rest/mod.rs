//! What the server says of itself: allowed methods, OPTIONS, the OpenAPI document.

mod allow;
mod content_types;
pub mod openapi;
mod options;
mod schema;
