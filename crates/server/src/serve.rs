//! One server, from its address to its end.

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use trueup_jobs::run::Runner;

use crate::app::{App, MetricsAccess, Settings, metrics_router, router};
use crate::streams::Streams;

/// A server that has its address and has not begun to answer.
pub struct Bound {
    listener: TcpListener,
    router: Router,
    streams: Streams,
}

/// Takes an address, such as `127.0.0.1:8080`; port 0 takes any that is free.
///
/// # Errors
/// The address is none, or is taken.
pub async fn bind(app: App, address: &str) -> std::io::Result<Bound> {
    let listener = TcpListener::bind(address).await?;
    Ok(Bound { listener, streams: app.streams.clone(), router: router(app) })
}

/// The same, for `/metrics` and `/health` and nothing else.
///
/// # Errors
/// See [`bind`].
pub async fn bind_metrics(runner: Runner, address: &str, metrics: MetricsAccess) -> std::io::Result<Bound> {
    let listener = TcpListener::bind(address).await?;
    let app = App::new(runner, Settings { metrics, ..Settings::default() });
    Ok(Bound { listener, streams: app.streams.clone(), router: metrics_router(app) })
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
        let Self { listener, router, streams } = self;
        let stopped = async move {
            stop.await;
            streams.close();
        };
        axum::serve(listener, router).with_graceful_shutdown(stopped).await
    }
}
