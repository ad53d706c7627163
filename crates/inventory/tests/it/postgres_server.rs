//! What is about a server of PostgreSQL. The tests here need one and are ignored without: `scripts/with-postgres cargo
//! nextest run -p trueup-inventory --run-ignored all` runs them too.

use trueup_inventory::testing::{TestDatabase, named, server};
use trueup_inventory::{Args, Inventory, InventoryError};

use crate::support::*;

/// An address of the same server for somebody else.
fn for_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (_, host) = rest.split_once('@').unwrap_or(("", rest));
    format!("{scheme}://{user}@{host}")
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_a_server_refuses_is_told() {
    let database = TestDatabase::empty().await;
    let missing = named(&server(), "trueup_no_such_database");
    let error = Inventory::open(&missing).await.unwrap_err();
    assert!(matches!(error, InventoryError::DatabaseMissing { .. }), "{error:?}");

    let error = Inventory::open(&for_user(database.url(), "trueup_nobody:secret")).await.unwrap_err();
    assert!(matches!(error, InventoryError::AccessDenied { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn who_may_not_make_tables_is_told() {
    let fixture = Fixture::new().await;
    let empty = TestDatabase::empty().await;
    let role = format!("trueup_reader_{}", uuid::Uuid::new_v4().simple());
    let run = async |sql: String| fixture.inventory.database().execute(sql, Args::default()).await.unwrap();
    run(format!("CREATE ROLE {role} LOGIN")).await;
    let outcome = Inventory::open(&for_user(empty.url(), &role)).await;
    run(format!("DROP ROLE {role}")).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, InventoryError::NotPermitted { .. }), "{error:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn connections_that_are_cut_are_made_anew() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let other = fixture.database.open().await;
    fixture.ok(&[device("sw1", "AMS")]).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    // A transaction that is open is lost, and says so.
    fixture.writer.begin().await.unwrap();
    other.database().rows(cut, Args::default()).await.unwrap();
    let error = fixture.writer.write(&[device("sw2", "AMS")], &fixture.context).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    fixture.writer.rollback().await.unwrap();
    // Connections that were idle are replaced without a word.
    other.database().rows(cut, Args::default()).await.unwrap();
    assert_eq!(fixture.read("dcim.device", &["name"]).await, ["sw1"]);
    fixture.ok(&[device("sw2", "AMS")]).await;
    assert_eq!(fixture.read("dcim.device", &["name"]).await, ["sw1", "sw2"]);
}

/// A program that was stopped, or whose machine is gone, would else keep everybody from writing until it is back.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_server_ends_a_transaction_whose_program_sleeps() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let show = "SHOW idle_in_transaction_session_timeout";
    let rows = fixture.inventory.database().rows(show, Args::default()).await.unwrap();
    assert_eq!(rows[0].some_text(0).unwrap(), "15s", "less than the lease of a sync lasts");

    fixture.writer.begin().await.unwrap();
    let mut reader = fixture.writer.lend().unwrap();
    let soon = "SET LOCAL idle_in_transaction_session_timeout = '100ms'";
    reader.transaction().rows(soon, Args::default()).await.unwrap();
    fixture.writer.take_back(reader);
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%'";
    let sleepers = async || {
        let rows = fixture.inventory.database().rows(sleeping, Args::default()).await.unwrap();
        rows[0].some_int(0).unwrap()
    };
    while sleepers().await > 0 {
        tokio::task::yield_now().await;
    }
    let error = fixture.writer.write(&[device("sw1", "AMS")], &fixture.context).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    fixture.writer.rollback().await.unwrap();
    fixture.ok(&[device("sw1", "AMS")]).await;
}
