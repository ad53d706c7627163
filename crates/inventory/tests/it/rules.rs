//! What data cannot say.

use trueup_engine::Value;
use trueup_inventory::Components;
use trueup_inventory::testing::TestDatabase;

use crate::support::*;

#[tokio::test]
async fn locations_follow_their_types() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let cases = [
        (location("A", "Region", Some("North")), "a Region lies in no other location"),
        (location("B", "Site", None), "a Site lies in a Region; name one as its parent"),
        (location("C", "Site", Some("AMS")), "a Site lies in a Region, but this parent is a Site"),
        (device("d", "North"), "locations of type Region hold no dcim.device"),
    ];
    for (change, wanted) in cases {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{message}");
    }
    let kind = update("dcim.location", &[("name", "AMS".into())], &[("location_type__name", "Region".into())]);
    assert!(fixture.fails(kind).await.contains("`location_type` cannot change"));
    fixture.ok(&[create("dcim.locationtype", &[("name", "Area".into()), ("nestable", true.into())])]).await;
    fixture
        .ok(&[
            location("One", "Area", None),
            location("Two", "Area", Some("One")),
            location("Three", "Area", Some("Two")),
        ])
        .await;
    let ring = update("dcim.location", &[("name", "One".into())], &[("parent__name", "Three".into())]);
    assert!(fixture.fails(ring).await.contains("cannot lie below itself"));
}

/// Prefixes and addresses with their parents.
async fn tree(fixture: &Fixture) -> Vec<String> {
    let mut all = fixture.read("ipam.prefix", &["prefix", "parent__prefix"]).await;
    all.extend(fixture.read("ipam.ipaddress", &["address", "parent__prefix"]).await);
    all
}

#[tokio::test]
async fn prefixes_and_addresses_know_their_parents() {
    let mut fixture = Fixture::new().await.with_basics().await;
    // Children before parents, in one batch, with host bits.
    fixture.ok(&[prefix("10.1.2.0/24"), prefix("10.0.0.0/8"), prefix("10.1.77.1/16"), prefix("2001:db8::/32")]).await;
    fixture.ok(&[address("10.1.2.3/24"), address("10.9.9.9/32"), address("2001:db8::1/64")]).await;
    assert_eq!(
        tree(&fixture).await,
        [
            "10.0.0.0/8 | -",
            "10.1.0.0/16 | 10.0.0.0/8",
            "10.1.2.0/24 | 10.1.0.0/16",
            "2001:db8::/32 | -",
            "10.1.2.3/24 | 10.1.2.0/24",
            "10.9.9.9/32 | 10.0.0.0/8",
            "2001:db8::1/64 | 2001:db8::/32",
        ]
    );
    // A prefix in between takes over what it covers, and gives it back.
    fixture.ok(&[prefix("10.1.2.0/28"), prefix("10.9.0.0/16")]).await;
    assert_eq!(
        tree(&fixture).await[5..],
        [
            "2001:db8::/32 | -",
            "10.1.2.3/24 | 10.1.2.0/28",
            "10.9.9.9/32 | 10.9.0.0/16",
            "2001:db8::1/64 | 2001:db8::/32",
        ]
    );
    let gone = |net: &str| delete("ipam.prefix", &[("namespace__name", "Global".into()), ("prefix", net.into())]);
    fixture.ok(&[gone("10.1.0.0/16"), gone("10.1.2.0/28")]).await;
    assert_eq!(
        tree(&fixture).await,
        [
            "10.0.0.0/8 | -",
            "10.1.2.0/24 | 10.0.0.0/8",
            "10.9.0.0/16 | 10.0.0.0/8",
            "2001:db8::/32 | -",
            "10.1.2.3/24 | 10.1.2.0/24",
            "10.9.9.9/32 | 10.9.0.0/16",
            "2001:db8::1/64 | 2001:db8::/32",
        ]
    );
    let message = fixture.fails(gone("2001:db8::/32")).await;
    assert!(message.contains("IP address 2001:db8::1"), "{message}");
}

