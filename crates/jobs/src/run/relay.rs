//! The way of events from the thread of a run to whoever watches it.

use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Event;

/// An event. Whoever told it waits until this is dropped.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    _waits: SyncSender<()>,
}

/// Tells events, and returns when they were heard: what is told is told before what comes after it is done.
#[derive(Debug, Clone)]
pub(super) struct Teller(UnboundedSender<Told>);

impl Teller {
    pub(super) fn new() -> (Self, UnboundedReceiver<Told>) {
        let (tell, told) = unbounded_channel();
        (Self(tell), told)
    }

    /// Blocks the thread for as long as it takes to be heard; not at all when nobody listens any more.
    pub(super) fn tell(&self, event: Event) {
        let (waits, heard) = sync_channel(0);
        if self.0.send(Told { event, _waits: waits }).is_ok() {
            // Nothing ever comes; what counts is that the other end is dropped.
            let _heard = heard.recv();
        }
    }
}
