use serde_json::json;
use trueup_inventory::Dialect;
use trueup_inventory::testing::TestDatabase;

use crate::rest::openapi::{check, document};
use crate::write::world::World;

#[tokio::test]
async fn the_program_and_its_database() {
    let world = World::new().await;
    let first = world.get("v1/status/").await;
    check(&document(&world).await, "get", "/v1/status/", &first);
    let kind = if TestDatabase::dialect() == Dialect::Sqlite { "sqlite" } else { "postgresql" };
    assert_eq!(first.body["database"], json!({ "kind": kind, "schema_version": trueup_inventory::known_version() }));
    assert_eq!(first.body["counts"]["content_types"], world.inventory.registry().content_types().count());
    world.created("tenancy/tenants", json!({ "name": "a" })).await;
    let second = world.get("v1/status").await;
    assert_eq!(second.status, 200, "the slash at the end may be left out");
    assert_ne!(second.body["newest_change"], first.body["newest_change"]);
    assert_eq!(second.body["started"], first.body["started"]);
}
