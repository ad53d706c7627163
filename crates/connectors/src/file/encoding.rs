use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use super::Encoding;
use crate::Cause;

pub(crate) enum OpenError {
    Io(io::Error),
    Cause(Cause),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        OpenError::Io(error)
    }
}

const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Opens a file on its way to a parser, which gets UTF-8 without a byte order mark, whatever the file holds. Whether the
/// bytes are UTF-8 is for the parser to see, which knows where in the file it is. `count` grows by the bytes read.
pub(crate) fn open(path: &Path, encoding: Encoding, count: &Rc<Cell<u64>>) -> Result<Box<dyn Read>, OpenError> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    let mut start = [0; 3];
    let mut length = 0;
    while length < start.len() {
        match file.read(&mut start[length..])? {
            0 => break,
            count => length += count,
        }
    }
    if matches!(start[..length], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(OpenError::Cause(Cause::Utf16));
    }
    let marked = start[..length] == UTF8_MARK;
    file.seek(SeekFrom::Start(if marked { 3 } else { 0 }))?;
    let file = Counted { inner: file, count: Rc::clone(count) };
    Ok(match encoding {
        Encoding::Latin1 if !marked => Box::new(Latin1 { inner: io::BufReader::new(file), pending: None }),
        Encoding::Latin1 | Encoding::Utf8 => Box::new(file),
    })
}

struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// Turns ISO 8859-1 into UTF-8 on the way.
struct Latin1<R> {
    inner: R,
    /// The second byte of a character for which the caller's buffer had no room.
    pending: Option<u8>,
}

impl<R: io::BufRead> Read for Latin1<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        if let (Some(byte), Some(slot)) = (self.pending, out.first_mut()) {
            *slot = byte;
            self.pending = None;
            written = 1;
        }
        let available = self.inner.fill_buf()?;
        let mut used = 0;
        for byte in available {
            if written == out.len() || self.pending.is_some() {
                break;
            }
            used += 1;
            if byte.is_ascii() {
                out[written] = *byte;
                written += 1;
            } else {
                out[written] = 0xc0 | byte >> 6;
                written += 1;
                let second = 0x80 | byte & 0x3f;
                match out.get_mut(written) {
                    Some(slot) => {
                        *slot = second;
                        written += 1;
                    }
                    None => self.pending = Some(second),
                }
            }
        }
        self.inner.consume(used);
        Ok(written)
    }
}
