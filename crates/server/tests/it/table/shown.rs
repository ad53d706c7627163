//! The columns and the cells of lists.

use serde_json::json;

use crate::write::world::World;

/// The columns of a table.
fn columns(table: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    reader.headers().unwrap().iter().map(str::to_owned).collect()
}

/// The cell of the row with that name.
fn cell(table: &str, name: &str, column: &str) -> String {
    let place = columns(table).iter().position(|one| one == column).unwrap_or_else(|| panic!("no {column} in {table}"));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = reader.records().map(Result::unwrap).find(|row| &row[0] == name);
    row.unwrap_or_else(|| panic!("no {name} in {table}"))[place].to_owned()
}

/// Those of Nautobot's recorded table, without what this inventory does not hold, and with the two custom fields.
const COLUMNS: &str = "name display id object_type natural_slug face local_config_context_data \
    local_config_context_data_owner_object_id serial asset_tag position device_redundancy_group_priority vc_position \
    vc_priority comments local_config_context_data_owner_content_type device_type__manufacturer__name \
    device_type__model status__name role__name tenant__name platform__name location__name location__parent__name \
    rack__name rack__rack_group__name rack__rack_group__location__name rack__rack_group__location__parent__name \
    primary_ip4__parent__namespace__name primary_ip4__host primary_ip6__parent__namespace__name primary_ip6__host \
    virtual_chassis__name software_version__platform__name software_version__version secrets_group__name created \
    last_updated tags cf_asset cf_weight";

async fn world_with_devices() -> World {
    let world = World::with_basics().await;
    for (list, body) in [
        ("extras/tags", json!({ "name": "a, b; 100%", "content_types": ["dcim.device"] })),
        ("dcim/platforms", json!({ "name": "os" })),
        ("extras/custom-fields", json!({ "label": "Weight", "type": "integer", "content_types": ["dcim.device"] })),
        ("extras/custom-fields", json!({ "label": "Asset", "type": "json", "content_types": ["dcim.device"] })),
        (
            "dcim/devices",
            json!({
                "name": "sw1", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
                "location": { "name": "AMS" }, "platform": "os", "tags": ["core", { "name": "a, b; 100%" }],
                "local_config_context_data": { "ntp": ["a"] }, "comments": "two\nlines, \"quoted\"",
                "custom_fields": { "weight": 7, "asset": { "a": [1] } },
            }),
        ),
        (
            "dcim/devices",
            json!({
                "name": "sw2", "device_type": { "model": "X1" }, "role": "Switch", "status": "Active",
                "location": { "name": "AMS" },
            }),
        ),
    ] {
        world.created(list, body).await;
    }
    world
}

#[tokio::test]
async fn references_are_spread_over_natural_keys() {
    let world = world_with_devices().await;
    let table = world.table("dcim/devices/").await;
    assert_eq!(columns(&table).join(" "), COLUMNS);
    for (name, column, expected) in [
        ("sw1", "display", "sw1"),
        ("sw1", "object_type", "dcim.device"),
        ("sw1", "device_type__manufacturer__name", "Acme"),
        ("sw1", "location__name", "AMS"),
        ("sw1", "location__parent__name", "North"),
        ("sw1", "platform__name", "os"),
        ("sw2", "platform__name", "NoObject"),
        ("sw2", "rack__rack_group__location__parent__name", "NoObject"),
        ("sw2", "position", "NULL"),
        ("sw2", "face", "NULL"),
        ("sw2", "serial", ""),
        ("sw1", "local_config_context_data", "{\"ntp\":[\"a\"]}"),
        ("sw2", "local_config_context_data", "NULL"),
        ("sw1", "comments", "two\nlines, \"quoted\""),
        ("sw1", "tags", "a%2C b%3B 100%25,core"),
        ("sw2", "tags", ""),
        ("sw1", "cf_weight", "7"),
        ("sw1", "cf_asset", "{\"a\":[1]}"),
        ("sw2", "cf_weight", ""),
    ] {
        assert_eq!(cell(&table, name, column), expected, "{name} {column}");
    }
}

#[tokio::test]
async fn columns_depend_on_the_trees_and_not_on_the_rows() {
    let world = world_with_devices().await;
    let at_two = columns(&world.table("dcim/devices/").await);
    assert_eq!(columns(&world.table("dcim/devices/?name=nobody").await), at_two);
    // A third level, in which there is no device.
    let room = json!({ "name": "Room", "parent": { "name": "Site" } });
    world.created("dcim/location-types", room).await;
    let room = json!({ "name": "R1", "location_type": "Room", "status": "Active", "parent": { "name": "AMS" } });
    world.created("dcim/locations", room).await;
    let at_three = columns(&world.table("dcim/devices/").await);
    let new: Vec<&String> = at_three.iter().filter(|column| !at_two.contains(column)).collect();
    assert_eq!(new, ["location__parent__parent__name", "rack__rack_group__location__parent__parent__name"]);
    let table = world.table("dcim/locations/").await;
    for (name, column, expected) in [
        ("R1", "parent__name", "AMS"),
        ("R1", "parent__parent__name", "North"),
        ("R1", "parent__parent__parent__name", "NoObject"),
        ("North", "parent__name", "NoObject"),
        ("R1", "latitude", "NULL"),
    ] {
        assert_eq!(cell(&table, name, column), expected, "{name} {column}");
    }
}

#[tokio::test]
async fn rows_cost_no_queries() {
    let world = world_with_devices().await;
    let mut asked = Vec::new();
    for number in [3, 60] {
        let devices = (0..number).map(|place| {
            json!({
                "name": format!("d{number}-{place}"), "device_type": { "model": "X1" }, "role": "Switch",
                "status": "Active", "location": { "name": "AMS" }, "platform": "os", "tags": ["core"],
            })
        });
        assert_eq!(world.post("dcim/devices", devices.collect()).await.status, 201);
        world.table("dcim/devices/").await;
        let before = world.inventory.queries();
        world.table("dcim/devices/").await;
        asked.push(world.inventory.queries() - before);
    }
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test]
async fn to_many_fields_are_hidden_on_demand() {
    let world = world_with_devices().await;
    let shown = columns(&world.table("dcim/devices/?exclude_m2m=true").await);
    assert!(!shown.contains(&"tags".to_owned()), "{shown:?}");
    let types = world.table("dcim/location-types/").await;
    assert_eq!(cell(&types, "Site", "content_types"), "dcim.device,ipam.prefix,ipam.vlan");
    assert_eq!(cell(&types, "Site", "nestable"), "False");
}

#[tokio::test]
async fn the_file_has_the_name_that_nautobot_gives_it() {
    let world = World::new().await;
    let answer = world.get("tenancy/tenants/?format=csv").await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=UTF-8");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"nautobot_tenant_data.csv\"");
}

#[tokio::test]
async fn versions_that_know_one_location_show_its_key() {
    let world = World::with_basics().await;
    let table = "name,vid,status,location__name\nv1,1,Active,AMS\nv2,2,Active,NoObject\n";
    let answer = world.send_table(axum::http::Method::POST, "ipam/vlans/", table).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let old = world.table("ipam/vlans/?api_version=2.0").await;
    for (name, column, expected) in [
        ("v1", "location__name", "AMS"),
        ("v1", "location__parent__name", "North"),
        ("v2", "location__name", "NoObject"),
    ] {
        assert_eq!(cell(&old, name, column), expected, "{name} {column}");
    }
    assert_eq!(cell(&world.table("ipam/vlans/").await, "v1", "locations"), "AMS;North");
}
