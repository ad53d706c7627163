//! What interfaces and rack groups have to do with locations.

use trueup_engine::Value;
use trueup_inventory::Change;

use crate::support::*;

/// Regions North and South with the sites AMS, RTM and MRS, which hold devices, VLANs and racks.
async fn places() -> Fixture {
    let mut fixture = Fixture::new().await.with_basics().await;
    let holds = ["dcim.device", "dcim.rack", "dcim.rackgroup", "ipam.vlan", "virtualization.cluster"];
    let kind = |name: &str| update("dcim.locationtype", &[("name", name.into())], &[("content_types", texts(&holds))]);
    fixture
        .ok(&[
            kind("Site"),
            kind("Region"),
            location("South", "Region", None),
            location("RTM", "Site", Some("North")),
            location("MRS", "Site", Some("South")),
            device("sw1", "AMS"),
            interface("sw1", "a"),
        ])
        .await;
    fixture
}

fn placed_vlan(vid: i64, locations: &[&str]) -> Change {
    let mut change = vlan(None, vid, &format!("v{vid}"));
    change.values.push(("locations".into(), records("name", locations)));
    change
}

/// Records, each by one of its fields.
fn records<T: Copy + Into<Value>>(field: &str, values: &[T]) -> Value {
    let named = |value: &T| Value::Map([(field.into(), (*value).into())].into_iter().collect());
    Value::List(values.iter().map(named).collect())
}

async fn told(fixture: &mut Fixture, change: Change) -> String {
    match fixture.write(&[change]).await.remove(0) {
        Ok(_) => "good".to_owned(),
        Err(error) => error.to_string().split_once(": ").unwrap().1.to_owned(),
    }
}

#[tokio::test]
async fn vlans_of_an_interface_are_those_of_its_place() {
    let mut fixture = places().await;
    let (near, above, far) =
        (placed_vlan(1, &["AMS", "MRS"]), placed_vlan(2, &["North"]), placed_vlan(3, &["RTM", "South"]));
    fixture.ok(&[near, above, far, vlan(None, 4, "v4")]).await;
    let set = |values: &[(&str, Value)]| update("dcim.interface", &[("name", "a".into())], values);
    let elsewhere = |field: &str| {
        format!(
            "`{field}`: VLAN v3 (3) belongs to other locations than the device; add its location to the VLAN, or use one \
             that has none"
        )
    };
    for (vids, expected) in [
        (vec![1], "good".to_owned()),
        (vec![2, 4], "good".to_owned()),
        (vec![1, 3], elsewhere("tagged_vlans")),
        (vec![], "good".to_owned()),
    ] {
        let found =
            told(&mut fixture, set(&[("mode", "tagged".into()), ("tagged_vlans", records("vid", &vids))])).await;
        assert_eq!(found, expected, "{vids:?}");
    }
    for (vid, expected) in [(1, "good".to_owned()), (3, elsewhere("untagged_vlan")), (2, "good".to_owned())] {
        let found = told(&mut fixture, set(&[("mode", "access".into()), ("untagged_vlan__vid", vid.into())])).await;
        assert_eq!(found, expected, "{vid}");
    }
    // A device that has moved away does not hold up what has nothing to do with it.
    fixture.ok(&[update("dcim.device", &[("name", "sw1".into())], &[("location__name", "MRS".into())])]).await;
    assert_eq!(told(&mut fixture, set(&[("description", "x".into())])).await, "good");
}

