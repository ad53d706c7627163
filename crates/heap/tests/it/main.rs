//! Counting in a program that has the allocator. The counters are of the process, so all is one test.

use std::hint::black_box;

use trueup_heap::{Gauge, Heap};

#[global_allocator]
static HEAP: Heap = Heap;

const MIB: u64 = 1 << 20;
/// What the test harness may do meanwhile.
const NOISE: u64 = MIB / 4;

fn block(mib: usize) -> Vec<u8> {
    black_box(vec![1; mib << 20])
}

#[test]
fn what_is_held_and_the_most_of_it_are_told_for_each_span() {
    let early = block(16);
    let gauge = Gauge::new().unwrap();
    let whole = gauge.span();

    let first = gauge.span();
    let mut kept = block(3);
    drop(block(5));
    let first = first.end();
    assert!(first.held.abs_diff(3 * MIB) < NOISE && first.peak.abs_diff(8 * MIB) < NOISE, "{first:?}");

    // A span begins with what is held: the peak before it is none of its own.
    let second = gauge.span();
    kept.resize(4 << 20, 1);
    kept.shrink_to_fit();
    let inner = gauge.span();
    let zeroed = black_box(vec![0_u8; 2 << 20]);
    let inner = inner.end();
    drop(zeroed);
    let second = second.end();
    assert!(inner.held.abs_diff(6 * MIB) < NOISE && inner.peak.abs_diff(6 * MIB) < NOISE, "{inner:?}");
    assert!(second.held.abs_diff(4 * MIB) < NOISE && second.peak < 8 * MIB, "{second:?}");

    // Another gauge counts from its own beginning, on any thread.
    let later = Gauge::new().unwrap();
    let span = later.span();
    let made = std::thread::spawn(|| block(1)).join().unwrap();
    let span = span.end();
    assert!(span.held.abs_diff(MIB) < NOISE && span.peak.abs_diff(MIB) < NOISE, "{span:?}");

    // Nobody has less than nothing, whatever is given back that was taken before.
    drop((early, made, kept));
    let whole = whole.end();
    assert!(whole.held == 0 && whole.peak.abs_diff(8 * MIB) < NOISE, "{whole:?}");
}
