//! What data cannot say about racks, cables and virtual chassis.

use trueup_engine::Value;

use crate::support::*;

async fn hardware() -> Fixture {
    let mut fixture = Fixture::new().await.with_basics().await;
    let holds = ["dcim.device", "dcim.rack", "dcim.rackgroup", "ipam.prefix"];
    fixture
        .ok(&[
            update("dcim.locationtype", &[("name", "Site".into())], &[("content_types", texts(&holds))]),
            location("FRA", "Site", Some("North")),
            create(
                "dcim.devicetype",
                &[
                    ("manufacturer__name", "Acme".into()),
                    ("model", "X4".into()),
                    ("u_height", 4.into()),
                    ("is_full_depth", false.into()),
                ],
            ),
            create("dcim.rackgroup", &[("name", "row 1".into()), ("location__name", "AMS".into())]),
            rack("R1", "AMS"),
        ])
        .await;
    fixture
}

fn rack(name: &str, location: &str) -> trueup_inventory::Change {
    create(
        "dcim.rack",
        &[
            ("name", name.into()),
            ("location__name", location.into()),
            ("status__name", "Active".into()),
            ("u_height", 10.into()),
        ],
    )
}

fn racked(name: &str, model: &str, position: i64, face: &str) -> trueup_inventory::Change {
    let mut change = device(name, "AMS");
    change.values.retain(|(path, _)| !path.starts_with("device_type"));
    change.values.extend(pairs(&[
        ("device_type__model", model.into()),
        ("rack__name", "R1".into()),
        ("position", position.into()),
        ("face", face.into()),
    ]));
    change
}