#[tokio::test]
async fn vlans_of_a_virtual_machine_are_those_of_its_cluster() {
    let mut fixture = places().await;
    let machine = |name: &str, cluster: &str| {
        let values = [("name", name.into()), ("cluster__name", cluster.into()), ("status__name", "Active".into())];
        create("virtualization.virtualmachine", &values)
    };
    let cluster = |name: &str, location: Value| {
        let values = [("name", name.into()), ("cluster_type__name", "kvm".into()), ("location__name", location)];
        create("virtualization.cluster", &values)
    };
    let port = |machine: &str, vid: i64| {
        let values = [
            ("virtual_machine__name", machine.into()),
            ("name", format!("{machine}{vid}").into()),
            ("status__name", "Active".into()),
            ("mode", "access".into()),
            ("untagged_vlan__vid", vid.into()),
        ];
        create("virtualization.vminterface", &values)
    };
    fixture
        .ok(&[
            create("virtualization.clustertype", &[("name", "kvm".into())]),
            cluster("here", "AMS".into()),
            cluster("nowhere", Value::Null),
            machine("a", "here"),
            machine("b", "nowhere"),
            placed_vlan(1, &["North"]),
            placed_vlan(3, &["MRS"]),
        ])
        .await;
    for (machine, vid, good) in [("a", 1, true), ("a", 3, false), ("b", 3, true)] {
        let found = told(&mut fixture, port(machine, vid)).await;
        assert_eq!(found == "good", good, "{machine} {vid}: {found}");
        assert!(good || found.contains("than the virtual machine"), "{found}");
    }
}

#[tokio::test]
async fn a_vrf_is_assigned_before_interfaces_use_it() {
    let mut fixture = places().await;
    let vrf = |name: &str| create("ipam.vrf", &[("name", name.into()), ("namespace__name", "Global".into())]);
    let assign =
        |vrf: &str| create("ipam.vrfdeviceassignment", &[("vrf__name", vrf.into()), ("device__name", "sw1".into())]);
    fixture.ok(&[vrf("red"), vrf("blue"), assign("blue")]).await;
    let set = |vrf: &str| update("dcim.interface", &[("name", "a".into())], &[("vrf__name", vrf.into())]);
    let refused = "`vrf`: it is not assigned to the device of the interface; assign it first";
    assert_eq!(told(&mut fixture, set("red")).await, refused);
    assert_eq!(told(&mut fixture, set("blue")).await, "good");
    // Both in one batch, and at once with a new interface.
    let mut new = interface("sw1", "b");
    new.values.push(("vrf__name".into(), "red".into()));
    fixture.ok(&[assign("red"), new]).await;
}

#[tokio::test]
async fn rack_groups_lie_in_each_other_and_hold_their_racks() {
    let mut fixture = places().await;
    let group = |name: &str, location: &str, parent: Option<&str>| {
        let values = [("name", name.into()), ("location__name", location.into()), ("parent__name", parent.into())];
        create("dcim.rackgroup", &values)
    };
    let rack = |name: &str, location: &str, group: &str| {
        let values = [
            ("name", name.into()),
            ("location__name", location.into()),
            ("rack_group__name", group.into()),
            ("status__name", "Active".into()),
        ];
        create("dcim.rack", &values)
    };
    fixture.ok(&[group("north", "North", None), group("ams", "AMS", Some("north")), rack("R1", "AMS", "ams")]).await;
    let set = |name: &str, values: &[(&str, Value)]| update("dcim.rackgroup", &[("name", name.into())], values);
    let outside = "`location`: it does not lie in the location of the group that this one is in";
    let held =
        |what: &str| format!("`location`: {what} is in this group and lies elsewhere; move it first, or take it out");
    for (change, expected) in [
        (group("mrs", "MRS", Some("north")), outside.to_owned()),
        (set("ams", &[("location__name", "MRS".into())]), format!("{outside}; {}", held("rack R1"))),
        (set("ams", &[("location__name", "RTM".into())]), held("rack R1")),
        (set("ams", &[("location__name", "North".into())]), "good".to_owned()),
        (set("ams", &[("location__name", "AMS".into())]), "good".to_owned()),
        (set("north", &[("location__name", "South".into())]), held("rack group ams")),
        (set("ams", &[("parent__name", Value::Null)]), "good".to_owned()),
        (set("north", &[("location__name", "South".into())]), "good".to_owned()),
        (set("ams", &[("parent__name", "north".into())]), outside.to_owned()),
        (set("ams", &[("description", "x".into())]), "good".to_owned()),
    ] {
        let message = format!("{change:?}");
        assert_eq!(told(&mut fixture, change).await, expected, "{message}");
    }
    // Groups that move together are seen as they will be.
    fixture.ok(&[group("top", "North", None), group("below", "RTM", Some("top"))]).await;
    let moves = [set("top", &[("location__name", "South".into())]), set("below", &[("location__name", "MRS".into())])];
    fixture.ok(&moves).await;
}
