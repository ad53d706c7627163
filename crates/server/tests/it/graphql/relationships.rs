//! Relationships are fields of the schema and arguments of lists, from the moment they are defined.

use std::collections::HashMap;

use serde_json::json;
use trueup_engine::Value;

use super::world::{World, viewer};

async fn define(world: &mut World, label: &str, kind: &str, destination: &str) {
    let values = [("label", label), ("type", kind), ("source_type", "lab.box"), ("destination_type", destination)];
    world.create("extras.relationship", &values.map(|(path, value)| (path, Value::from(value)))).await;
}

/// The ids of what a list shows, by name.
async fn ids(world: &World, list: &str) -> HashMap<String, String> {
    let data = world.data(&format!("{{ {list} {{ id name }} }}")).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    data[list].as_array().unwrap().iter().map(|one| (text(&one["name"]), text(&one["id"]))).collect()
}

async fn join(world: &mut World, key: &str, source: &str, destination: (&str, &str)) {
    let values = [
        ("relationship__key", key),
        ("source_type", "lab.box"),
        ("source_id", source),
        ("destination_type", destination.0),
        ("destination_id", destination.1),
    ];
    world.create("extras.relationshipassociation", &values.map(|(path, value)| (path, Value::from(value)))).await;
}

/// Boxes, each above the next, peers of their neighbours, and all but the first of one tenant.
async fn stacked(count: usize) -> World {
    let mut world = World::with_boxes(count).await;
    define(&mut world, "Above", "one-to-many", "lab.box").await;
    define(&mut world, "Peers", "symmetric-many-to-many", "lab.box").await;
    define(&mut world, "Owner", "many-to-many", "tenancy.tenant").await;
    define(&mut world, "Badge", "one-to-one", "tenancy.tenant").await;
    world.create("tenancy.tenant", &[("name", "T".into())]).await;
    let boxes = ids(&world, "lab_boxes").await;
    let tenant = ids(&world, "tenants").await["T"].clone();
    join(&mut world, "badge", &boxes["box1"], ("tenancy.tenant", &tenant)).await;
    for number in 2..=count {
        let (one, next) = (&boxes[&format!("box{}", number - 1)], &boxes[&format!("box{number}")]);
        join(&mut world, "above", one, ("lab.box", next)).await;
        join(&mut world, "peers", one, ("lab.box", next)).await;
        join(&mut world, "owner", next, ("tenancy.tenant", &tenant)).await;
    }
    world
}

#[tokio::test]
async fn lead_both_ways() {
    let mut world = World::with_boxes(1).await;
    assert_eq!(world.ask("{ lab_boxes { rel_peers { name } } }").await.0, 400);
    define(&mut world, "Peers", "symmetric-many-to-many", "lab.box").await;
    assert_eq!(world.data("{ lab_boxes { rel_peers { name } } }").await["lab_boxes"][0]["rel_peers"], json!([]));

    let world = stacked(3).await;
    let query = "{ lab_boxes(name: \"box2\") { rel_above_source { name } rel_above_destination { name }
        rel_peers { name } rel_owner { name rel_badge { name } } rel_badge { name } } }";
    assert_eq!(
        world.data(query).await["lab_boxes"][0],
        json!({
            "rel_above_source": { "name": "box1" },
            "rel_above_destination": [{ "name": "box3" }],
            "rel_peers": [{ "name": "box1" }, { "name": "box3" }],
            "rel_owner": [{ "name": "T", "rel_badge": { "name": "box1" } }],
            "rel_badge": null,
        })
    );
    for (argument, found) in [
        ("cr_above__source: \"box1\"", json!([{ "name": "box2" }])),
        ("cr_peers__peer: [\"box1\", \"box3\"]", json!([{ "name": "box2" }])),
        ("cr_owner__destination__isnull: true", json!([{ "name": "box1" }])),
    ] {
        assert_eq!(
            world.data(&format!("{{ lab_boxes({argument}) {{ name }} }}")).await["lab_boxes"],
            found,
            "{argument}"
        );
    }
    let data = world.data("{ tenants { rel_owner(name: \"box3\") { name } } }").await;
    assert_eq!(data["tenants"][0]["rel_owner"], json!([{ "name": "box3" }]));
    // Who may not see what is joined sees none of it.
    let body = json!({ "query": "{ lab_boxes(name: \"box1\") { rel_badge { name } rel_owner { name } } }" });
    let answer = world.send_as(&viewer(&["lab.box"]), body).await;
    let seen: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(seen["data"]["lab_boxes"][0], json!({ "rel_badge": null, "rel_owner": [] }));
    let data = world.data("{ __type(name: \"LabBoxType\") { fields { name type { name kind } } } }").await;
    let fields = data["__type"]["fields"].as_array().unwrap();
    let badge = fields.iter().find(|field| field["name"] == "rel_badge").unwrap();
    assert_eq!(badge["type"], json!({ "name": "TenantType", "kind": "OBJECT" }));
}

#[tokio::test]
async fn one_set_of_queries_a_field() {
    let query =
        "{ lab_boxes { name rel_above_source { name } rel_peers { name rel_owner { name } } rel_badge { name } } }";
    let mut counts = Vec::new();
    for count in [2, 60] {
        let world = stacked(count).await;
        world.data(query).await;
        let before = world.inventory.queries();
        world.data(query).await;
        counts.push(world.inventory.queries() - before);
    }
    assert_eq!(counts[0], counts[1]);
}
