//! Where the server is, and the way there.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};

/// The oldest server that will do.
pub(in crate::storage) const OLDEST: i64 = 15;

/// Connections of one process.
const MOST_CONNECTIONS: u32 = 16;
/// How long one waits for a connection: for one that is free, or for a server that is starting again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a writer waits for another one, as on SQLite.
const LOCK_TIMEOUT: &str = "30s";
/// How long a transaction may wait for its own program. What a program has locked that sleeps, or that can no longer be
/// reached, is then free again; no work of ours lets a transaction wait for seconds.
const SLEEP_TIMEOUT: &str = "15s";

/// Reads an address such as `postgres://user:password@host:5432/name`.
pub(in crate::storage) fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?
        .options([("lock_timeout", LOCK_TIMEOUT), ("idle_in_transaction_session_timeout", SLEEP_TIMEOUT)]);
    let options = if options.get_application_name().is_none() { options.application_name("trueup") } else { options };
    Ok(options.statement_cache_capacity(256))
}

/// Opens a pool. The first connection is made at once and by hand, because a pool would try again for long before it
/// told that there is no server.
pub(in crate::storage) async fn connect(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    options.connect().await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(MOST_CONNECTIONS).acquire_timeout(ACQUIRE_TIMEOUT);
    Ok(pool.connect_lazy_with(options))
}

/// The server, for people: `host:port`, or the folder of its socket.
pub(in crate::storage) fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// The name of the database.
pub(in crate::storage) fn database(options: &PgConnectOptions) -> &str {
    options.get_database().unwrap_or_else(|| options.get_username())
}

/// The address without the password.
pub(in crate::storage) fn place(options: &PgConnectOptions) -> String {
    format!("postgres://{}@{}/{}", options.get_username(), server(options), database(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        let options = options("postgres://me:secret@db.example:5433/inv?password=other").unwrap();
        assert_eq!(place(&options), "postgres://me@db.example:5433/inv");
    }
}
