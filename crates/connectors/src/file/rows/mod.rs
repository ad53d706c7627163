//! Reading the rows of a file, one after the other.

mod csv;
mod json;
mod json_lines;
mod yaml;

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use minijinja::Value as Jinja;

use super::encoding::{OpenError, open};
use super::select::SelectedFile;
use super::{Encoding, Format};
use crate::{Cause, ConnectorError};

/// Where in its file a row stands; all counted from 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct At {
    pub(super) line: Option<u64>,
    pub(super) column: Option<u64>,
    /// Number of the row, for formats in which rows are not lines.
    pub(super) record: Option<u64>,
}

impl At {
    fn line(line: u64) -> Self {
        Self { line: Some(line), ..Self::default() }
    }
}

/// Takes the rows of a file as they are read: each a value for expressions, or why this one could not be read. An
/// error ends the reading.
pub(super) type RowSink<'s> = dyn FnMut(At, Result<Jinja, Cause>) -> Result<(), ConnectorError> + 's;

/// Why the rows of a file did not come to their end.
pub(super) enum RowsError {
    Io(io::Error),
    /// The file as a whole is broken, from here on at least.
    File(At, Cause),
    /// The sink has had enough.
    Sink(ConnectorError),
}

impl From<io::Error> for RowsError {
    fn from(error: io::Error) -> Self {
        RowsError::Io(error)
    }
}

impl From<ConnectorError> for RowsError {
    fn from(error: ConnectorError) -> Self {
        RowsError::Sink(error)
    }
}

/// Reads the rows of a file in order. `count` grows by the bytes read.
pub(super) fn read(
    file: &SelectedFile,
    encoding: Encoding,
    count: &Rc<Cell<u64>>,
    sink: &mut RowSink<'_>,
) -> Result<(), RowsError> {
    let reader = open(&file.path, encoding, count).map_err(|error| match error {
        OpenError::Io(error) => RowsError::Io(error),
        OpenError::Cause(cause) => RowsError::File(At::default(), cause),
    })?;
    match file.format {
        Format::Csv => csv::read(reader, sink),
        Format::Json => json::read(reader, sink),
        Format::JsonLines => json_lines::read(reader, sink),
        Format::Yaml => yaml::read(reader, sink),
    }
}

/// The whole of a file, for formats that cannot be read piece by piece.
fn read_text(mut reader: impl Read) -> Result<String, RowsError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let (line, byte) = line_and_byte(error.as_bytes(), offset);
        RowsError::File(At::line(line), Cause::NotUtf8 { at: format!("byte {byte} of the line") })
    })
}

/// Line and byte in the line, both from 1, of an offset into a text.
pub(crate) fn line_and_byte(bytes: &[u8], offset: usize) -> (u64, usize) {
    let before = &bytes[..offset];
    let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
    let begin = memchr::memrchr(b'\n', before).map_or(0, |found| found + 1);
    (line, offset - begin + 1)
}

/// What serde_json says, without the position that it counts within the text it was given.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(cut) => text[..cut].to_owned(),
        None => text,
    }
}
