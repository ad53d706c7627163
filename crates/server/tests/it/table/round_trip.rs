//! The law of tables: what was exported, deleted and imported is as it was, but for the times at which that happened, and
//! for what pointed at it and went with it.

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::write::world::World;

/// A table without the columns that tell when, and how many others point here.
fn own(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let kept =
        |place: usize| !matches!(&rows[0][place], "created" | "last_updated") && !rows[0][place].ends_with("_count");
    rows.iter()
        .map(|row| (0..row.len()).filter(|place| kept(*place)).map(|place| row[place].to_owned()).collect())
        .collect()
}

/// Deletes what a list finds.
async fn empty(world: &World, list: &str, filter: &str) {
    let found = world.get(&format!("{list}/{filter}")).await.body["results"].as_array().unwrap().clone();
    assert!(!found.is_empty(), "{list} has nothing to try");
    let ids: Vec<Json> = found.iter().map(|one| json!({ "id": one["id"] })).collect();
    let answer = world.delete(list, Json::Array(ids)).await;
    assert_eq!(answer.status, 204, "{list}: {}", answer.body);
}

async fn law(world: &World, list: &str, filter: &str) {
    let path = format!("{list}/{filter}");
    let before = world.table(&path).await;
    empty(world, list, filter).await;
    let answer = world.send_table(Method::POST, &format!("{list}/"), before.clone()).await;
    assert_eq!(answer.status, 201, "{list}: {}\n{before}", answer.body);
    same(&own(&world.table(&path).await), &own(&before), list);
    // Sent once more as a change, it changes nothing.
    let answer = world.send_table(Method::PATCH, &format!("{list}/"), before.clone()).await;
    assert_eq!(answer.status, 200, "{list}: {}\n{before}", answer.body);
    same(&own(&world.table(&path).await), &own(&before), list);
}

fn same(found: &[Vec<String>], expected: &[Vec<String>], list: &str) {
    assert_eq!(found.len(), expected.len(), "{list}");
    for (found, expected) in found.iter().zip(expected) {
        for ((column, found), expected) in found.iter().enumerate().zip(expected) {
            assert_eq!(found, expected, "{list}, column {column}");
        }
    }
}

