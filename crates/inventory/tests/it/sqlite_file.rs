//! What is about the file of an inventory on SQLite; the tests here run on SQLite whatever the others run on.

use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Args, Inventory, InventoryError};

use crate::support::*;

#[tokio::test]
async fn files_that_are_no_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is not a database, it is a text that is long enough ".repeat(40)).unwrap();
    let newer = folder.path().join("newer.db");
    let inventory = Inventory::open(newer.to_str().unwrap()).await.unwrap();
    let future = "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'future', 0)";
    inventory.database().execute(future, Args::default()).await.unwrap();
    inventory.close().await;
    let under_a_file = text.join("inventory.db");
    type IsRight = fn(&InventoryError) -> bool;
    let cases: [(&str, IsRight); 6] = [
        ("/no/such/folder/inventory.db", |error| matches!(error, InventoryError::FolderMissing { .. })),
        (under_a_file.to_str().unwrap(), |error| matches!(error, InventoryError::NotAFolder { .. })),
        ("/proc/inventory.db", |error| matches!(error, InventoryError::NotWritable { .. })),
        (text.to_str().unwrap(), |error| matches!(error, InventoryError::NotADatabase { .. })),
        (newer.to_str().unwrap(), |error| matches!(error, InventoryError::NewerSchema { found: 99, .. })),
        ("mysql://localhost/x", |error| matches!(error, InventoryError::UnsupportedUrl { .. })),
    ];
    for (path, is_right) in cases {
        let error = Inventory::open(path).await.unwrap_err();
        assert!(is_right(&error), "{path}: {error:?}");
    }
    let error = Inventory::open(folder.path().to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, InventoryError::IsAFolder { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_may_be_said_as_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    for scheme in ["sqlite:", "sqlite://"] {
        let inventory = Inventory::open(&format!("{scheme}{}", path.display())).await.unwrap();
        assert_eq!(inventory.place(), path.to_str().unwrap());
        inventory.close().await;
    }
    assert!(path.is_file());
}

/// Containment is two bounds or a few candidates on the index, never a look at every row.
#[tokio::test]
async fn containment_uses_the_index() {
    let fixture = Fixture::on(TestDatabase::in_file()).await;
    let table = [
        "SELECT id FROM ipam_prefix t0 WHERE (t0.\"network\" >= ? AND t0.\"network\" <= ?)",
        "SELECT id FROM ipam_prefix t0 WHERE (t0.\"network\", t0.\"prefix_length\") IN (VALUES (?, ?), (?, ?))",
        "SELECT id FROM ipam_ipaddress t0 WHERE (t0.\"host\" >= ? AND t0.\"host\" <= ?)",
    ];
    for sql in table {
        let args = (0..sql.matches('?').count()).fold(Args::default(), |args, _| args.with(None::<i64>));
        let plan = fixture.inventory.database().rows(format!("EXPLAIN QUERY PLAN {sql}"), args).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.some_text(3).unwrap()).collect();
        assert!(steps.iter().any(|step| step.starts_with("SEARCH t0 USING")), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN t0")), "{sql}: {steps:?}");
    }
}
