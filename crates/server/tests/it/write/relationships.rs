//! Relationships over REST: shown when asked for, written in the body of either end.

use serde_json::{Value as Json, json};

use super::world::{Answer, World};

/// Three devices and two VLANs.
struct Lab {
    world: World,
    devices: Vec<String>,
    vlans: Vec<String>,
}

impl Lab {
    async fn new() -> Self {
        let world = World::with_basics().await;
        let mut lab = Self { world, devices: Vec::new(), vlans: Vec::new() };
        for name in ["one", "two", "three"] {
            let id = lab.world.created("dcim/devices", device(name)).await;
            lab.devices.push(id);
        }
        for vid in [1, 2] {
            let body = json!({ "vid": vid, "name": format!("v{vid}"), "status": "Active" });
            let id = lab.world.created("ipam/vlans", body).await;
            lab.vlans.push(id);
        }
        lab
    }

    async fn define(&self, label: &str, kind: &str, more: Json) -> String {
        let mut body = json!({
            "label": label, "type": kind, "source_type": "dcim.device", "destination_type": "ipam.vlan",
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.world.created("extras/relationships", body).await
    }

    async fn join(&self, device: usize, relationships: Json) -> Answer {
        let path = format!("dcim/devices/{}", self.devices[device]);
        self.world.patch(&path, json!({ "relationships": relationships })).await
    }

    /// What a GET shows of one object.
    async fn shown(&self, path: &str) -> Json {
        self.world.get(&format!("{path}/?include=relationships")).await.body["relationships"].clone()
    }

    async fn pairs(&self) -> u64 {
        self.world.count("extras/relationship-associations").await
    }
}

fn device(name: &str) -> Json {
    json!({
        "name": name, "status": "Active", "role": { "name": "Switch" }, "location": { "name": "AMS" },
        "device_type": { "model": "X1" },
    })
}

/// The names of what is joined on a side.
fn ids(relationships: &Json, key: &str, side: &str) -> Vec<String> {
    let objects = relationships[key][side]["objects"].as_array().unwrap_or_else(|| panic!("{relationships}"));
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn are_shown_from_both_ends_when_asked_for() {
    let lab = Lab::new().await;
    let id = lab.define("Served VLANs", "many-to-many", json!({ "source_label": "Serves" })).await;
    let path = format!("dcim/devices/{}", lab.devices[0]);
    assert_eq!(lab.world.get(&format!("{path}/")).await.body.get("relationships"), None);
    let written = json!({ "served_vlans": { "destination": { "objects": [{ "name": "v2" }, lab.vlans[0]] } } });
    let answer = lab.join(0, written).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let brief = |list: &str, kind: &str, id: &str| json!({ "id": id, "object_type": kind, "url": format!("http://nautobot.example/api/{list}/{id}/") });
    let about = |side: &str, said: Json| {
        let url = format!("http://nautobot.example/api/extras/relationships/{id}/");
        let mut one = json!({ "id": id, "url": url, "label": "Served VLANs", "type": "many-to-many" });
        one[side] = said;
        json!({ "served_vlans": one })
    };
    let vlan = |place: usize| brief("ipam/vlans", "ipam.vlan", &lab.vlans[place]);
    let expected =
        about("destination", json!({ "label": "Serves", "object_type": "ipam.vlan", "objects": [vlan(0), vlan(1)] }));
    assert_eq!(answer.body["relationships"], expected);
    assert_eq!(lab.shown(&path).await, expected);
    let objects = json!([brief("dcim/devices", "dcim.device", &lab.devices[0])]);
    let expected = about("source", json!({ "label": "devices", "object_type": "dcim.device", "objects": objects }));
    assert_eq!(lab.shown(&format!("ipam/vlans/{}", lab.vlans[1])).await, expected);
    // Deeper, the objects are shown in full.
    let deep = lab.world.get(&format!("{path}/?include=relationships&depth=1")).await;
    let first = &deep.body["relationships"]["served_vlans"]["destination"]["objects"][0];
    assert_eq!((&first["name"], &first["vid"]), (&json!("v1"), &json!(1)));
    // What has none has the key, in lists too.
    let list = lab.world.get("dcim/devices/?include=relationships&name=two").await;
    assert_eq!(ids(&list.body["results"][0]["relationships"], "served_vlans", "destination"), Vec::<String>::new());
}

#[tokio::test]
async fn are_made_what_the_body_says() {
    let lab = Lab::new().await;
    lab.define("Serves", "one-to-many", json!({})).await;
    lab.define("Peers", "symmetric-many-to-many", json!({ "destination_type": "dcim.device" })).await;
    lab.define("Uplink", "one-to-one", json!({ "destination_type": "dcim.device" })).await;
    let (devices, vlans) = (&lab.devices, &lab.vlans);
    let to = |side: &str, ids: &[&String]| json!({ side: { "objects": ids } });
    // Said by the device, by the VLAN, and taken over by another device once the first lets go.
    let answer = lab.join(0, json!({ "serves": to("destination", &[&vlans[0], &vlans[1]]) })).await;
    assert_eq!(ids(&answer.body["relationships"], "serves", "destination"), [vlans[0].clone(), vlans[1].clone()]);
    let taken = lab.join(1, json!({ "serves": to("destination", &[&vlans[0]]) })).await;
    let message = format!("Serves joins {} to another record already; delete that first", vlans[0]);
    assert_eq!(taken.shown(), (400, json!({ "relationships": [message] })));
    let body = json!({ "relationships": { "serves": to("source", &[&devices[1]]) } });
    let answer = lab.world.patch(&format!("ipam/vlans/{}", vlans[0]), body).await;
    assert_eq!(ids(&answer.body["relationships"], "serves", "source"), [devices[1].clone()]);
    let first = lab.shown(&format!("dcim/devices/{}", devices[0])).await;
    assert_eq!(ids(&first, "serves", "destination"), [vlans[1].clone()]);
    // Both at once, each naming the other; and the two sides of one relationship.
    let both = json!([
        { "id": devices[0], "relationships": { "peers": to("peer", &[&devices[1]]), "uplink": to("destination", &[&devices[2]]) } },
        { "id": devices[1], "relationships": { "peers": to("peer", &[&devices[0]]) } },
    ]);
    let answer = lab.world.ask(axum::http::Method::PATCH, "dcim/devices/", both).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let third = lab.shown(&format!("dcim/devices/{}", devices[2])).await;
    assert_eq!(ids(&third, "uplink", "source"), [devices[0].clone()]);
    assert_eq!(ids(&third, "uplink", "destination"), Vec::<String>::new());
    assert_eq!(lab.pairs().await, 4);
    // What was read may be sent back, and changes nothing.
    let read = lab.shown(&format!("dcim/devices/{}", devices[0])).await;
    let answer = lab.join(0, read.clone()).await;
    assert_eq!((answer.status, &answer.body["relationships"]), (200, &read));
    // Only what is said changes.
    let answer = lab.join(1, json!({ "peers": to("peer", &[]) })).await;
    assert_eq!(ids(&answer.body["relationships"], "serves", "destination"), [vlans[0].clone()]);
    assert_eq!(lab.pairs().await, 3);
    assert_eq!(lab.world.delete(&format!("dcim/devices/{}", devices[0]), json!({})).await.status, 204);
    assert_eq!(lab.pairs().await, 1);
}

#[tokio::test]
async fn what_cannot_be_joined_is_told_and_nothing_is_written() {
    let lab = Lab::new().await;
    lab.define("Serves", "one-to-one", json!({ "destination_filter": { "name": ["v1"] } })).await;
    let (first, second) = (&lab.vlans[0], &lab.vlans[1]);
    for (said, expected) in [
        (json!(null), "This field may not be null."),
        (json!([]), "Expected a dictionary of items but got type \"list\"."),
        (json!({ "bogus": {} }), "\"bogus\" is not a relationship on dcim.Device"),
        (
            json!({ "serves": { "source": { "objects": [] } } }),
            "\"source\" is not a valid side for \"Serves\" on dcim.Device",
        ),
        (
            json!({ "serves": { "destination": {} } }),
            "\"objects\" must be specified under [\"serves\"][\"destination\"] when present",
        ),
        (
            json!({ "serves": { "destination": { "objects": first } } }),
            "\"objects\" must be a list, not a single value",
        ),
        (
            json!({ "serves": { "destination": { "objects": [first, second] } } }),
            "For \"Serves\", \"destination\" objects must include at most a single object",
        ),
        (
            json!({ "serves": { "destination": { "objects": [{ "name": "nope" }] } } }),
            "Related object not found using the provided attributes: {'name': 'nope'}",
        ),
        (
            json!({ "serves": { "destination": { "objects": [{ "status": { "name": "Active" } }] } } }),
            "Multiple objects match the provided attributes: {'status__name': 'Active'}",
        ),
    ] {
        let answer = lab.join(0, said.clone()).await;
        assert_eq!(answer.shown(), (400, json!({ "relationships": [expected] })), "{said}");
    }
    let outside = json!({ "serves": { "destination": { "objects": [second] } } });
    let mut whole = device("four");
    whole["relationships"] = outside;
    let answer = lab.world.post("dcim/devices", json!([device("five"), whole])).await;
    let message = format!("Serves takes only what its destination_filter finds, and that is not {second}");
    assert_eq!(answer.shown(), (400, json!([{}, { "relationships": [message] }])));
    assert_eq!((lab.world.count("dcim/devices").await, lab.pairs().await), (3, 0));
    // Records that a relationship is not for do not have it.
    assert_eq!(lab.shown(&format!("ipam/vlans/{second}")).await, json!({}));
}

#[tokio::test]
async fn a_required_relationship_is_there() {
    let lab = Lab::new().await;
    lab.define(
        "Serves",
        "many-to-many",
        json!({ "required_on": "source", "source_filter": { "name__isw": ["core"] } }),
    )
    .await;
    let missing = json!({ "relationships": ["You need to specify [\"relationships\"][\"serves\"][\"destination\"][\"objects\"]."] });
    let answer = lab.world.post("dcim/devices", device("core1")).await;
    assert_eq!(answer.shown(), (400, missing.clone()));
    assert_eq!(lab.world.post("dcim/devices", device("edge1")).await.status, 201);
    let mut body = device("core1");
    body["relationships"] = json!({ "serves": { "destination": { "objects": [{ "name": "v1" }] } } });
    let id = lab.world.created("dcim/devices", body).await;
    let path = format!("dcim/devices/{id}");
    assert_eq!(lab.world.patch(&path, json!({ "serial": "x" })).await.status, 200);
    let none = json!({ "relationships": { "serves": { "destination": { "objects": [] } } } });
    assert_eq!(lab.world.patch(&path, none).await.shown(), (400, missing.clone()));
    // A record that comes under the filter needs one from then on.
    let other = format!("dcim/devices/{}", lab.devices[0]);
    assert_eq!(lab.world.patch(&other, json!({ "name": "core2" })).await.shown(), (400, missing));
}

#[tokio::test]
async fn who_may_not_join_is_refused() {
    let lab = Lab::new().await;
    lab.define("Serves", "many-to-many", json!({})).await;
    lab.join(0, json!({ "serves": { "destination": { "objects": [lab.vlans[0]] } } })).await;
    let all = json!(null);
    let devices: &[&str] = &["dcim.device"];
    let pairs: &[&str] = &["extras.relationshipassociation"];
    let path = format!("dcim/devices/{}", lab.devices[0]);
    let to = |ids: &[&String]| json!({ "relationships": { "serves": { "destination": { "objects": ids } } } });
    let (first, second) = (&lab.vlans[0], &lab.vlans[1]);
    for (name, actions, add, delete) in
        [("nobody", &[][..], 403, 403), ("adder", &["add"][..], 200, 403), ("deleter", &["delete"][..], 403, 200)]
    {
        let rights = [(&["view", "change"][..], devices, all.clone()), (actions, pairs, all.clone())];
        let user = lab.world.as_user(name, &rights).await;
        assert_eq!(user.patch(&path, to(&[first])).await.status, 200, "{name}");
        assert_eq!(user.patch(&path, to(&[first, second])).await.status, add, "{name}");
        lab.world.patch(&path, to(&[first, second])).await;
        assert_eq!(user.patch(&path, to(&[first])).await.status, delete, "{name}");
        lab.world.patch(&path, to(&[first])).await;
    }
}

#[tokio::test]
async fn queries_do_not_depend_on_how_many_records_there_are() {
    let lab = Lab::new().await;
    lab.define("Serves", "many-to-many", json!({ "source_filter": { "status": ["Active"] } })).await;
    lab.define("Peers", "symmetric-many-to-many", json!({ "destination_type": "dcim.device" })).await;
    let to = |place: usize| {
        json!({
            "serves": { "destination": { "objects": [{ "name": "v1" }, lab.vlans[1]] } },
            "peers": { "peer": { "objects": [lab.devices[place % 3]] } },
        })
    };
    let mut counts = Vec::new();
    for count in [2, 40] {
        let bodies: Vec<Json> = (0..count)
            .map(|number| {
                let mut body = device(&format!("d{count}-{number}"));
                body["relationships"] = to(number);
                body
            })
            .collect();
        let before = lab.world.inventory.queries();
        let answer = lab.world.post("dcim/devices", Json::Array(bodies)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let wrote = lab.world.inventory.queries() - before;
        let before = lab.world.inventory.queries();
        let list = lab.world.get(&format!("dcim/devices/?include=relationships&name__isw=d{count}-&limit=0")).await;
        assert_eq!(list.body["count"], count);
        let first = &list.body["results"][0]["relationships"];
        assert_eq!(ids(first, "serves", "destination"), lab.vlans);
        counts.push((wrote, lab.world.inventory.queries() - before));
    }
    let (few, many) = (counts[0], counts[1]);
    assert_eq!(few.1, many.1, "reading");
    // A statement of many rows is cut into parts of fixed sizes.
    assert!(many.0 < few.0 + 20, "writing: {few:?} {many:?}");
}
