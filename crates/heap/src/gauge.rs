use std::fmt;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether anything is counted.
static COUNTING: AtomicBool = AtomicBool::new(false);
/// Whether [`Heap`](crate::Heap) was ever asked while something was counted: it is the program's allocator.
static ASKED: AtomicBool = AtomicBool::new(false);
/// Bytes taken and not given back since counting began. Below 0 when more was given back of what was taken before.
static HELD: AtomicIsize = AtomicIsize::new(0);
/// The most of [`HELD`] since [`LEDGER`] was last looked at.
static PEAK: AtomicIsize = AtomicIsize::new(0);
static LEDGER: Mutex<Ledger> = Mutex::new(Ledger { counts: 0, spans: Vec::new() });

/// Called for every block that is taken, given back or changed.
#[inline]
pub(crate) fn count(given_back: usize, taken: usize) {
    if COUNTING.load(Ordering::Relaxed) {
        count_now(given_back, taken);
    }
}

#[cold]
fn count_now(given_back: usize, taken: usize) {
    if !ASKED.load(Ordering::Relaxed) {
        ASKED.store(true, Ordering::Relaxed);
    }
    let change = taken as isize - given_back as isize;
    let held = HELD.fetch_add(change, Ordering::Relaxed) + change;
    // Most of the time it is no new peak, and then nothing is written.
    if held > PEAK.load(Ordering::Relaxed) {
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

/// Who wants to know.
struct Ledger {
    counts: usize,
    /// The peaks of the spans that are open; `None` for places that are free.
    spans: Vec<Option<isize>>,
}

impl Ledger {
    fn open() -> MutexGuard<'static, Self> {
        LEDGER.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Credits the peak since the last look to all spans that were open then, and gives what is held now.
    fn look(&mut self) -> isize {
        let held = HELD.load(Ordering::Relaxed);
        let peak = PEAK.swap(held, Ordering::Relaxed).max(held);
        for span in self.spans.iter_mut().flatten() {
            *span = peak.max(*span);
        }
        held
    }
}

/// The program has another allocator than [`Heap`](crate::Heap), so that nothing can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCounted;

impl fmt::Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this program has an allocator of its own, which does not count what it gives")
    }
}

impl std::error::Error for NotCounted {}

/// Keeps memory being counted, from the moment at which it was made until it and its clones and spans are gone.
#[derive(Debug, Clone)]
pub struct Gauge(Arc<Count>);

#[derive(Debug)]
struct Count {
    /// What was held when it began, by the count that may have been going on.
    from: isize,
}

impl Gauge {
    /// # Errors
    /// The program's allocator is another one.
    pub fn new() -> Result<Self, NotCounted> {
        let mut ledger = Ledger::open();
        ledger.counts += 1;
        COUNTING.store(true, Ordering::Relaxed);
        let from = ledger.look();
        drop(ledger);
        let gauge = Self(Arc::new(Count { from }));
        drop(black_box(Box::new(0_u64)));
        if ASKED.load(Ordering::Relaxed) { Ok(gauge) } else { Err(NotCounted) }
    }

    /// Begins to watch for the most that is held.
    pub fn span(&self) -> Span {
        let mut ledger = Ledger::open();
        // Before there is a place for it: what was held before is not its own.
        let held = ledger.look();
        let free = ledger.spans.iter().position(Option::is_none);
        let place = free.unwrap_or(ledger.spans.len());
        if place == ledger.spans.len() {
            ledger.spans.push(None);
        }
        ledger.spans[place] = Some(held);
        Span { place, gauge: self.clone() }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        let mut ledger = Ledger::open();
        ledger.counts -= 1;
        if ledger.counts == 0 {
            COUNTING.store(false, Ordering::Relaxed);
            HELD.store(0, Ordering::Relaxed);
            PEAK.store(0, Ordering::Relaxed);
        }
    }
}

/// A part of the work that is watched.
#[derive(Debug)]
pub struct Span {
    place: usize,
    gauge: Gauge,
}

/// What a part of the work held, in bytes, beyond what was held when its gauge was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// At its end.
    pub held: u64,
    /// The most at any moment of it.
    pub peak: u64,
}

impl Span {
    pub fn end(self) -> Usage {
        let mut ledger = Ledger::open();
        let held = ledger.look();
        let peak = ledger.spans[self.place].unwrap_or(held);
        let from = self.gauge.0.from;
        let bytes = |count: isize| u64::try_from(count - from).unwrap_or(0);
        Usage { held: bytes(held), peak: bytes(peak) }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        Ledger::open().spans[self.place] = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests of this file have the system's allocator.
    #[test]
    fn another_allocator_is_found_out() {
        assert_eq!(Gauge::new().map(drop), Err(NotCounted));
        assert!(!COUNTING.load(Ordering::Relaxed), "nobody wants to know any more");
    }
}
