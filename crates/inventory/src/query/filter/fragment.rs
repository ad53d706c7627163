//! Pieces of SQL with the values of their placeholders.
//!
//! Nothing that a user wrote is ever part of the text: names of tables and columns come from the content types, and
//! everything else is a placeholder.

use crate::storage::{Args, Cell};

/// A condition, or a set of ids, and the values for its placeholders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fragment {
    pub sql: String,
    pub cells: Vec<Cell>,
}

impl Fragment {
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), cells: Vec::new() }
    }

    /// With the value of the next placeholder.
    #[must_use]
    pub fn bind(mut self, cell: Cell) -> Self {
        self.cells.push(cell);
        self
    }

    /// A condition that every row meets.
    pub fn always() -> Self {
        Self::new("TRUE")
    }

    /// A condition that no row meets.
    pub fn never() -> Self {
        Self::new("FALSE")
    }

    /// `expression = ?`, or `expression IN (?, ?)`.
    #[must_use]
    pub fn equals(self, mut cells: Vec<Cell>) -> Self {
        match cells.len() {
            0 => Self::never(),
            1 => Self { sql: format!("{} = ?", self.sql), cells: self.cells }.bind(cells.remove(0)),
            _ => self.then(" IN ", Self::list(cells)),
        }
    }

    /// `(?, ?, ?)`.
    pub fn list(cells: Vec<Cell>) -> Self {
        Self { sql: format!("({})", vec!["?"; cells.len()].join(", ")), cells }
    }

    /// The fragment between two texts.
    #[must_use]
    pub fn within(self, before: &str, after: &str) -> Self {
        Self { sql: format!("{before}{}{after}", self.sql), cells: self.cells }
    }

    /// Several fragments one after the other.
    #[must_use]
    pub fn then(mut self, between: &str, other: Self) -> Self {
        self.sql.push_str(between);
        self.sql.push_str(&other.sql);
        self.cells.extend(other.cells);
        self
    }

    /// Whether one of the conditions is met.
    pub fn any(conditions: Vec<Self>) -> Self {
        Self::joined(conditions, " OR ").unwrap_or_else(Self::never)
    }

    /// Whether all conditions are met.
    pub fn all(conditions: Vec<Self>) -> Self {
        Self::joined(conditions, " AND ").unwrap_or_else(Self::always)
    }

    /// Joined as a balanced tree: a chain of a thousand is deeper than SQLite allows an expression to be.
    fn joined(mut conditions: Vec<Self>, word: &str) -> Option<Self> {
        match conditions.len() {
            0 | 1 => conditions.pop(),
            count => {
                let rest = conditions.split_off(count / 2);
                let (left, right) = (Self::joined(conditions, word)?, Self::joined(rest, word)?);
                Some(left.then(word, right).within("(", ")"))
            }
        }
    }

    /// The opposite. A condition that is neither true nor false, because something is null, is not met; so its opposite
    /// is.
    #[must_use]
    pub fn not(self) -> Self {
        self.within("((", ") IS NOT TRUE)")
    }

    pub fn args(&self) -> Args {
        let mut args = Args::with_capacity(self.cells.len());
        self.cells.iter().for_each(|cell| args.cell(cell));
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_conditions_are_a_shallow_tree() {
        let many = Fragment::any((0..4096).map(|number| Fragment::new("a = ?").bind(Cell::Int(number))).collect());
        let mut depth = 0_i64;
        let deepest = many.sql.chars().map(|letter| {
            depth += i64::from(letter == '(') - i64::from(letter == ')');
            depth
        });
        assert_eq!(deepest.max(), Some(12));
        let in_order: Vec<Cell> = (0..4096).map(Cell::Int).collect();
        assert_eq!(many.cells, in_order);
    }

    #[test]
    fn nothing_is_never_and_everything_always() {
        assert_eq!(Fragment::any(Vec::new()), Fragment::never());
        assert_eq!(Fragment::all(Vec::new()), Fragment::always());
        assert_eq!(Fragment::new("a").equals(Vec::new()), Fragment::never());
    }
}
