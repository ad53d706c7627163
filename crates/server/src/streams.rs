//! Answers that stay open: how many there may be, and that they end with the server.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The streams of a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams {
    places: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

/// The right to keep one stream open; dropped with it.
#[derive(Debug)]
pub struct Place {
    closing: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Streams {
    pub fn new(most: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), closing: watch::Sender::new(false) }
    }

    /// `None` when as many are open as there may be.
    pub fn enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { closing: self.closing.subscribe(), _permit: permit })
    }

    /// The server is about to end, and waits for all answers to be done.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

impl Place {
    /// Comes back when the server is about to end.
    pub async fn closing(&mut self) {
        // An error says that there is no server any more.
        let _closed = self.closing.wait_for(|closing| *closing).await;
    }
}
