use std::io::{self, Read};

use crate::Cause;

/// Splits a reader into lines through one buffer that is used again and again. It grows only for a line that does not
/// fit, by doubling, and no byte is searched twice.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Bytes from `start` to `end` have been read and not yet handed out.
    start: usize,
    end: usize,
    number: u64,
    consumed: u64,
    at_end: bool,
}

/// One line, without its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'b> {
    pub(crate) bytes: &'b [u8],
    /// Counted from 1.
    pub(crate) number: u64,
}

const BLOCK: usize = 256 << 10;
/// Memory for one line; a longer one is a mistake.
pub(crate) const LONGEST_LINE: usize = 1 << 30;

#[derive(Debug)]
pub(crate) enum LineError {
    Io(io::Error),
    /// The line of this number is longer than [`LONGEST_LINE`].
    TooLong(u64),
}

impl LineError {
    pub(crate) fn too_long() -> Cause {
        Cause::LineTooLong { limit: LONGEST_LINE }
    }
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; BLOCK], start: 0, end: 0, number: 0, consumed: 0, at_end: false }
    }

    /// Bytes handed out so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The next line. An empty last line is none; a last line without an end is one.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, LineError> {
        let mut searched = self.start;
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let from = self.start;
                self.start = searched + found + 1;
                return Ok(Some(self.hand_out(from, searched + found)));
            }
            if self.at_end {
                let (from, to) = (self.start, self.end);
                self.start = self.end;
                return Ok((from < to).then(|| self.hand_out(from, to)));
            }
            searched = self.end - self.start;
            self.read_more()?;
        }
    }

    fn hand_out(&mut self, from: usize, to: usize) -> Line<'_> {
        self.number += 1;
        self.consumed += (self.start - from) as u64;
        let bytes = &self.buffer[from..to];
        Line { bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), number: self.number }
    }

    /// Moves what is left to the front and fills the buffer behind it.
    fn read_more(&mut self) -> Result<(), LineError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            if self.end >= LONGEST_LINE {
                return Err(LineError::TooLong(self.number + 1));
            }
            self.buffer.resize(self.end * 2, 0);
        }
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LineError::Io(error)),
            }
        }
        Ok(())
    }
}
