use std::io::Read;

use serde_json::value::RawValue;

use super::json_lines::as_row;
use super::{At, RowSink, RowsError, line_and_byte, read_text, without_position};
use crate::Cause;
use crate::file::node::Node;

/// The items of a list, or the one object.
pub(super) fn read(reader: impl Read, sink: &mut RowSink<'_>) -> Result<(), RowsError> {
    let text = read_text(reader)?;
    let syntax = |error: serde_json::Error| {
        let at = At { line: Some(error.line() as u64), column: Some(error.column() as u64), record: None };
        RowsError::File(at, Cause::Syntax(without_position(&error)))
    };
    let whole: &RawValue = serde_json::from_str(&text).map_err(syntax)?;
    let items: Vec<&RawValue> = match whole.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(&text).map_err(syntax)?,
        _ => vec![whole],
    };
    let (mut line, mut counted) = (1, 0);
    for (index, item) in items.into_iter().enumerate() {
        let offset = item.get().as_ptr() as usize - text.as_ptr() as usize;
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..offset]).count() as u64;
        counted = offset;
        let mut at = At { line: Some(line), column: None, record: Some(index as u64 + 1) };
        let row = serde_json::from_str::<Node>(item.get()).map_err(|error| {
            let (before, _) = line_and_byte(item.get().as_bytes(), 0);
            at.line = Some(line + error.line() as u64 - before);
            Cause::Syntax(without_position(&error))
        });
        let row = row.and_then(as_row);
        sink(at, row)?;
    }
    Ok(())
}
