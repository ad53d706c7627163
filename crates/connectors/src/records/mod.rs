//! Files that hold records as such, made for `trueup diff` and the benchmarks: one JSON object a line,
//!
//! ```json
//! {"kind": "device", "parent": [["site", ["zrh"]]], "identifiers": {"name": "sw1"}, "attributes": {"role": "leaf"}}
//! ```
//!
//! `parent` is the path from the root, immediate parent last, `[]` or left out at the top; parents come before their
//! children. `attributes` may be left out. A file may hold a JSON list of such objects instead of lines.
//!
//! This is the way in for millions of records, so it makes no value per field: a line goes straight from the read
//! buffer into the bytes of a row. `scan` reads the usual line; whatever it does not know, `parse` reads with all
//! of JSON's rules, and all errors come from there.

mod feed;
mod load;
mod parse;
mod scan;

pub use load::load_records;
