//! Records by the last part of their address.

use crate::query_world::{NOBODY, World};
use crate::support::{Fixture, device, prefix};

#[tokio::test]
async fn by_id_and_by_natural_key() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw 1", "AMS"), prefix("10.0.0.0/24")]).await;
    let registry = fixture.inventory.registry().clone();
    let mut reader = fixture.inventory.reader().await.unwrap();
    let table = [
        ("dcim.manufacturer", "Acme", true),
        ("dcim.manufacturer", "acme", false),
        ("dcim.manufacturer", "Acme;x", false),
        ("dcim.manufacturer", "", false),
        ("dcim.manufacturer", "%FF", false),
        ("dcim.manufacturer", "'; DROP TABLE dcim_manufacturer", false),
        ("dcim.devicetype", "Acme;X1", true),
        ("dcim.devicetype", "X1", false),
        ("dcim.location", "North", true),
        ("dcim.location", "North;%00", true),
        ("dcim.location", "AMS;North", true),
        ("dcim.location", "AMS;North;%00", true),
        ("dcim.location", "AMS;North;Earth", false),
        // Without its parent a place is at the top.
        ("dcim.location", "AMS", false),
        ("dcim.device", "sw+1;%00;AMS;North", true),
        ("dcim.device", "sw%201;%00;AMS;North", true),
        ("dcim.device", "sw+1;;AMS;North", true),
        ("dcim.device", "sw+1;%00;AMS", false),
        ("ipam.prefix", "Global;10.0.0.0%2F24", true),
        ("ipam.prefix", "Global;nonsense", false),
        ("dcim.location", NOBODY, false),
    ];
    for (name, key, expected) in table {
        let content_type = registry.content_type(name).unwrap();
        let found = reader.find(content_type, key).await.unwrap();
        assert_eq!(found.is_some(), expected, "{name} {key}");
        if let Some(id) = found {
            let by_id = reader.find(content_type, &id.to_string().to_uppercase()).await.unwrap();
            assert_eq!(by_id, Some(id));
        }
    }
}

#[tokio::test]
async fn a_long_key_is_no_key() {
    let world = World::new().await;
    let registry = world.inventory.registry().clone();
    let places = registry.content_type("test.place").unwrap();
    let mut reader = world.inventory.reader().await.unwrap();
    assert_eq!(reader.find(places, &"x;".repeat(1_000)).await.unwrap(), None);
    assert!(reader.find(places, "AMS;NL;EU").await.unwrap().is_some());
    assert_eq!(reader.find(places, "AMS;NL").await.unwrap(), None);
}
