//! A database of its own for each test: a file, or a database on a server of PostgreSQL.
//!
//! `TRUEUP_TEST_DATABASE` says which: `sqlite`, as when it is not set, or `postgres`, and then `TRUEUP_TEST_POSTGRES` is
//! the address of a server where databases may be made. `scripts/with-postgres` sets both. A database is copied from a
//! template that holds the schema and the seed, which the first test makes; the template stays on the server.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;

use crate::model::Registry;
use crate::storage::{Args, Database, Dialect, Inventory, create_statements};

/// A database that is there until this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { _folder: TempDir },
    Server { server: String, name: String },
}

/// Held while the template is looked for and made.
const TEMPLATE_LOCK: i64 = 3_405_691_582;

impl TestDatabase {
    /// Which database the tests run on.
    ///
    /// # Panics
    /// `TRUEUP_TEST_DATABASE` names none.
    pub fn dialect() -> Dialect {
        match std::env::var("TRUEUP_TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Dialect::Sqlite,
            Ok("postgres") => Dialect::Postgres,
            Ok(other) => panic!("TRUEUP_TEST_DATABASE is `{other}`; say `sqlite` or `postgres`"),
        }
    }

    /// One for the content types of the program.
    pub async fn new() -> Self {
        match Self::dialect() {
            Dialect::Sqlite => Self::in_file(),
            Dialect::Postgres => {
                let server = server();
                let template = template(&server).await;
                Self::on_server(server, &format!(" TEMPLATE {template} STRATEGY FILE_COPY")).await
            }
        }
    }

    /// One that holds nothing, for content types of the test's choice.
    pub async fn empty() -> Self {
        match Self::dialect() {
            Dialect::Sqlite => Self::in_file(),
            Dialect::Postgres => Self::on_server(server(), "").await,
        }
    }

    /// A file, whatever the tests run on.
    ///
    /// # Panics
    /// No folder can be made for it.
    pub fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the file");
        let url = folder.path().join("inventory.db").display().to_string();
        Self { url, place: Place::File { _folder: folder } }
    }

    async fn on_server(server: String, how: &str) -> Self {
        let name = format!("trueup_test_{}", uuid::Uuid::new_v4().simple());
        on(&server, &format!("CREATE DATABASE {name}{how}")).await;
        Self { url: named(&server, &name), place: Place::Server { server, name } }
    }

    /// As `trueup --database` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements with `;` between them on a server, as a dump holds them.
    ///
    /// # Panics
    /// It is a file, or one of them fails.
    pub async fn script(&self, sql: &str) {
        assert!(matches!(self.place, Place::Server { .. }), "a script is for a server");
        on(&self.url, sql).await;
    }

    /// The inventory in it. Several times: several programs.
    ///
    /// # Panics
    /// It cannot be opened.
    pub async fn open(&self) -> Inventory {
        Inventory::open(&self.url).await.unwrap_or_else(|error| panic!("{}: {error}: {error:?}", self.url))
    }

    /// As [`open`](Self::open), with content types of the test's choice.
    ///
    /// # Panics
    /// It cannot be opened.
    pub async fn open_with(&self, registry: Registry) -> Inventory {
        let inventory = Inventory::open_with(&self.url, registry).await;
        inventory.unwrap_or_else(|error| panic!("{}: {error}: {error:?}", self.url))
    }
}

/// A trigger that meddles with what is inserted into a table.
#[derive(Debug, Clone, Copy)]
pub struct Trigger {
    pub name: &'static str,
    /// `BEFORE` or `AFTER`.
    pub when: &'static str,
    pub table: &'static str,
    /// A condition on `NEW`.
    pub condition: &'static str,
    /// One statement. One that cannot work breaks the insert.
    pub action: &'static str,
}

