//! A file that an earlier version of the program has written is opened with everything in it.

use trueup_inventory::{Inventory, Selection};

async fn count(inventory: &Inventory, content_type: &str) -> usize {
    let mut count = 0;
    inventory.read(&Selection::all(content_type, ["id"]), &mut |_| count += 1).await.unwrap();
    count
}

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
        let faults: Vec<(String, i64, String, i64)> =
            sqlx::query_as("PRAGMA foreign_key_check").fetch_all(inventory.pool()).await.unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(inventory.pool()).await.unwrap();
        assert_eq!(sound, "ok");
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
