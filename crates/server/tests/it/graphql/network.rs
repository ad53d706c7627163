//! The queries of Nautobot's clients over the content types that come with the program.

use serde_json::json;
use trueup_engine::Value;

use super::world::{World, change};

/// A site with `count` devices; each has two interfaces with an address on the first. The first two are cabled.
async fn network(count: usize) -> World {
    let mut world = World::empty().await;
    let texts = |texts: &[&str]| Value::Set(texts.iter().copied().collect());
    let holds = texts(&["dcim.device", "ipam.prefix"]);
    world.create("dcim.locationtype", &[("name", "Site".into()), ("content_types", holds)]).await;
    let active = ("status__name", Value::from("Active"));
    let site = [("name", "AMS".into()), ("location_type__name", "Site".into()), active.clone()];
    world.create("dcim.location", &site).await;
    world.create("dcim.manufacturer", &[("name", "Acme".into())]).await;
    world.create("dcim.devicetype", &[("manufacturer__name", "Acme".into()), ("model", "X1".into())]).await;
    world.create("dcim.platform", &[("name", "OS".into()), ("napalm_driver", "acme".into())]).await;
    world.create("extras.role", &[("name", "Switch".into()), ("content_types", texts(&["dcim.device"]))]).await;
    let namespace = ("namespace__name", Value::from("Global"));
    world.create("ipam.prefix", &[("prefix", "10.0.0.0/8".into()), namespace, active.clone()]).await;
    let mut changes = Vec::new();
    for number in 1..=count {
        let name = format!("sw{number}");
        changes.push(change(
            "dcim.device",
            &[
                ("name", name.as_str().into()),
                ("location__name", "AMS".into()),
                ("device_type__model", "X1".into()),
                ("device_type__manufacturer__name", "Acme".into()),
                ("role__name", "Switch".into()),
                ("platform__name", "OS".into()),
                active.clone(),
            ],
        ));
    }
    for number in 1..=count {
        let name = format!("sw{number}");
        for port in ["eth1", "eth0"] {
            let device = ("device__name", name.as_str().into());
            let kind = ("type", "1000base-t".into());
            changes.push(change("dcim.interface", &[device, ("name", port.into()), kind, active.clone()]));
        }
        let address = format!("10.0.{}.{}/24", number / 250, number % 250 + 1);
        let namespace = ("parent__namespace__name", Value::from("Global"));
        changes.push(change("ipam.ipaddress", &[("address", address.as_str().into()), namespace, active.clone()]));
    }
    changes.sort_by_key(|change| change.content_type.to_string());
    world.write(&changes).await;
    let mut assigned = Vec::new();
    for number in 1..=count {
        let host = format!("10.0.{}.{}", number / 250, number % 250 + 1);
        assigned.push(change(
            "ipam.ipaddresstointerface",
            &[
                ("ip_address__host", host.as_str().into()),
                ("interface__name", "eth0".into()),
                ("interface__device__name", format!("sw{number}").as_str().into()),
            ],
        ));
    }
    world.write(&assigned).await;
    world
}

#[tokio::test]
async fn devices_with_all_that_is_on_them() {
    let world = network(2).await;
    let data = world
        .data(
            "{ devices(location: \"AMS\", status: [\"Active\"]) {
                name status { name } role { name } device_type { model manufacturer { name } } platform { napalm_driver }
                primary_ip4 { host } primary_ip6 { host } rack { name } tags { name } face _custom_field_data
                interfaces(name: \"eth0\") { name type enabled mac_address cable { id } ip_addresses { address host ip_version parent { prefix } } }
            } virtual_machines { name } }",
        )
        .await;
    let device = |name: &str, address: &str| {
        json!({
            "name": name, "status": {"name": "Active"}, "role": {"name": "Switch"},
            "device_type": {"model": "X1", "manufacturer": {"name": "Acme"}}, "platform": {"napalm_driver": "acme"},
            "primary_ip4": null, "primary_ip6": null, "rack": null, "tags": [], "face": null, "_custom_field_data": {},
            "interfaces": [{
                "name": "eth0", "type": "A_1000BASE_T", "enabled": true, "mac_address": null, "cable": null,
                "ip_addresses": [{
                    "address": format!("{address}/24"), "host": address, "ip_version": 4,
                    "parent": {"prefix": "10.0.0.0/8"},
                }],
            }],
        })
    };
    let expected = [device("sw1", "10.0.0.2"), device("sw2", "10.0.0.3")];
    assert_eq!(data, json!({"devices": expected, "virtual_machines": []}));
}

#[tokio::test]
async fn the_way_back_and_names_for_people() {
    let world = network(2).await;
    assert_eq!(
        world
            .data(
                "{ ip_addresses(address: \"10.0.0.2/24\") { display interfaces { name device { display } } }
                   locations { display devices { name } location_type { content_types { model } } }
                   prefixes(within_include: \"10.0.0.0/8\") { display type locations { name } ip_addresses { host } } }"
            )
            .await,
        json!({
            "ip_addresses": [{"display": "10.0.0.2/24", "interfaces": [{"name": "eth0", "device": {"display": "sw1"}}]}],
            "locations": [{
                "display": "AMS", "devices": [{"name": "sw1"}, {"name": "sw2"}],
                "location_type": {"content_types": [{"model": "device"}, {"model": "prefix"}]},
            }],
            "prefixes": [{
                "display": "10.0.0.0/8: Global", "type": "NETWORK", "locations": [],
                "ip_addresses": [{"host": "10.0.0.2"}, {"host": "10.0.0.3"}],
            }],
        })
    );
}

#[tokio::test]
async fn a_record_of_any_type() {
    let world = network(1).await;
    let data = world
        .data(
            "{ object_changes(changed_object_type: \"dcim.device\") {
                action changed_object_type changed_object { id object_type display url __typename }
            } }",
        )
        .await;
    let id = world.ids["sw1"];
    assert_eq!(
        data["object_changes"][0],
        json!({
            "action": "CREATE",
            "changed_object_type": "dcim.device",
            "changed_object": {
                "id": id.to_string(), "object_type": "dcim.device", "display": "sw1",
                "url": format!("http://lab.example/api/dcim/devices/{id}/"), "__typename": "GenericObjectType",
            },
        })
    );
}

#[tokio::test]
async fn as_many_queries_for_200_devices_as_for_one() {
    let query = "{ devices { name location { name } interfaces { name ip_addresses { address } } } }";
    let mut counts = Vec::new();
    for count in [1, 200] {
        let world = network(count).await;
        world.data(query).await;
        let before = world.inventory.queries();
        let data = world.data(query).await;
        counts.push(world.inventory.queries() - before);
        assert_eq!(data["devices"].as_array().unwrap().len(), count);
        assert_eq!(data["devices"][count - 1]["interfaces"][0]["ip_addresses"].as_array().unwrap().len(), 1);
    }
    assert_eq!(counts[0], counts[1]);
}