impl Trigger {
    /// Makes it.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn make(self, database: &Database) {
        let Self { name, when, table, condition, action } = self;
        let statements = match database.dialect() {
            Dialect::Sqlite => {
                vec![format!("CREATE TRIGGER {name} {when} INSERT ON {table} WHEN {condition} BEGIN {action}; END")]
            }
            Dialect::Postgres => vec![
                format!(
                    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
                     $body$ BEGIN {action}; RETURN NEW; END $body$"
                ),
                format!(
                    "CREATE TRIGGER {name} {when} INSERT ON {table} FOR EACH ROW WHEN ({condition}) \
                     EXECUTE FUNCTION {name}()"
                ),
            ],
        };
        for statement in statements {
            let done = database.execute(statement.clone(), Args::default()).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Takes it away.
    ///
    /// # Panics
    /// It is not there.
    pub async fn drop(self, database: &Database) {
        let statement = match database.dialect() {
            Dialect::Sqlite => format!("DROP TRIGGER {}", self.name),
            Dialect::Postgres => format!("DROP TRIGGER {} ON {}", self.name, self.table),
        };
        database.execute(statement, Args::default()).await.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server { server, name } = &self.place else { return };
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A test may end within a runtime, which cannot be waited on from its own thread.
        let dropped = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .map(|runtime| runtime.block_on(on(server, &sql)))
                })
                .join()
        });
        assert!(dropped.is_ok() || std::thread::panicking(), "the database {name} was not dropped");
    }
}

/// The server that databases for tests are made on.
///
/// # Panics
/// `TRUEUP_TEST_POSTGRES` is not set.
pub fn server() -> String {
    std::env::var("TRUEUP_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("TRUEUP_TEST_POSTGRES is not set; run the tests with `scripts/with-postgres COMMAND...`")
    })
}

/// The address of another database on the same server.
pub fn named(server: &str, name: &str) -> String {
    let (base, query) =
        server.split_once('?').map_or((server, String::new()), |(base, rest)| (base, format!("?{rest}")));
    let start = base.find("://").map_or(0, |place| place + 3);
    let end = base[start..].find('/').map_or(base.len(), |place| start + place);
    format!("{}/{name}{query}", &base[..end])
}

async fn connect(server: &str) -> PgConnection {
    let connection = PgConnection::connect(server).await;
    connection.unwrap_or_else(|error| panic!("the server of TRUEUP_TEST_POSTGRES cannot be reached: {error}"))
}

/// Runs a statement about databases.
async fn on(server: &str, sql: &str) {
    let mut connection = connect(server).await;
    run(&mut connection, sql).await;
    let _ = connection.close().await;
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The name of the template for this schema, which is made when it is missing.
async fn template(server: &str) -> String {
    let registry = Registry::embedded().expect("the content types of the program are good");
    let mut hasher = DefaultHasher::new();
    create_statements(Dialect::Postgres, &registry).hash(&mut hasher);
    crate::model::SEED.hash(&mut hasher);
    let name = format!("trueup_template_{:016x}", hasher.finish());
    let mut connection = connect(server).await;
    run(&mut connection, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let known: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .expect("the server lists its databases");
    if known.is_none() {
        let making = format!("{name}_making");
        run(&mut connection, &format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)")).await;
        run(&mut connection, &format!("CREATE DATABASE {making}")).await;
        let inventory = Inventory::open_with(&named(server, &making), registry).await.expect("a template");
        inventory.close().await;
        run(&mut connection, &format!("ALTER DATABASE {making} RENAME TO {name}")).await;
    }
    let _ = connection.close().await;
    name
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn another_database_on_the_same_server() {
        for (server, expected) in [
            ("postgres://u:p@h:1/postgres", "postgres://u:p@h:1/x"),
            ("postgres://u@h", "postgres://u@h/x"),
            ("postgres://u@h/a?host=/tmp/s", "postgres://u@h/x?host=/tmp/s"),
        ] {
            assert_eq!(named(server, "x"), expected);
        }
    }
}
