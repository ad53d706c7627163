//! Relationships: definitions that hold together, pairs within them, and what goes when a record goes.

use trueup_engine::Value;
use trueup_inventory::relationship::Side;
use trueup_inventory::{Change, ListRequest, Named, Related, RelatedRequest, Relation, Stored};

use crate::support::*;

/// A relationship from devices to VLANs of some kind.
fn defined(label: &str, kind: &str, more: &[(&str, Value)]) -> Change {
    let mut values: Vec<(&str, Value)> =
        [("label", label), ("type", kind), ("source_type", "dcim.device"), ("destination_type", "ipam.vlan")]
            .map(|(path, value)| (path, Value::from(value)))
            .to_vec();
    for (path, value) in more {
        values.retain(|(known, _)| known != path);
        values.push((path, value.clone()));
    }
    create("extras.relationship", &values)
}

fn among_devices(label: &str, kind: &str, more: &[(&str, Value)]) -> Change {
    let mut all = vec![("destination_type", Value::from("dcim.device"))];
    all.extend(more.iter().cloned());
    defined(label, kind, &all)
}

fn pair(key: &str, source: (&str, &Stored), destination: (&str, &Stored)) -> Change {
    create(
        "extras.relationshipassociation",
        &[
            ("relationship__key", key.into()),
            ("source_type", source.0.into()),
            ("source_id", source.1.id.to_string().into()),
            ("destination_type", destination.0.into()),
            ("destination_id", destination.1.id.to_string().into()),
        ],
    )
}

struct World {
    fixture: Fixture,
    devices: Vec<Stored>,
    vlans: Vec<Stored>,
}

impl World {
    /// Four devices, `one` to `four`, and three VLANs.
    async fn new() -> Self {
        let mut fixture = Fixture::new().await.with_basics().await;
        let devices = ["one", "two", "three", "four"].map(|name| device(name, "AMS"));
        let devices = fixture.ok(&devices).await;
        let vlans = fixture.ok(&[1, 2, 3].map(|vid| vlan(None, vid, &format!("v{vid}")))).await;
        Self { fixture, devices, vlans }
    }

    fn to_vlan(&self, key: &str, device: usize, vlan: usize) -> Change {
        pair(key, ("dcim.device", &self.devices[device]), ("ipam.vlan", &self.vlans[vlan]))
    }

    fn to_device(&self, key: &str, device: usize, other: usize) -> Change {
        pair(key, ("dcim.device", &self.devices[device]), ("dcim.device", &self.devices[other]))
    }

    async fn count(&self) -> usize {
        self.fixture.read("extras.relationshipassociation", &["id"]).await.len()
    }
}

