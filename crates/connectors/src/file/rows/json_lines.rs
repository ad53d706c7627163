use std::io::Read;

use super::{At, RowSink, RowsError, without_position};
use crate::Cause;
use crate::file::lines::{LineError, Lines};
use crate::file::node::Node;

/// One row a line; blank lines are none.
pub(super) fn read(reader: impl Read, sink: &mut RowSink<'_>) -> Result<(), RowsError> {
    let mut lines = Lines::new(reader);
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(()),
            Err(LineError::Io(error)) => return Err(error.into()),
            Err(LineError::TooLong(line)) => return Err(RowsError::File(At::line(line), LineError::too_long())),
        };
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        let mut at = At::line(line.number);
        let row = std::str::from_utf8(line.bytes)
            .map_err(|error| Cause::NotUtf8 { at: format!("byte {} of the line", error.valid_up_to() + 1) })
            .and_then(|text| {
                serde_json::from_str::<Node>(text).map_err(|error| {
                    at.column = (error.column() > 0).then_some(error.column() as u64);
                    Cause::Syntax(without_position(&error))
                })
            })
            .and_then(as_row);
        sink(at, row)?;
    }
}

/// A row must be a mapping: expressions ask for its fields.
pub(super) fn as_row(node: Node) -> Result<minijinja::Value, Cause> {
    match node {
        Node::Map(_) => Ok(node.to_jinja()),
        other => Err(Cause::Shape { expected: "a mapping of fields", found: other.type_name() }),
    }
}