#[tokio::test]
async fn devices_stand_where_there_is_room() {
    let mut fixture = hardware().await;
    fixture
        .ok(&[racked("low", "X4", 1, "front"), racked("back", "X4", 1, "rear"), racked("deep", "X1", 5, "front")])
        .await;
    let unplaced = |name: &str, values: &[(&str, Value)]| {
        let mut change = device(name, "AMS");
        change.values.extend(pairs(values));
        change
    };
    let mut elsewhere = racked("e", "X1", 9, "front");
    elsewhere.values.retain(|(path, _)| !path.starts_with("location"));
    elsewhere.values.extend(pairs(&[("location__name", "FRA".into())]));
    for (change, wanted) in [
        (racked("a", "X4", 4, "front"), "unit 4 of rack R1 has no room for 4 units"),
        (racked("b", "X1", 5, "rear"), "unit 5 of rack R1 has no room"),
        (racked("c", "X4", 8, "front"), "it would reach unit 11, rack R1 has 10"),
        (unplaced("d", &[("position", 1.into())]), "only a device in a rack has a position"),
        (unplaced("d", &[("face", "front".into())]), "only a device in a rack has a face"),
        (unplaced("d", &[("rack__name", "R1".into()), ("position", 9.into())]), "a device with a position has a face"),
        (elsewhere, "rack R1 does not lie in the location of the device"),
        (update("dcim.rack", &[("name", "R1".into())], &[("u_height", 4.into())]), "a device stands in unit 5"),
        (
            update(
                "dcim.rack",
                &[("name", "R1".into())],
                &[("location__name", "FRA".into()), ("rack_group__name", "row 1".into())],
            ),
            "a location that this rack does not lie in",
        ),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    // Two in one batch see each other, and a device may move within its own units.
    let outcomes = fixture.write(&[racked("x", "X4", 6, "front"), racked("y", "X4", 7, "front")]).await;
    assert!(outcomes[0].is_ok() && outcomes[1].is_err(), "{outcomes:?}");
    fixture.ok(&[update("dcim.device", &[("name", "x".into())], &[("position", 7.into())])]).await;
    fixture.ok(&[update("dcim.rack", &[("name", "R1".into())], &[("rack_group__name", "row 1".into())])]).await;
    // Devices of one batch may make room for each other, and one that stays after all keeps its own.
    let to =
        |name: &str, position: i64| update("dcim.device", &[("name", name.into())], &[("position", position.into())]);
    fixture.ok(&[delete("dcim.device", &[("name", "deep".into())]), to("low", 6), to("x", 1)]).await;
    let outcomes = fixture.write(&[to("low", 3), to("x", 99)]).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
}

fn port(device: &str, name: &str, kind: &str) -> trueup_inventory::Change {
    create(
        "dcim.interface",
        &[
            ("device__name", device.into()),
            ("name", name.into()),
            ("type", kind.into()),
            ("status__name", "Active".into()),
        ],
    )
}

/// A cable between two records, each by type and id.
fn cable(label: &str, a: (&str, &str), b: (&str, &str)) -> trueup_inventory::Change {
    create(
        "dcim.cable",
        &[
            ("label", label.into()),
            ("status__name", "Connected".into()),
            ("termination_a_type", a.0.into()),
            ("termination_a_id", a.1.into()),
            ("termination_b_type", b.0.into()),
            ("termination_b_id", b.1.into()),
        ],
    )
}

const PORT: &str = "dcim.interface";

#[tokio::test]
async fn a_cable_joins_two_free_sockets_and_goes_with_them() {
    let mut fixture = hardware().await;
    let stored = fixture
        .ok(&[
            device("one", "AMS"),
            device("two", "AMS"),
            port("one", "e0", "1000base-t"),
            port("one", "e1", "1000base-t"),
            port("two", "e0", "1000base-t"),
            port("two", "loop", "virtual"),
            port("two", "wlan", "ieee802.11ac"),
        ])
        .await;
    let id = |place: usize| stored[place].id.to_string();
    let (device, a, spare, b, virtual_port, radio) = (id(0), id(2), id(3), id(4), id(5), id(6));
    let nowhere = "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
    fixture.ok(&[cable("c1", (PORT, &a), (PORT, &b))]).await;
    let with_length = {
        let mut change = cable("c", (PORT, &spare), (PORT, &spare));
        change.values.extend(pairs(&[("length", 3.into())]));
        change
    };
    for (change, wanted) in [
        (cable("c", (PORT, &spare), (PORT, &b)), "`termination_b_id`: a cable is plugged in there already"),
        (cable("c", (PORT, &spare), (PORT, &virtual_port)), "a virtual interface takes no cable"),
        (cable("c", (PORT, &spare), (PORT, &radio)), "a wireless interface takes no cable"),
        (cable("c", (PORT, &spare), (PORT, nowhere)), "there is nothing with the id"),
        (cable("c", (PORT, &spare), ("dcim.device", &device)), "no cable ends in a dcim.device"),
        (cable("c", (PORT, &spare), (PORT, &spare)), "both ends are the same"),
        (with_length, "a length has a unit"),
        (
            create("dcim.cable", &[("label", "c".into()), ("status__name", "Connected".into())]),
            "name what this end is plugged into",
        ),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    // It may be changed without being in its own way.
    fixture.ok(&[update("dcim.cable", &[("label", "c1".into())], &[("color", "ff0000".into())])]).await;
    let note = [
        ("assigned_object_type", "dcim.device".into()),
        ("assigned_object_id", device.as_str().into()),
        ("note", "spare part".into()),
    ];
    fixture.ok(&[create("extras.note", &note)]).await;
    // The interface goes with its device, the cable with the interface, the note with the device.
    fixture.ok(&[delete("dcim.device", &[("name", "one".into())])]).await;
    assert_eq!(fixture.read("dcim.cable", &["label"]).await, Vec::<String>::new());
    assert_eq!(fixture.read("extras.note", &["note"]).await, Vec::<String>::new());
    assert!(fixture.log().await.iter().any(|line| line == "delete | dcim.cable | c1"), "{:?}", fixture.log().await);
}

#[tokio::test]
async fn a_virtual_chassis_has_its_master_as_a_member() {
    let mut fixture = hardware().await;
    fixture.ok(&[device("one", "AMS"), device("two", "AMS"), device("three", "AMS")]).await;
    let chassis = |name: &str, master: &str| {
        create("dcim.virtualchassis", &[("name", name.into()), ("master__name", master.into())])
    };
    let set = |name: &str, values: &[(&str, Value)]| update("dcim.device", &[("name", name.into())], values);
    fixture.ok(&[chassis("stack", "one")]).await;
    let members = |fixture: &Fixture| {
        let rows = fixture.inventory.clone();
        async move {
            let mut found = Vec::new();
            let fields = ["name", "virtual_chassis__name", "vc_position"];
            let selection = trueup_inventory::Selection::all("dcim.device", fields);
            rows.read(&selection, &mut |row| {
                found.push(row.values().iter().map(ToString::to_string).collect::<Vec<_>>())
            })
            .await
            .unwrap();
            found.into_iter().map(|row| row.join(" ")).collect::<Vec<_>>()
        }
    };
    assert!(members(&fixture).await.contains(&"one stack 1".to_owned()), "{:?}", members(&fixture).await);
    for (change, wanted) in [
        (chassis("other", "one"), "it is a member of another virtual chassis"),
        (set("two", &[("virtual_chassis__name", "stack".into())]), "a member of a virtual chassis has a position"),
        (set("one", &[("virtual_chassis__name", Value::Null), ("vc_position", Value::Null)]), "it is the master"),
        (
            update("dcim.virtualchassis", &[("name", "stack".into())], &[("master__name", "three".into())]),
            "it is no member",
        ),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    assert_eq!(fixture.read("dcim.virtualchassis", &["name"]).await, ["stack"]);
    fixture.ok(&[set("two", &[("virtual_chassis__name", "stack".into()), ("vc_position", 2.into())])]).await;
    fixture.ok(&[update("dcim.virtualchassis", &[("name", "stack".into())], &[("master__name", "two".into())])]).await;
    // Members of one chassis share their LAGs.
    let mut member = port("one", "e0", "1000base-t");
    member.values.extend(pairs(&[("lag__device__name", "two".into()), ("lag__name", "ae0".into())]));
    fixture.ok(&[port("two", "ae0", "lag"), member]).await;
    fixture.ok(&[set("two", &[("vc_priority", 7.into())])]).await;
    let before = fixture.log().await.len();
    fixture.ok(&[delete("dcim.virtualchassis", &[("name", "stack".into())])]).await;
    // The chassis, and what became of each member, once.
    assert_eq!(fixture.log().await.len() - before, 3, "{:?}", fixture.log().await);
    assert_eq!(
        fixture.read("dcim.device", &["name", "virtual_chassis__name", "vc_position"]).await,
        ["one | - | -", "three | - | -", "two | - | -",]
    );
}
