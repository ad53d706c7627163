//! Merged config contexts of devices and virtual machines.

use serde_json::{Value as Json, json};

use crate::write::world::World;

async fn context(world: &World, name: &str, weight: u32, more: Json) {
    let mut body = json!({ "name": name, "weight": weight, "data": { "applied": { name: weight }, "last": name } });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    world.created("extras/config-contexts", body).await;
}

fn device(name: &str, more: Json) -> Json {
    let mut body = json!({
        "name": name, "status": "Active", "role": { "name": "Switch" }, "location": { "name": "AMS" },
        "device_type": { "model": "X1" },
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

/// The names of the contexts that apply, and the one that has the last word.
fn applied(shown: &Json) -> (Vec<&str>, &str) {
    let mut names: Vec<&str> =
        shown["applied"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    (names, shown["last"].as_str().unwrap_or_default())
}

/// A second site, tenants in groups, clusters in groups, a platform, a family, a role for machines.
async fn lab() -> World {
    let world = World::with_basics().await;
    let machines = ["virtualization.virtualmachine"];
    for (list, body) in [
        (
            "dcim/locations",
            json!({ "name": "FRA", "location_type": "Site", "status": "Active", "parent": { "name": "North" } }),
        ),
        ("tenancy/tenant-groups", json!({ "name": "Customers" })),
        ("tenancy/tenant-groups", json!({ "name": "Retail", "parent": "Customers" })),
        ("tenancy/tenants", json!({ "name": "Shop", "tenant_group": { "name": "Retail" } })),
        ("dcim/platforms", json!({ "name": "os" })),
        ("dcim/device-families", json!({ "name": "X" })),
        ("dcim/device-types", json!({ "manufacturer": "Acme", "model": "X2", "device_family": "X" })),
        ("virtualization/cluster-types", json!({ "name": "kind" })),
        ("virtualization/cluster-groups", json!({ "name": "group" })),
        (
            "virtualization/clusters",
            json!({ "name": "c1", "cluster_type": "kind", "cluster_group": "group", "location": { "name": "AMS" } }),
        ),
        ("extras/roles", json!({ "name": "Server", "content_types": machines })),
        ("extras/tags", json!({ "name": "lab", "content_types": machines })),
    ] {
        // Sites hold devices and nothing of virtualization until they say so.
        if list == "virtualization/clusters" {
            let site = world.get("dcim/location-types/?name=Site").await.body["results"][0]["id"].clone();
            let path = format!("dcim/location-types/{}", site.as_str().unwrap());
            let types = json!(["dcim.device", "ipam.prefix", "ipam.vlan", "virtualization.cluster"]);
            assert_eq!(world.patch(&path, json!({ "content_types": types })).await.status, 200);
        }
        world.created(list, body).await;
    }
    world
}

#[tokio::test]
async fn every_limit_is_met() {
    let world = lab().await;
    for (name, limits) in [
        ("all", json!({})),
        ("off", json!({ "is_active": false })),
        ("region", json!({ "locations": [{ "name": "North" }] })),
        ("sites", json!({ "locations": [{ "name": "AMS" }, { "name": "North", "parent": null }] })),
        ("ams", json!({ "locations": [{ "name": "AMS" }] })),
        ("switches", json!({ "roles": [{ "name": "Switch" }] })),
        ("servers", json!({ "roles": [{ "name": "Server" }] })),
        ("x1", json!({ "device_types": [{ "model": "X1" }] })),
        ("family", json!({ "device_families": [{ "name": "X" }] })),
        ("os", json!({ "platforms": [{ "name": "os" }] })),
        ("cluster", json!({ "clusters": [{ "name": "c1" }] })),
        ("group", json!({ "cluster_groups": [{ "name": "group" }] })),
        ("customers", json!({ "tenant_groups": [{ "name": "Customers" }] })),
        ("shop", json!({ "tenants": [{ "name": "Shop" }] })),
        ("core", json!({ "tags": [{ "name": "core" }] })),
        ("both", json!({ "locations": [{ "name": "AMS" }], "roles": [{ "name": "Switch" }] })),
        ("ams servers", json!({ "locations": [{ "name": "AMS" }], "roles": [{ "name": "Server" }] })),
    ] {
        context(&world, name, 100, limits).await;
    }
    let wide = json!({
        "location": { "name": "FRA" }, "device_type": { "model": "X2" }, "platform": { "name": "os" },
        "tenant": { "name": "Shop" }, "tags": [{ "name": "core" }],
    });
    let machine =
        json!({ "name": "vm", "cluster": { "name": "c1" }, "status": "Active", "role": { "name": "Server" } });
    let owned = json!({
        "name": "owned", "cluster": { "name": "c1" }, "status": "Active", "tenant": { "name": "Shop" },
        "tags": [{ "name": "lab" }],
    });
    let (devices, machines) = ("dcim/devices", "virtualization/virtual-machines");
    for (list, body, expected) in [
        (devices, device("plain", json!({})), &["all", "ams", "both", "region", "sites", "switches", "x1"][..]),
        (
            devices,
            device("wide", wide),
            &["all", "core", "customers", "family", "os", "region", "shop", "sites", "switches"][..],
        ),
        (machines, machine, &["all", "ams", "ams servers", "cluster", "group", "region", "servers", "sites"][..]),
        (machines, owned, &["all", "ams", "cluster", "customers", "group", "region", "shop", "sites"][..]),
    ] {
        let answer = world.post(list, body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(applied(&answer.body["config_context"]).0, expected, "{}", answer.body["name"]);
        let read = world.get(&format!("{list}/{}/?include=config_context", answer.id())).await;
        assert_eq!(read.body["config_context"], answer.body["config_context"]);
        let without = world.get(&format!("{list}/{}/", answer.id())).await;
        assert_eq!(without.body.get("config_context"), None);
    }
    // A device that is put into a cluster gets what is for it.
    let plain = world.get("dcim/devices/?name=plain").await.body["results"][0]["id"].clone();
    world.created("dcim/device-cluster-assignments", json!({ "device": plain, "cluster": { "name": "c1" } })).await;
    let list = world.get("dcim/devices/?include=config_context&name=plain").await;
    let (names, _) = applied(&list.body["results"][0]["config_context"]);
    assert!(names.contains(&"cluster") && names.contains(&"group"), "{names:?}");
}

#[tokio::test]
async fn what_comes_later_wins_and_the_record_has_the_last_word() {
    let world = World::with_basics().await;
    context(&world, "heavy", 900, json!({ "data": { "ntp": ["c"], "snmp": { "location": "x" }, "last": "heavy" } }))
        .await;
    context(&world, "a light", 100, json!({ "data": { "ntp": ["a"], "snmp": { "contact": "noc" }, "last": "a" } }))
        .await;
    context(&world, "b light", 100, json!({ "data": { "ntp": ["b"], "last": "b", "only": 1 } })).await;
    let local = json!({ "local_config_context_data": { "snmp": { "location": "here" }, "last": "own" } });
    let plain = world.post("dcim/devices", device("plain", json!({}))).await;
    let expected = json!({
        "ntp": ["c"], "snmp": { "contact": "noc", "location": "x" }, "last": "heavy", "only": 1,
    });
    assert_eq!(plain.body["config_context"], expected);
    let own = world.post("dcim/devices", device("own", local)).await;
    let expected = json!({
        "ntp": ["c"], "snmp": { "contact": "noc", "location": "here" }, "last": "own", "only": 1,
    });
    assert_eq!(own.body["config_context"], expected);
    let query = json!({ "query": "{ devices(name: \"own\") { config_context } }" });
    let answer = world.post("graphql", query).await;
    assert_eq!(answer.body["data"]["devices"][0]["config_context"], expected, "{}", answer.body);
}

#[tokio::test]
async fn queries_do_not_depend_on_how_many_there_are() {
    let mut counts = Vec::new();
    for count in [2_usize, 30] {
        let world = lab().await;
        for number in 0..count {
            let limits = json!({
                "locations": [{ "name": if number % 2 == 0 { "AMS" } else { "North" } }],
                "roles": [{ "name": "Switch" }], "tags": [{ "name": "core" }],
                "tenant_groups": [{ "name": "Customers" }],
            });
            context(&world, &format!("c{number}"), 100, limits).await;
        }
        let own = json!({ "tags": [{ "name": "core" }], "tenant": { "name": "Shop" } });
        let bodies = (0..count).map(|number| device(&format!("d{number}"), own.clone())).collect();
        assert_eq!(world.post("dcim/devices", Json::Array(bodies)).await.status, 201);
        let before = world.inventory.queries();
        let list = world.get("dcim/devices/?include=config_context&limit=0").await;
        counts.push(world.inventory.queries() - before);
        let results = list.body["results"].as_array().unwrap();
        assert_eq!(results.len(), count);
        for one in results {
            assert_eq!(applied(&one["config_context"]).0.len(), count);
        }
    }
    assert_eq!(counts[0], counts[1]);
}
