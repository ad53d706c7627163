//! Values for the placeholders of one statement, whichever database it goes to.
//!
//! They are bound when the statement runs. A null has no type of its own; it takes that of the place where it stands.

use super::{Cell, RecordId};

/// Values for the placeholders `?` of one statement, in their order.
#[derive(Debug, Default)]
pub struct Args(Vec<Cell>);

impl Args {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// The same values and one more.
    #[must_use]
    pub fn with(mut self, value: impl Into<Bound>) -> Self {
        self.push(value);
        self
    }

    pub fn push(&mut self, value: impl Into<Bound>) {
        self.0.push(value.into().0);
    }

    pub(crate) fn cell(&mut self, cell: &Cell) {
        self.0.push(cell.clone());
    }

    pub fn id(&mut self, id: RecordId) {
        self.0.push(Cell::Id(id));
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.0.push(Cell::Text(text.into()));
    }

    pub(crate) fn int(&mut self, int: i64) {
        self.0.push(Cell::Int(int));
    }

    pub(super) fn into_cells(self) -> Vec<Cell> {
        self.0
    }
}

/// One value that a statement can take. PostgreSQL has no null character in a text; in its place stands the character for
/// what cannot be shown. Values of records are refused with one long before they come here.
#[derive(Debug)]
pub struct Bound(Cell);

impl From<i64> for Bound {
    fn from(int: i64) -> Self {
        Self(Cell::Int(int))
    }
}

impl From<u32> for Bound {
    fn from(int: u32) -> Self {
        Self(Cell::Int(int.into()))
    }
}

/// Stored as 0 or 1.
impl From<bool> for Bound {
    fn from(bool: bool) -> Self {
        Self(Cell::Int(bool.into()))
    }
}

impl From<f64> for Bound {
    fn from(float: f64) -> Self {
        Self(Cell::Real(float))
    }
}

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self(Cell::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }))
    }
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Bound {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Vec<u8>> for Bound {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cell::Bytes(bytes))
    }
}

impl From<RecordId> for Bound {
    fn from(id: RecordId) -> Self {
        Self(Cell::Id(id))
    }
}

impl<T: Into<Bound>> From<Option<T>> for Bound {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Cell::Null), Into::into)
    }
}
