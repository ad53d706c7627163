//! The one file of the project with `unsafe`: the contract of [`GlobalAlloc`] is passed on to mimalloc as it came.

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;

use crate::gauge::count;

/// mimalloc, counting while a [`Gauge`](crate::Gauge) is there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heap;

#[expect(unsafe_code, reason = "an allocator is an unsafe trait")]
// SAFETY: every call goes to mimalloc with what it was given, and its answer goes back as it is. Counting allocates nothing,
// takes no lock and cannot panic.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        let block = unsafe { MiMalloc.alloc(layout) };
        if !block.is_null() {
            count(0, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        let block = unsafe { MiMalloc.alloc_zeroed(layout) };
        if !block.is_null() {
            count(0, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        let moved = unsafe { MiMalloc.realloc(block, layout, size) };
        if !moved.is_null() {
            count(layout.size(), size);
        }
        moved
    }
}
