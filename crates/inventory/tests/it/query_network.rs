//! Lists of networks, addresses, and what they hang on.

use trueup_engine::Value;

use crate::query_world::found;
use crate::support::{Fixture, address, create, device, interface, prefix};

async fn network() -> Fixture {
    let mut fixture = Fixture::new().await.with_basics().await;
    let prefixes =
        ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.1.0.0/16", "2001:db8::/32", "2001:db8::/64"];
    fixture.ok(&prefixes.map(prefix)).await;
    let addresses = ["10.0.0.1/24", "10.0.0.2/24", "10.0.1.1/32", "10.1.0.1/16", "2001:db8::1/64"];
    fixture.ok(&addresses.map(address)).await;
    fixture.ok(&[device("sw1", "AMS"), device("sw2", "AMS")]).await;
    fixture.ok(&[interface("sw1", "eth0"), interface("sw2", "eth0"), interface("sw2", "eth1")]).await;
    let assign = |address: &str, device: &str, interface: &str| {
        let values: [(&str, Value); 3] = [
            ("ip_address__host", address.into()),
            ("interface__device__name", device.into()),
            ("interface__name", interface.into()),
        ];
        create("ipam.ipaddresstointerface", &values)
    };
    fixture.ok(&[assign("10.0.0.1", "sw1", "eth0"), assign("10.0.0.2", "sw2", "eth1")]).await;
    fixture
}

