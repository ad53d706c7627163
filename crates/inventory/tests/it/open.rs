//! Opening, reopening, and files that cannot be opened.

use trueup_inventory::{Inventory, InventoryError, Registry};

use crate::support::*;

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS")]).await;
    fixture.inventory.close().await;
    let path = fixture.folder.path().join("inventory.db");
    fixture.inventory = Inventory::open(path.to_str().unwrap()).await.unwrap();
    assert_eq!(fixture.read("dcim.device", &["name"]).await, ["sw1"]);
    assert_eq!(fixture.read("extras.status", &["name"]).await.len(), 22);
}

#[tokio::test]
async fn a_type_added_later_gets_its_table() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.inventory.close().await;
    let path = fixture.folder.path().join("inventory.db");
    let model = "content_type: lab.bench\nverbose_name: bench\nverbose_name_plural: benches\nnatural_key: [name]\n\
                 ordering: [name]\ndisplay: \"{name}\"\nfields:\n  name: {type: text, required: true, unique: true}\n";
    let registry = Registry::with_models(&[("lab.bench", model)]).unwrap();
    fixture.inventory = Inventory::open_with(path.to_str().unwrap(), registry).await.unwrap();
    fixture.writer = fixture.inventory.writer();
    fixture.ok(&[create("lab.bench", &[("name", "one".into())])]).await;
    assert_eq!(fixture.read("lab.bench", &["name"]).await, ["one"]);
}

#[tokio::test]
async fn files_that_are_no_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is not a database, it is a text that is long enough ".repeat(40)).unwrap();
    let newer = folder.path().join("newer.db");
    let inventory = Inventory::open(newer.to_str().unwrap()).await.unwrap();
    sqlx::query("INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'future', 0)")
        .execute(inventory.pool())
        .await
        .unwrap();
    inventory.close().await;
    let under_a_file = text.join("inventory.db");
    type IsRight = fn(&InventoryError) -> bool;
    let cases: [(&str, IsRight); 6] = [
        ("/no/such/folder/inventory.db", |error| matches!(error, InventoryError::FolderMissing { .. })),
        (under_a_file.to_str().unwrap(), |error| matches!(error, InventoryError::NotAFolder { .. })),
        ("/proc/inventory.db", |error| matches!(error, InventoryError::NotWritable { .. })),
        (text.to_str().unwrap(), |error| matches!(error, InventoryError::NotADatabase { .. })),
        (newer.to_str().unwrap(), |error| matches!(error, InventoryError::NewerSchema { found: 99, .. })),
        ("postgres://localhost/x", |error| matches!(error, InventoryError::UnsupportedUrl { .. })),
    ];
    for (path, is_right) in cases {
        let error = Inventory::open(path).await.unwrap_err();
        assert!(is_right(&error), "{path}: {error:?}");
    }
    let error = Inventory::open(folder.path().to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, InventoryError::IsAFolder { .. }), "{error:?}");
}
