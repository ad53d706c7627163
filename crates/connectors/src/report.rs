use std::fmt;
use std::sync::Arc;

use trueup_engine::{Key, KindName};

use crate::Origins;

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct LoadReport {
    /// Files read to their end; 0 for systems that have none.
    pub files: u64,
    /// Rows read, whether or not records came of them.
    pub rows: u64,
    /// Records added to the snapshot.
    pub records: u64,
    /// Rows that a mapping's `when` left out, counted once for each mapping entry.
    pub left_out: u64,
    /// Records that were there already, and that the mapping says may be repeated.
    pub repeated: u64,
    /// Queries or requests sent; 0 for files.
    pub queries: u64,
    /// Everything that could not become a record, by name.
    pub rejected: Vec<Rejected>,
    /// Where the records came from, as far as the source has places.
    pub origins: Origins,
}

/// Something that was there but could not become a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    pub place: Place,
    /// The kinds of the records that it would have become: one, or several when a row or file could not be read at all.
    pub kinds: Vec<KindName>,
    /// The record's key, when at least that could be made out.
    pub key: Option<Key>,
    /// Why, as one line for people.
    pub cause: String,
}

/// Where in a source something stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file, relative to the source's folder.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: Option<u64>,
    /// Counted from 1, in bytes.
    pub column: Option<u64>,
    /// Number of the row in the file, counted from 1, for formats in which rows are not lines.
    pub record: Option<u64>,
    /// Number of the item that an `each` made of the row, counted from 1.
    pub item: Option<u64>,
}

impl Place {
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        let parts = [("line", self.line), ("column", self.column), ("record", self.record), ("item", self.item)];
        for (name, number) in parts {
            if let Some(number) = number {
                write!(f, ", {name} {number}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        for (index, kind) in self.kinds.iter().enumerate() {
            write!(f, "{}{kind}", if index > 0 { ", " } else { "" })?;
        }
        if let Some(key) = &self.key {
            write!(f, " {key}")?;
        }
        write!(f, ": {}", self.cause)
    }
}
