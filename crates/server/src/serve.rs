//! One server, from its address to its end.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::app::{App, router};

/// A server that has its address and has not begun to answer.
pub struct Bound {
    listener: TcpListener,
    app: App,
}

/// Takes an address, such as `127.0.0.1:8080`; port 0 takes any that is free.
///
/// # Errors
/// The address is none, or is taken.
pub async fn bind(app: App, address: &str) -> std::io::Result<Bound> {
    Ok(Bound { listener: TcpListener::bind(address).await?, app })
}

impl Bound {
    /// Where the server listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is ready, and then until the requests that run are answered.
    ///
    /// # Errors
    /// The system took the address away.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        axum::serve(self.listener, router(self.app)).with_graceful_shutdown(stop).await
    }
}