#[tokio::test]
async fn exported_deleted_and_imported_is_as_before() {
    let world = World::with_basics().await;
    for (list, body) in [
        ("tenancy/tenant-groups", json!({ "name": "top" })),
        ("tenancy/tenant-groups", json!({ "name": "below", "parent": "top" })),
        ("tenancy/tenants", json!({ "name": "with, comma", "tenant_group": "top", "comments": "a\n\"b\"," })),
        ("tenancy/tenants", json!({ "name": " é → ü ", "description": "=1+1" })),
        (
            "extras/tags",
            json!({ "name": "a, b; 100%+", "color": "aabbcc", "content_types": ["dcim.device", "dcim.location"] }),
        ),
        (
            "extras/custom-fields",
            json!({ "label": "N", "type": "integer", "content_types": ["dcim.device"], "weight": 5 }),
        ),
        ("extras/custom-fields", json!({ "label": "J", "type": "json", "content_types": ["dcim.device"] })),
        ("extras/custom-fields", json!({ "label": "M", "type": "multi-select", "content_types": ["dcim.device"] })),
        ("extras/custom-fields", json!({ "label": "T", "type": "text", "content_types": ["dcim.device"] })),
        (
            "extras/custom-fields",
            json!({ "label": "D", "type": "boolean", "content_types": ["tenancy.tenant"], "default": true }),
        ),
        ("extras/custom-field-choices", json!({ "custom_field": "m", "value": "one, two" })),
        ("extras/custom-field-choices", json!({ "custom_field": "m", "value": "three" })),
        ("dcim/platforms", json!({ "name": "os", "manufacturer": "Acme", "napalm_args": { "a": [1, null, "x,y"] } })),
        ("dcim/platforms", json!({ "name": "bare" })),
        (
            "dcim/locations",
            json!({
                "name": "BER", "location_type": "Site", "status": "Active", "parent": { "name": "North" },
                "latitude": "52.5", "asn": 65000, "time_zone": "Europe/Berlin", "tags": [{ "name": "a, b; 100%+" }],
            }),
        ),
        (
            "dcim/devices",
            json!({
                "name": "full", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
                "location": { "name": "AMS" }, "tenant": { "name": "with, comma" }, "asset_tag": "7", "serial": "007",
                "tags": ["core", { "name": "a, b; 100%+" }], "local_config_context_data": { "a": "b" },
                "custom_fields": { "n": 7, "j": ["a,b", { "c": null }], "m": ["one, two", "three"], "t": "{not json" },
            }),
        ),
        (
            "dcim/devices",
            json!({ "device_type": { "model": "X1" }, "role": "Switch", "status": "Active", "location": { "name": "AMS" } }),
        ),
        ("ipam/vlan-groups", json!({ "name": "VG" })),
        (
            "ipam/vlans",
            json!({ "name": "v100", "vid": 100, "vlan_group": "VG", "status": "Active", "locations": ["AMS;North"] }),
        ),
        ("ipam/vlans", json!({ "name": "v101", "vid": 101, "vlan_group": "VG", "status": "Active" })),
        ("ipam/prefixes", json!({ "prefix": "10.0.0.0/8", "status": "Active", "type": "container" })),
        ("ipam/prefixes", json!({ "prefix": "10.1.0.0/16", "status": "Active", "locations": ["AMS;North"] })),
        ("ipam/prefixes", json!({ "prefix": "2001:db8::/32", "status": "Active" })),
        (
            "ipam/ip-addresses",
            json!({ "address": "10.1.0.1/24", "status": "Active", "namespace": "Global", "dns_name": "a.example" }),
        ),
        ("ipam/ip-addresses", json!({ "address": "2001:db8::1/64", "status": "Active", "namespace": "Global" })),
        (
            "extras/config-contexts",
            json!({ "name": "cc", "data": { "x": 1 }, "locations": ["AMS;North", "North"], "device_types": ["Acme;X1"] }),
        ),
        (
            "extras/webhooks",
            json!({ "name": "w", "content_types": ["dcim.device"], "payload_url": "https://h.example/", "type_create": true }),
        ),
    ] {
        world.created(list, body).await;
    }
    world
        .created(
            "dcim/interfaces",
            json!({
                "device": { "name": "full" }, "name": "eth0", "type": "1000base-t", "status": "Active", "mtu": 9000,
                "mode": "tagged", "tagged_vlans": ["VG;100", "VG;101"], "mac_address": "aa:bb:cc:00:11:22",
            }),
        )
        .await;
    // What others need comes after them, and when they are gone.
    for (list, filter, in_the_way) in [
        ("dcim/interfaces", "", None),
        ("dcim/devices", "", None),
        ("extras/config-contexts", "", None),
        ("extras/webhooks", "", None),
        ("ipam/ip-addresses", "", None),
        ("ipam/prefixes", "", Some("ipam/ip-addresses")),
        ("ipam/vlans", "", None),
        ("dcim/locations", "?name=BER", None),
        ("dcim/platforms", "", Some("dcim/devices")),
        // A tree, children before their parents.
        ("dcim/locations", "", None),
        ("extras/tags", "", Some("dcim/locations")),
        ("extras/custom-field-choices", "", None),
        ("extras/custom-fields", "", None),
        ("tenancy/tenants", "", None),
        ("tenancy/tenant-groups", "", Some("tenancy/tenants")),
        ("extras/roles", "?name=Switch", None),
    ] {
        if let Some(list) = in_the_way {
            empty(&world, list, "").await;
        }
        law(&world, list, filter).await;
    }
}
