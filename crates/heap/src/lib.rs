//! The memory that the program holds, counted where it is allocated.
//!
//! [`Heap`] is mimalloc, and counts for as long as somebody has a [`Gauge`]; else an allocation costs one more look at a flag.
//! A program has it as its allocator by `#[global_allocator] static HEAP: Heap = Heap;`.
//!
//! Invariants: what is counted is what the whole process holds, whichever thread asked for it and for whatever work; figures
//! are told from the moment at which a gauge was made; of several gauges and [`Span`]s at once each has its own figures.
//!
//! What is not here: memory that C code takes by itself, such as SQLite's, stacks, and files that are mapped.

mod allocator;
mod gauge;

pub use allocator::Heap;
pub use gauge::{Gauge, NotCounted, Span, Usage};
