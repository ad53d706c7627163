use std::io::Read;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use minijinja::Value as Jinja;

use super::{At, RowSink, RowsError};
use crate::Cause;
use crate::file::table::{Header, TableRow};

/// The first line is the header; every other line is a map of texts.
pub(super) fn read(reader: impl Read, sink: &mut RowSink<'_>) -> Result<(), RowsError> {
    let watched = QuoteWatch { inner: reader, state: State::FieldStart, line: 1, opened: 1 };
    let mut csv = ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(64 << 10).from_reader(watched);
    let mut record = ByteRecord::new();
    let header = match next(&mut csv, &mut record)? {
        None => return Err(RowsError::File(At::default(), Cause::NoHeader)),
        Some(at) => {
            let names = text(&record).map_err(|cause| RowsError::File(at, cause))?;
            let header = Header::new(&names).map_err(|(name, first, second)| {
                RowsError::File(at, Cause::HeaderTwice { name: name.into(), first, second })
            })?;
            Arc::new(header)
        }
    };
    // A row is handed on when the next one is there, because only the end of the file tells whether the last is whole.
    let mut waiting = None;
    while let Some(at) = next(&mut csv, &mut record)? {
        let row = text(&record).and_then(|texts| match (texts.len(), header.len()) {
            (found, wanted) if found == wanted => {
                Ok(Jinja::from_object(TableRow { header: Arc::clone(&header), texts }))
            }
            (found, wanted) => Err(Cause::Columns { found, wanted }),
        });
        if let Some((at, row)) = waiting.replace((at, row)) {
            sink(at, row)?;
        }
    }
    if let Some(line) = csv.get_ref().open_quote() {
        return Err(RowsError::File(At::line(line), Cause::OpenQuote { line }));
    }
    if let Some((at, row)) = waiting {
        sink(at, row)?;
    }
    Ok(())
}

fn next(csv: &mut csv::Reader<impl Read>, record: &mut ByteRecord) -> Result<Option<At>, RowsError> {
    match csv.read_byte_record(record) {
        Ok(true) => Ok(Some(record.position().map(|position| At::line(position.line())).unwrap_or_default())),
        Ok(false) => Ok(None),
        Err(error) => {
            let at = error.position().map(|position| At::line(position.line())).unwrap_or_default();
            Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => RowsError::Io(error),
                other => RowsError::File(at, Cause::Syntax(format!("{other:?}"))),
            })
        }
    }
}

fn text(record: &ByteRecord) -> Result<StringRecord, Cause> {
    StringRecord::from_byte_record(record.clone())
        .map_err(|error| Cause::NotUtf8 { at: format!("column {} of the table", error.utf8_error().field() + 1) })
}

/// Sees whether a file ends inside a quoted field, which the parser forgives and which is how a file that was cut off
/// looks.
struct QuoteWatch<R> {
    inner: R,
    state: State,
    line: u64,
    /// Line of the last quotation mark that opened a field.
    opened: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// After a quotation mark in a quoted field: its end, or the first of two.
    QuoteInQuoted,
}

impl<R> QuoteWatch<R> {
    fn open_quote(&self) -> Option<u64> {
        (self.state == State::Quoted).then_some(self.opened)
    }

    fn watch(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.state = match (self.state, byte) {
                (State::FieldStart, b'"') => {
                    self.opened = self.line;
                    State::Quoted
                }
                (State::Quoted, b'"') => State::QuoteInQuoted,
                (State::QuoteInQuoted, b'"') | (State::Quoted, _) => State::Quoted,
                (_, b',' | b'\n' | b'\r') => State::FieldStart,
                _ => State::Plain,
            };
            self.line += u64::from(*byte == b'\n');
        }
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(out)?;
        self.watch(&out[..count]);
        Ok(count)
    }
}