#[tokio::test]
async fn definitions_hold_together() {
    let mut fixture = Fixture::new().await;
    for (change, wanted) in [
        (defined("1st", "one-to-one", &[]), "`key`: `1st` is none"),
        (defined("Café", "one-to-one", &[]), "`key`: `café` is none"),
        (defined("URL", "one-to-one", &[]), "what clients call the address"),
        (defined("x", "one-to-one", &[("key", "a__b".into())]), "two _ in a row"),
        (defined("x", "some-to-some", &[]), "is not a valid choice"),
        (defined("x", "one-to-one", &[("source_type", "dcim.nothing".into())]), "there is no content type"),
        (
            defined("x", "one-to-one", &[("source_type", "extras.note".into())]),
            "`source_type`: records of extras.note have no relationships",
        ),
        (
            defined("x", "symmetric-one-to-one", &[]),
            "`destination_type`: it must be the same as source_type, since the relationship is symmetric",
        ),
        (
            among_devices("x", "symmetric-many-to-many", &[("required_on", "source".into())]),
            "`required_on`: neither side of a symmetric relationship can be required",
        ),
        (
            among_devices(
                "x",
                "symmetric-many-to-many",
                &[("source_label", "a".into()), ("destination_label", "b".into())],
            ),
            "`destination_label`: it must be the same as source_label",
        ),
        (
            among_devices("x", "symmetric-many-to-many", &[("source_hidden", true.into())]),
            "`destination_hidden`: it must be the same as source_hidden",
        ),
        (
            defined("x", "one-to-one", &[("source_filter", "name=a".into())]),
            "`source_filter`: it is an object of filters",
        ),
        (
            defined("x", "one-to-one", &[("source_filter", Value::from_json(serde_json::json!({"bogus": 1})))]),
            "filter `bogus`: Unknown filter field",
        ),
        (
            defined(
                "x",
                "one-to-one",
                &[("destination_filter", Value::from_json(serde_json::json!({"status": ["?"]})))],
            ),
            "`destination_filter`: filter `status`: Select a valid choice",
        ),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    let only_one = Value::from_json(serde_json::json!({"name": ["one"]}));
    let symmetric = among_devices(
        "Peers of it",
        "symmetric-many-to-many",
        &[("source_label", "peers".into()), ("destination_filter", only_one)],
    );
    fixture.ok(&[symmetric]).await;
    let fields = ["key", "destination_label", "source_filter"];
    assert_eq!(fixture.read("extras.relationship", &fields).await, ["peers_of_it | peers | {'name': ['one']}"]);
    let key = [("key", Value::from("peers_of_it"))];
    for (path, value) in [("key", "other"), ("type", "one-to-one")] {
        let message = fixture.fails(update("extras.relationship", &key, &[(path, value.into())])).await;
        assert!(message.contains(&format!("`{path}` cannot change")), "{message}");
    }
}

#[tokio::test]
async fn kinds_say_how_many_are_joined() {
    let mut world = World::new().await;
    for kind in ["one-to-one", "one-to-many", "many-to-many"] {
        world.fixture.ok(&[defined(kind, kind, &[])]).await;
    }
    for kind in ["symmetric-one-to-one", "symmetric-many-to-many"] {
        world.fixture.ok(&[among_devices(kind, kind, &[])]).await;
    }
    // Two devices, the second pair of which is refused or not, and by which field.
    let vlans = |key, pairs: [(usize, usize); 2]| (key, false, pairs);
    let devices = |key, pairs: [(usize, usize); 2]| (key, true, pairs);
    for ((key, among_devices, [first, second]), refused) in [
        (vlans("one_to_one", [(0, 0), (0, 1)]), Some("source_id")),
        (vlans("one_to_one", [(0, 0), (1, 0)]), Some("destination_id")),
        (vlans("one_to_one", [(0, 0), (1, 1)]), None),
        (vlans("one_to_many", [(0, 0), (0, 1)]), None),
        (vlans("one_to_many", [(0, 0), (1, 0)]), Some("destination_id")),
        (vlans("many_to_many", [(0, 0), (0, 1)]), None),
        (vlans("many_to_many", [(0, 0), (1, 0)]), None),
        (vlans("many_to_many", [(0, 0), (0, 0)]), Some("another relationship association has the same")),
        (devices("symmetric_one_to_one", [(0, 1), (2, 3)]), None),
        (devices("symmetric_one_to_one", [(0, 1), (2, 0)]), Some("destination_id")),
        (devices("symmetric_one_to_one", [(0, 1), (1, 2)]), Some("source_id")),
        (devices("symmetric_one_to_one", [(0, 1), (1, 0)]), Some("joins these two already")),
        (devices("symmetric_many_to_many", [(0, 1), (1, 2)]), None),
        (devices("symmetric_many_to_many", [(0, 1), (1, 0)]), Some("joins these two already")),
    ] {
        let change = |(near, far): (usize, usize)| match among_devices {
            true => world.to_device(key, near, far),
            false => world.to_vlan(key, near, far),
        };
        let changes = [change(first), change(second)];
        let what = format!("{key} {first:?} {second:?}");
        // In one batch and in two.
        for together in [true, false] {
            let outcomes = match together {
                true => world.fixture.write(&changes).await,
                false => {
                    let mut outcomes = world.fixture.write(&changes[..1]).await;
                    outcomes.extend(world.fixture.write(&changes[1..]).await);
                    outcomes
                }
            };
            let message = outcomes[1].as_ref().err().map(ToString::to_string);
            assert!(outcomes[0].is_ok(), "{what}: {outcomes:?}");
            match (refused, &message) {
                (None, None) => {}
                (Some(wanted), Some(message)) if message.contains(wanted) => {}
                _ => panic!("{what}: {message:?}, not {refused:?}"),
            }
            let stored = outcomes.into_iter().flatten();
            let deletes: Vec<Change> = stored
                .map(|one| delete("extras.relationshipassociation", &[("id", one.id.to_string().into())]))
                .collect();
            world.fixture.ok(&deletes).await;
        }
    }
}

/// Pairs of one batch may make room for each other, but one that stays after all is in the way as before.
#[tokio::test]
async fn pairs_that_cannot_change_keep_their_place() {
    let mut world = World::new().await;
    world.fixture.ok(&[defined("Owner", "one-to-many", &[])]).await;
    let stored = world.fixture.ok(&[world.to_vlan("owner", 0, 0), world.to_vlan("owner", 1, 1)]).await;
    let vlans: Vec<Value> = world.vlans.iter().map(|vlan| vlan.id.to_string().into()).collect();
    let nobody: Value = uuid::Uuid::nil().to_string().into();
    let to = |place: usize, vlan: &Value| {
        let by = [("id", stored[place].id.to_string().into())];
        update("extras.relationshipassociation", &by, &[("destination_id", vlan.clone())])
    };
    world.fixture.ok(&[to(0, &vlans[1]), to(1, &vlans[0])]).await;
    let outcomes = world.fixture.write(&[to(1, &vlans[1]), to(0, &nobody)]).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
    // Nor does a chain hold, the last link of which does not.
    world.fixture.ok(&[world.to_vlan("owner", 2, 2)]).await;
    let outcomes = world.fixture.write(&[to(1, &vlans[1]), to(0, &vlans[2])]).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
}

#[tokio::test]
async fn pairs_are_within_their_relationship() {
    let mut world = World::new().await;
    let only_one = Value::from_json(serde_json::json!({"name": "one"}));
    world
        .fixture
        .ok(&[
            defined("Served", "many-to-many", &[("source_filter", only_one)]),
            among_devices("Twin", "one-to-one", &[]),
        ])
        .await;
    let nobody = Stored { id: trueup_inventory::RecordId(uuid::Uuid::nil()), ..world.vlans[0].clone() };
    let (one, two, first) = (&world.devices[0], &world.devices[1], &world.vlans[0]);
    for (change, wanted) in [
        (world.to_vlan("served", 1, 0), "takes only what its source_filter finds"),
        (pair("served", ("dcim.device", one), ("ipam.vlan", &nobody)), "there is nothing with the id"),
        (
            pair("served", ("dcim.device", one), ("dcim.device", two)),
            "`destination_type`: the destination of Served is a ipam.vlan, not a dcim.device",
        ),
        (pair("served", ("ipam.vlan", first), ("ipam.vlan", first)), "`source_type`"),
        (world.to_device("twin", 0, 0), "a record cannot be joined to itself"),
    ] {
        let message = world.fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    world.fixture.ok(&[world.to_vlan("served", 0, 0)]).await;
    let types = [("source_type", Value::from("dcim.location")), ("source_filter", Value::Null)];
    let message = world.fixture.fails(update("extras.relationship", &[("key", "served".into())], &types)).await;
    assert!(message.contains("`source_type`: it cannot change while the relationship joins records"), "{message}");
}

#[tokio::test]
async fn a_pair_goes_with_either_end_and_with_its_relationship() {
    let mut world = World::new().await;
    world
        .fixture
        .ok(&[defined("Served", "many-to-many", &[]), among_devices("Peers", "symmetric-many-to-many", &[])])
        .await;
    let pairs = [
        world.to_vlan("served", 0, 0),
        world.to_vlan("served", 1, 0),
        world.to_vlan("served", 1, 1),
        world.to_device("peers", 2, 3),
    ];
    world.fixture.ok(&pairs).await;
    for (gone, left) in [
        (delete("dcim.device", &[("name", "one".into())]), 3),
        (delete("ipam.vlan", &[("vid", 2.into())]), 2),
        (delete("dcim.device", &[("name", "four".into())]), 1),
        (delete("extras.relationship", &[("key", "served".into())]), 0),
    ] {
        world.fixture.ok(&[gone]).await;
        assert_eq!(world.count().await, left);
    }
}

#[tokio::test]
async fn reading_goes_both_ways() {
    let mut world = World::new().await;
    world
        .fixture
        .ok(&[
            defined("Served", "many-to-many", &[("source_label", "Serves".into())]),
            among_devices("Peers", "symmetric-many-to-many", &[]),
        ])
        .await;
    let pairs = [
        world.to_vlan("served", 0, 1),
        world.to_vlan("served", 0, 0),
        world.to_vlan("served", 1, 0),
        world.to_device("peers", 0, 2),
        world.to_device("peers", 1, 0),
    ];
    world.fixture.ok(&pairs).await;
    let registry = world.fixture.inventory.registry().clone();
    let mut reader = world.fixture.inventory.reader().await.unwrap();
    let device = registry.content_type("dcim.device").unwrap();
    let vlan = registry.content_type("ipam.vlan").unwrap();
    let all = reader.relationships(None).await.unwrap();
    let labels: Vec<String> = all
        .iter()
        .flat_map(|one| one.ways_from(device.index()).into_iter().map(|way| one.label_toward(&registry, way.toward)))
        .collect();
    assert_eq!(labels, ["devices", "Serves"]);
    let (peers, served) = (&all[0], &all[1]);
    assert_eq!(served.label_toward(&registry, Side::Source), "devices");
    assert_eq!(reader.relationships(Some(vlan)).await.unwrap(), std::slice::from_ref(served));

    let ids = |records: &[Stored]| records.iter().map(|one| one.id).collect::<Vec<_>>();
    let (devices, vlans) = (ids(&world.devices), ids(&world.vlans));
    let near = |related: &Related, id| related.get(&id).cloned().unwrap_or_default();
    for (way, from, expected) in [
        (served.toward(Side::Destination), devices[0], vec![vlans[0], vlans[1]]),
        (served.toward(Side::Destination), devices[2], vec![]),
        (served.toward(Side::Source), vlans[0], vec![devices[0], devices[1]]),
        (peers.toward(Side::Peer), devices[0], vec![devices[2], devices[1]]),
        (peers.toward(Side::Peer), devices[1], vec![devices[0]]),
    ] {
        let all = [devices.clone(), vlans.clone()].concat();
        let related = reader.related(Relation::Associated(way), &all, RelatedRequest::default()).await.unwrap();
        assert_eq!(near(&related, from), expected, "{way:?}");
    }
    let joined = reader.joined(peers.toward(Side::Peer), &devices[..1]).await.unwrap();
    let mut far: Vec<_> = joined.iter().map(|one| one.far).collect();
    far.sort();
    let mut expected = vec![devices[1], devices[2]];
    expected.sort();
    assert_eq!(far, expected);

    for (of, filter, values, expected) in [
        (device, "cr_served__destination", vec!["v1"], vec![0, 1]),
        (device, "cr_served__destination", vec!["v2"], vec![0]),
        (device, "cr_served__destination__n", vec!["v1"], vec![3, 2]),
        (device, "cr_served__destination__isnull", vec!["false"], vec![0, 1]),
        (device, "cr_served__destination", vec!["null"], vec![3, 2]),
        (device, "cr_peers__peer", vec!["one"], vec![2, 1]),
        (device, "cr_peers__peer", vec!["two", "three"], vec![0]),
        (vlan, "cr_served__source", vec!["two"], vec![0]),
    ] {
        let mut request = ListRequest::all(of.index());
        request.filters.insert(filter.to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
        let records = if of.name() == "ipam.vlan" { &vlans } else { &devices };
        let expected: Vec<_> = expected.into_iter().map(|place: usize| records[place]).collect();
        assert_eq!(reader.list(&request).await.unwrap().ids, expected, "{filter} {values:?}");
    }
    for filter in
        ["cr_served__source", "cr_served__peer", "cr_served", "cr_nothing__source", "cr_served__destination__ic"]
    {
        let mut request = ListRequest::all(device.index());
        request.filters.insert(filter.to_owned(), vec!["x".to_owned()]);
        let error = reader.list(&request).await.unwrap_err().to_string();
        assert_eq!(error, format!("filter `{filter}`: Unknown filter field"));
    }

    let name = |name: &str| named_by(&[("name", name.into())]);
    let names = [name("two"), name("nobody"), named_by(&[("id", devices[3].to_string().into())])];
    let found = reader.named(device, &names).await.unwrap();
    assert_eq!(found, [Named::One(devices[1]), Named::Nothing, Named::One(devices[3])]);
    let several = [named_by(&[("status__name", "Active".into())])];
    assert_eq!(reader.named(device, &several).await.unwrap(), [Named::Several]);
}

fn named_by(values: &[(&str, Value)]) -> trueup_inventory::PathValues {
    crate::support::pairs(values)
}