#[tokio::test]
async fn addresses_need_a_prefix_and_keep_their_host() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let message = fixture.fails(address("10.0.0.1/24")).await;
    assert!(message.contains("no prefix holds 10.0.0.1 in this namespace (Global)"), "{message}");
    fixture.ok(&[prefix("10.0.0.0/24"), address("10.0.0.1/24")]).await;
    let key: &[(&str, Value)] = &[("parent__namespace__name", "Global".into()), ("host", "10.0.0.1".into())];
    let message = fixture.fails(update("ipam.ipaddress", key, &[("address", "10.0.0.2/24".into())])).await;
    assert!(message.contains("`host` cannot change"), "{message}");
    fixture
        .ok(&[update("ipam.ipaddress", key, &[("address", "10.0.0.1/28".into()), ("dns_name", "A.Example".into())])])
        .await;
    assert_eq!(
        fixture.read("ipam.ipaddress", &["address", "dns_name", "ip_version", "namespace__name"]).await,
        ["10.0.0.1/28 | a.example | 4 | Global"]
    );
    assert!(fixture.fails(address("10.0.0.1/30")).await.contains("another IP address has the same parent and host"));
    let without = create(
        "ipam.ipaddress",
        &[("host", "10.0.0.7".into()), ("mask_length", 24.into()), ("status__name", "Active".into())],
    );
    fixture.ok(&[without]).await;
}

#[tokio::test]
async fn other_rules() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            create("ipam.vlangroup", &[("name", "G".into()), ("range", "10-20".into())]),
            vlan(Some("G"), 15, "fifteen"),
            device("sw1", "AMS"),
            device("sw2", "AMS"),
            interface("sw1", "eth0"),
            interface("sw2", "eth0"),
            create("dcim.manufacturer", &[("name", "Other".into())]),
            create("dcim.platform", &[("name", "OtherOS".into()), ("manufacturer__name", "Other".into())]),
            prefix("2001:db8::/64"),
            address("2001:db8::1/64"),
            create("dcim.devicetype", &[("manufacturer__name", "Acme".into()), ("model", "X2".into())]),
            create(
                "dcim.rearporttemplate",
                &[("device_type__model", "X1".into()), ("name", "r".into()), ("type", "lc".into())],
            ),
        ])
        .await;
    let group: &[(&str, Value)] = &[("name", "G".into())];
    let sw1: &[(&str, Value)] = &[("name", "sw1".into())];
    let eth0: &[(&str, Value)] = &[("device__name", "sw1".into()), ("name", "eth0".into())];
    let other = [("lag__device__name", "sw2".into()), ("lag__name", "eth0".into())];
    let mut slaac = address("10.0.0.1/24");
    slaac.values.push(("type".into(), "slaac".into()));
    let front = |model: &str, position: i64| {
        create(
            "dcim.frontporttemplate",
            &[
                ("device_type__model", model.into()),
                ("name", "f".into()),
                ("type", "lc".into()),
                ("rear_port_template__device_type__model", "X1".into()),
                ("rear_port_template__name", "r".into()),
                ("rear_port_position", position.into()),
            ],
        )
    };
    let child = create(
        "dcim.devicetype",
        &[("manufacturer__name", "Acme".into()), ("model", "C".into()), ("subdevice_role", "child".into())],
    );
    let mut nowhere = vlan(Some("G"), 16, "x");
    nowhere.values.push(("locations".into(), Value::List(vec![Value::List(vec!["North".into(), Value::Null])])));
    let cases = [
        (vlan(Some("G"), 21, "x"), "21 is outside the range of its VLAN group, 10-20"),
        (vlan(Some("G"), 5000, "x"), "`vid`: 5000 is out of range, it must be from 1 to 4094"),
        (update("ipam.vlangroup", group, &[("range", "10-14".into())]), "VLAN 15 of this group would be outside of it"),
        (update("ipam.vlangroup", group, &[("range", "20-10".into())]), "is no range of VLAN ids"),
        (update("ipam.vlangroup", group, &[("range", "ten".into())]), "VLAN ids, such as 1-100,200"),
        (update("dcim.device", sw1, &[("platform__name", "OtherOS".into())]), "of another manufacturer"),
        (update("dcim.device", sw1, &[("primary_ip4__host", "2001:db8::1".into())]), "it is no IPv4 address"),
        (update("dcim.interface", eth0, &other), "`lag`: it belongs to another device"),
        (update("dcim.interface", eth0, &[("untagged_vlan__vid", 15.into())]), "`untagged_vlan`: it needs a mode"),
        (update("dcim.interface", eth0, &[("mac_address", "xx".into())]), "is not a valid mac"),
        (device("sw1", "AMS"), "another device has the same name and location and tenant"),
        (front("X2", 1), "`rear_port_template`: it belongs to another device type"),
        (front("X1", 2), "the rear port has only 1 position"),
        (child, "a child device type has height 0"),
        (nowhere, "`locations`: locations of type Region hold no ipam.vlan"),
        (slaac, "only IPv6 addresses come from SLAAC"),
    ];
    for (change, wanted) in cases {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{message}");
    }
    fixture.ok(&[update("dcim.interface", eth0, &[("mac_address", "AABB.CCDD.EEFF".into())])]).await;
}

