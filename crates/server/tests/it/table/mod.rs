//! Lists as CSV: how they are shown, how they are taken, and that one is the other's way back.

mod round_trip;
mod sent;
mod shown;