async fn check(fixture: &Fixture, content_type: &str, table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (query, expected) in table {
        let found = found(&fixture.inventory, content_type, query).await;
        if found != *expected {
            wrong.push(format!("{query}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn prefixes() {
    let fixture = network().await;
    let table = [
        ("prefix=10.0.0.0/16", "10.0.0.0/16"),
        ("prefix=10.0.99.99/16", "10.0.0.0/16"),
        ("prefix=10.0.0.0/16&prefix=10.1.0.0/16", "10.0.0.0/16 10.1.0.0/16"),
        ("prefix=nonsense", ""),
        ("prefix=10.9.0.0/16", ""),
        ("prefix_exact=10.0.0.0/24", "10.0.0.0/24"),
        ("prefix__n=10.0.0.0/8&ip_version=4", "10.0.0.0/16 10.0.0.0/24 10.0.1.0/24 10.1.0.0/16"),
        ("prefix_length=24", "10.0.0.0/24 10.0.1.0/24"),
        ("prefix_length__lte=16", "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16"),
        ("within=10.0.0.0/16", "10.0.0.0/24 10.0.1.0/24"),
        ("within=10.0.0.0/16&within=2001:db8::/32", "10.0.0.0/24 10.0.1.0/24 2001:db8::/64"),
        ("within_include=10.0.0.0/16", "10.0.0.0/16 10.0.0.0/24 10.0.1.0/24"),
        ("within=nonsense", r#"{"within":["`nonsense` is no network or address, such as 10.0.0.0/8."]}"#),
        ("contains=10.0.0.7", "10.0.0.0/8 10.0.0.0/16 10.0.0.0/24"),
        ("contains=10.0.0.0/16", "10.0.0.0/8 10.0.0.0/16"),
        ("contains=2001:db8::5", "2001:db8::/32 2001:db8::/64"),
        ("contains=::/0", ""),
        ("contains=192.168.0.1", ""),
        ("parent=10.0.0.0/16", "10.0.0.0/24 10.0.1.0/24"),
        ("parent=null", "10.0.0.0/8 2001:db8::/32"),
        (
            "parent=10.9.0.0/16",
            r#"{"parent":["Select a valid choice. 10.9.0.0/16 is not one of the available choices."]}"#,
        ),
        ("parent=x", r#"{"parent":["Select a valid choice. x is not one of the available choices."]}"#),
        ("prefix_and_descendants=10.0.0.0/16", "10.0.0.0/16 10.0.0.0/24 10.0.1.0/24"),
        ("ancestors=10.0.0.0/16", "10.0.0.0/24 10.0.1.0/24"),
        ("max_depth=0", "10.0.0.0/8 2001:db8::/32"),
        ("max_depth=1", "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 2001:db8::/32 2001:db8::/64"),
        ("max_depth=x", r#"{"max_depth":["Enter a whole number."]}"#),
        ("namespace=Global&ip_version=6", "2001:db8::/32 2001:db8::/64"),
        ("namespace=Other", r#"{"namespace":["Select a valid choice. Other is not one of the available choices."]}"#),
        ("q=10.0", "10.0.0.0/8 10.0.0.0/16 10.0.0.0/24 10.0.1.0/24"),
        ("q=10.1.", "10.1.0.0/16"),
        ("q=10.0.0.0/24", "10.0.0.0/24"),
        ("q=2001:db8", "2001:db8::/32 2001:db8::/64"),
        ("q=nothing", ""),
        ("location=AMS", ""),
        ("status=Active&prefix_length=8", "10.0.0.0/8"),
        ("type=container", ""),
    ];
    check(&fixture, "ipam.prefix", &table).await;
}

#[tokio::test]
async fn addresses() {
    let fixture = network().await;
    let table = [
        ("address=10.0.0.1", "10.0.0.1/24"),
        ("address=10.0.0.1/24", "10.0.0.1/24"),
        ("address=10.0.0.1/32", ""),
        ("address=nonsense", ""),
        ("address=10.0.0.1&address=2001:DB8:0::1", "10.0.0.1/24 2001:db8::1/64"),
        ("address__n=10.0.0.1&ip_version=4", "10.0.0.2/24 10.0.1.1/32 10.1.0.1/16"),
        ("prefix=10.0.0.0/16", "10.0.0.1/24 10.0.0.2/24 10.0.1.1/32"),
        ("prefix=10.0.0.0/24&prefix=10.1.0.0/16", "10.0.0.1/24 10.0.0.2/24 10.1.0.1/16"),
        ("prefix_exact=10.1.0.0/16", "10.1.0.1/16"),
        ("parent=10.0.0.0/24", "10.0.0.1/24 10.0.0.2/24"),
        ("mask_length=32", "10.0.1.1/32"),
        ("namespace=Global&mask_length=64", "2001:db8::1/64"),
        ("device=sw1", "10.0.0.1/24"),
        ("device=sw1&device=sw2", "10.0.0.1/24 10.0.0.2/24"),
        ("device__n=sw1&prefix=10.0.0.0/24", "10.0.0.2/24"),
        ("device=sw9", r#"{"device":["Select a valid choice. sw9 is not one of the available choices."]}"#),
        ("device_id=sw1", r#"{"device_id":["“sw1” is not a valid value."]}"#),
        ("interfaces=eth1", "10.0.0.2/24"),
        ("has_interface_assignments=true", "10.0.0.1/24 10.0.0.2/24"),
        ("has_interface_assignments=false&ip_version=4", "10.0.1.1/32 10.1.0.1/16"),
        ("q=10.0.0", "10.0.0.1/24 10.0.0.2/24"),
        ("q=10.0.0.1", "10.0.0.1/24"),
        ("q=10.0.0.1/24", "10.0.0.1/24"),
        ("sort=-host&ip_version=4", "10.1.0.1/16 10.0.1.1/32 10.0.0.2/24 10.0.0.1/24"),
        ("sort=-address&mask_length=24", "10.0.0.2/24 10.0.0.1/24"),
    ];
    check(&fixture, "ipam.ipaddress", &table).await;
}

#[tokio::test]
async fn devices_and_interfaces() {
    let mut fixture = network().await;
    let mac = crate::support::update(
        "dcim.interface",
        &[("device__name", "sw2".into()), ("name", "eth1".into())],
        &[("mac_address", "00:1b:44:11:3a:b7".into())],
    );
    let serial = crate::support::update("dcim.device", &[("name", "sw1".into())], &[("serial", "ABC123".into())]);
    fixture.ok(&[mac, serial]).await;
    let table = [
        ("device=sw2", "eth0 eth1"),
        ("device=sw1&device=sw2", "eth0 eth0 eth1"),
        ("device__n=sw1", "eth0 eth1"),
        ("location=AMS&device=sw1", "eth0"),
        // The place itself, not what is below.
        ("location=North", ""),
        ("ip_addresses=10.0.0.2", "eth1"),
        ("has_ip_addresses=false", "eth0"),
        ("mac_address=00:1B:44:11:3A:B7", "eth1"),
        ("type=1000base-t&mgmt_only=false&device=sw1", "eth0"),
        ("kind=virtual", ""),
        ("kind=physical", "eth0 eth0 eth1"),
        ("kind=wireless&kind=physical", "eth0 eth0 eth1"),
        ("kind=odd", r#"{"kind":["Select a valid choice. odd is not one of the available choices."]}"#),
        ("vlan=12", ""),
        ("vlan_id=x", r#"{"vlan_id":["Enter a valid UUID."]}"#),
    ];
    check(&fixture, "dcim.interface", &table).await;
    let table = [
        ("serial=abc123", "sw1"),
        ("serial__n=abc123", "sw2"),
        ("serial__ic=bc", "sw1"),
        ("manufacturer=Acme", "sw1 sw2"),
        ("device_type=X1", "sw1 sw2"),
        ("device_type=X2", r#"{"device_type":["Select a valid choice. X2 is not one of the available choices."]}"#),
        ("has_primary_ip=false", "sw1 sw2"),
        ("has_primary_ip=true", ""),
        ("tenant_group=null", "sw1 sw2"),
        ("tenant=null", "sw1 sw2"),
        ("tenant__isnull=true&name=sw1", "sw1"),
        ("status=Active&role=Switch&location=AMS", "sw1 sw2"),
    ];
    check(&fixture, "dcim.device", &table).await;
    let table = [
        ("subtree=North", "AMS North"),
        ("subtree__n=AMS", "North"),
        ("max_depth=0", "North"),
        ("parent=North", "AMS"),
        ("content_type=ipam.vlan", "AMS"),
    ];
    check(&fixture, "dcim.location", &table).await;
}