#[tokio::test]
async fn a_device_gets_the_interfaces_of_its_type_when_asked() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let template = |name: &str| {
        create(
            "dcim.interfacetemplate",
            &[
                ("device_type__model", "X1".into()),
                ("name", name.into()),
                ("type", "1000base-t".into()),
                ("mgmt_only", (name == "mgmt").into()),
            ],
        )
    };
    fixture.ok(&[template("eth0"), template("mgmt"), device("bare", "AMS")]).await;
    fixture.context.components = Components::Instantiate;
    fixture.ok(&[device("full", "AMS")]).await;
    assert_eq!(
        fixture.read("dcim.interface", &["device__name", "name", "mgmt_only", "status__name"]).await,
        ["full | eth0 | false | Active", "full | mgmt | true | Active"]
    );
}

#[tokio::test]
async fn the_seed_is_there() {
    let fixture = Fixture::on(TestDatabase::empty().await).await;
    assert_eq!(fixture.read("extras.status", &["name"]).await.len(), 22);
    assert_eq!(fixture.read("extras.role", &["name"]).await.len(), 20);
    assert_eq!(fixture.read("ipam.namespace", &["name"]).await, ["Global"]);
    let active = &fixture.read("extras.status", &["name", "color", "content_types"]).await[0];
    assert!(active.starts_with("Active | 4caf50 | {circuits.circuit, dcim.controller, dcim.device"), "{active}");
}

#[tokio::test]
async fn a_status_stays_for_the_types_that_use_it() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[create("extras.tag", &[("name", "t".into()), ("content_types", texts(&["dcim.device", "ipam.vlan"]))])])
        .await;
    let mut tagged = device("sw1", "AMS");
    tagged.values.push(("tags".into(), texts(&["t"])));
    fixture.ok(&[tagged]).await;
    let set = |content_type: &str, name: &str, types: &[&str]| {
        update(content_type, &[("name", name.into())], &[("content_types", texts(types))])
    };
    for (content_type, name) in [("extras.tag", "t"), ("extras.role", "Switch"), ("extras.status", "Active")] {
        let message = fixture.fails(set(content_type, name, &["ipam.vlan"])).await;
        assert!(message.contains("still use it; change these before taking dcim."), "{message}");
    }
    fixture
        .ok(&[set("extras.tag", "t", &["dcim.device"]), set("extras.role", "Switch", &["dcim.device", "ipam.vlan"])])
        .await;
}

/// Parents are what a slow and plain search finds, whatever the order of creating and deleting.
#[tokio::test]
async fn parents_are_right_after_many_changes() {
    let mut fixture = Fixture::new().await;
    let mut seed = 7_u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let mut nets: std::collections::BTreeSet<String> = ["10.0.0.0/8".to_owned()].into();
    fixture.ok(&[prefix("10.0.0.0/8")]).await;
    for _ in 0..12 {
        let mut changes = Vec::new();
        for _ in 0..25 {
            let length = 9 + random(16);
            let net: ipnet::Ipv4Net = format!("10.{}.{}.0/{length}", random(4) * 64, random(8) * 32).parse().unwrap();
            let net = net.trunc().to_string();
            if nets.insert(net.clone()) {
                changes.push(prefix(&net));
            }
        }
        changes.push(address(&format!("10.{}.{}.{}/32", random(4) * 64, random(8) * 32, 1 + random(200))));
        fixture.write(&changes).await;
        let gone: Vec<String> = nets.iter().filter(|net| *net != "10.0.0.0/8").step_by(4).cloned().collect();
        let deletes: Vec<_> = gone
            .iter()
            .map(|net| delete("ipam.prefix", &[("namespace__name", "Global".into()), ("prefix", net.as_str().into())]))
            .collect();
        fixture.ok(&deletes).await;
        nets.retain(|net| !gone.contains(net));

        let all: Vec<ipnet::Ipv4Net> = nets.iter().map(|net| net.parse().unwrap()).collect();
        let longest = |holds: &dyn Fn(&ipnet::Ipv4Net) -> bool| {
            let found = all.iter().filter(|net| holds(net)).max_by_key(|net| net.prefix_len());
            found.map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        let rows = tree(&fixture).await;
        assert!(rows.len() > all.len());
        for row in rows {
            let (own, parent) = row.split_once(" | ").unwrap();
            let own: ipnet::Ipv4Net = own.parse().unwrap();
            let is_prefix = all.contains(&own);
            let wanted = longest(&|net| net.contains(&own.addr()) && (!is_prefix || net.contains(&own) && *net != own));
            assert_eq!(parent, wanted, "{own}");
        }
    }
}
