//! Tests of the connectors through their public face.

mod bad_input;
mod duplicates;
mod expressions;
mod formats;
mod mapping;
mod models;
mod passes;
mod records;
mod skip;
mod support;
