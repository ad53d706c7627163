//! Lists as CSV: how they are shown.

mod shown;
