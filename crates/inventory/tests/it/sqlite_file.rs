//! What is about the file of an inventory on SQLite; the tests here run on SQLite whatever the others run on.

use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Args, Inventory, InventoryError, Selection};

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

async fn count(inventory: &Inventory, content_type: &str) -> usize {
    let mut count = 0;
    inventory.read(&Selection::all(content_type, ["id"]), &mut |_| count += 1).await.unwrap();
    count
}

/// A file that an earlier version of the program has written is opened with everything in it.
#[tokio::test]
async fn version_1_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v1.db");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/v1.db"), &path).unwrap();
    // Twice: the second time nothing is left to do.
    for _ in 0..2 {
        let inventory = Inventory::open(path.to_str().unwrap()).await.unwrap();
        for (content_type, expected) in COUNTS {
            assert_eq!(count(&inventory, content_type).await, expected, "{content_type}");
        }
        let mut devices = Vec::new();
        let fields = ["name", "location__name", "serial", "asset_tag"];
        inventory
            .read(&Selection::all("dcim.device", fields), &mut |row| devices.push(row.values()[0].to_string()))
            .await
            .unwrap();
        assert!(devices.is_sorted(), "names in their natural order: {devices:?}");
        let mut placed = 0;
        let links = Selection::all("ipam.prefix", ["locations"]);
        inventory.read(&links, &mut |row| placed += usize::from(row.values()[0].to_string().len() > 2)).await.unwrap();
        assert!(placed > 0, "prefixes kept their locations");
        let faults = inventory.database().rows("PRAGMA foreign_key_check", Args::default()).await.unwrap();
        assert_eq!(faults.len(), 0);
        let sound = inventory.database().rows("PRAGMA integrity_check", Args::default()).await.unwrap();
        assert_eq!(sound[0].some_text(0).unwrap(), "ok");
        inventory.close().await;
    }
}

/// What the file holds, as the program of version 1 has counted it.
const COUNTS: [(&str, usize); 6] = [
    ("dcim.device", 10),
    ("dcim.interface", 93),
    ("ipam.prefix", 359),
    ("ipam.prefixlocationassignment", 5),
    ("ipam.vlanlocationassignment", 4),
    ("extras.objectchange", 50),
];
