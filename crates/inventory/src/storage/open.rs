//! Opening an inventory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::address::Address;
use super::database::{Database, Transaction};
use super::dialect::Dialect;
use super::migrations::{known_version, migrate, stored_version};
use super::reconcile::SchemaFault;
use super::sqlite::{BUSY_TIMEOUT, is_busy};
use super::{Args, Leftover, TypeNumbers, postgres};
use crate::error::InventoryError;
use crate::model::Registry;
use crate::query::ListCache;

/// While another program is making the same new file.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// An open inventory. Cheap to clone; clones share connections and counters.
#[derive(Debug, Clone)]
pub struct Inventory {
    pub(crate) database: Database,
    pub(crate) registry: Arc<Registry>,
    pub(crate) lists: Arc<ListCache>,
    pub(crate) leftovers: Arc<[Leftover]>,
    numbers: Arc<TypeNumbers>,
    place: Arc<str>,
}

impl Inventory {
    /// Opens the inventory in a file, given as a path or as `sqlite:PATH`, which is created when it is missing; or in a
    /// database of PostgreSQL, given as `postgres://user:password@host/name`, which must be there. The schema is brought
    /// up to date.
    ///
    /// # Errors
    /// The folder is missing or not writable, the file is no database, the server cannot be reached or lets nobody in,
    /// a newer program has been there, or records hold what their content type no longer allows.
    pub async fn open(url_or_path: &str) -> Result<Self, InventoryError> {
        Self::open_with(url_or_path, Registry::embedded()?).await
    }

    /// As [`open`](Self::open), with content types of the caller's choice.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub async fn open_with(url_or_path: &str, registry: Registry) -> Result<Self, InventoryError> {
        let address = Address::parse(url_or_path)?;
        let fault = |error| address.fault(error);
        let (database, mut transaction) = first(&address).await.map_err(fault)?;
        check_server(&address, &mut transaction).await?;
        transaction.lock_definitions().await.map_err(fault)?;
        let mut session = transaction.session();
        let found = stored_version(&mut session).await.map_err(fault)?;
        if found > known_version() {
            return Err(InventoryError::NewerSchema { place: address.to_string(), found, known: known_version() });
        }
        let now = Timestamp::now().as_microsecond();
        let schema = migrate(&mut session, &registry, found, now).await.map_err(|unfit| match unfit {
            SchemaFault::Database(error) => fault(error),
            SchemaFault::Misfits(misfits) => InventoryError::Misfits { place: address.to_string(), misfits },
        })?;
        transaction.commit().await.map_err(fault)?;
        let place = address.to_string().into();
        Ok(Self {
            database,
            registry: Arc::new(registry),
            lists: Arc::default(),
            leftovers: schema.leftovers.into(),
            numbers: Arc::new(schema.numbers),
            place,
        })
    }

    /// The database, for others that keep their tables in it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The numbers by which clients know content types.
    pub fn type_numbers(&self) -> &TypeNumbers {
        &self.numbers
    }

    /// Where it is, for people: the file, or the address of the database without its password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How many statements this inventory has run since it was opened.
    pub fn queries(&self) -> u64 {
        self.database.counter.statements()
    }

    /// The same inventory for one piece of work, whose statements and rows are counted apart.
    #[must_use]
    pub fn counting_apart(&self) -> Self {
        Self { database: self.database.counting_apart(), ..self.clone() }
    }

    /// Closes all connections; on SQLite, folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// The database and its first transaction. Of several programs that make a new file at once, each changes how the file
/// keeps its journal, and SQLite refuses that at once while another one is at it, whatever it has been told about waiting.
async fn first(address: &Address) -> Result<(Database, Transaction), sqlx::Error> {
    let patience = Instant::now() + BUSY_TIMEOUT;
    loop {
        let begun = async {
            let database = Database::new(address.connect().await?);
            let transaction = database.begin().await?;
            Ok((database, transaction))
        };
        match begun.await {
            Err(error) if is_busy(&error) && Instant::now() < patience => tokio::time::sleep(BETWEEN_TRIES).await,
            begun => return begun,
        }
    }
}

/// A server must be new enough, and its database must keep texts as UTF-8.
async fn check_server(address: &Address, transaction: &mut Transaction) -> Result<(), InventoryError> {
    if transaction.session().dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let sql = "SELECT current_setting('server_version_num')::bigint / 10000, current_setting('server_encoding')";
    let rows = transaction.rows(sql, Args::default()).await;
    let settings = rows.and_then(|rows| {
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok((row.some_int(0)?, row.some_text(1)?))
    });
    let (version, encoding) = settings.map_err(|error| address.fault(error))?;
    let place = address.to_string();
    if version < postgres::OLDEST {
        return Err(InventoryError::OldServer { place, found: version, oldest: postgres::OLDEST });
    }
    if encoding != "UTF8" {
        return Err(InventoryError::Encoding { place, found: encoding });
    }
    Ok(())
}
