//! Ranges of addresses, what is free, and VRFs.

use std::net::IpAddr;

use trueup_engine::Value;
use trueup_inventory::{Between, RecordId};

use crate::support::*;

fn range(start: &str, end: &str, exclusive: bool) -> trueup_inventory::Change {
    create(
        "ipam.ipaddressrange",
        &[
            ("start_address", start.into()),
            ("end_address", end.into()),
            ("status__name", "Active".into()),
            ("is_exclusive", exclusive.into()),
        ],
    )
}

fn named(start: &str, end: &str, parent: &str) -> trueup_inventory::Change {
    let mut change = range(start, end, false);
    change.values.extend(pairs(&[("parent__namespace__name", "Global".into()), ("parent__prefix", parent.into())]));
    change
}

#[tokio::test]
async fn ranges_lie_in_one_prefix_and_keep_addresses_out() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[prefix("10.0.0.0/16"), prefix("10.0.1.0/24"), prefix("10.0.2.0/24"), address("10.0.1.50/24")]).await;
    fixture.ok(&[range("10.0.1.10", "10.0.1.20", true), range("10.0.1.200", "10.0.2.7", false)]).await;
    assert_eq!(
        fixture.read("ipam.ipaddressrange", &["start_address", "parent__prefix", "ip_version"]).await,
        ["10.0.1.10 | 10.0.1.0/24 | 4", "10.0.1.200 | 10.0.0.0/16 | 4",]
    );
    for (change, wanted) in [
        (range("10.0.1.9", "10.0.1.8", false), "it comes before the start"),
        (range("10.0.1.9", "2001:db8::1", false), "both ends are of the same IP version"),
        (range("10.9.0.1", "10.9.0.2", false), "no prefix of that namespace holds both ends"),
        (range("10.0.1.40", "10.0.1.60", true), "address 10.0.1.50 lies in it"),
        (named("10.0.1.30", "10.0.1.40", "10.0.0.0/16"), "both ends lie in 10.0.1.0/24, the closest prefix"),
        (address("10.0.1.15/24"), "10.0.1.15 lies in the exclusive range 10.0.1.10 - 10.0.1.20"),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    fixture.ok(&[address("10.0.1.9/24"), address("10.0.1.201/24")]).await;
    for (content_type, key) in
        [("ipam.ipaddress", ("host", "10.0.1.9")), ("ipam.ipaddressrange", ("start_address", "10.0.1.10"))]
    {
        let nowhere = update(content_type, &[(key.0, key.1.into())], &[("parent__id", Value::Null)]);
        let message = fixture.fails(nowhere).await;
        assert!(message.contains("`parent`"), "{message}");
    }
}

async fn id(fixture: &Fixture, net: &str) -> RecordId {
    let mut found = None;
    let selection = trueup_inventory::Selection::all("ipam.prefix", ["prefix"]);
    let read = &mut |row: trueup_inventory::RowView<'_>| {
        if row.values()[0].to_string() == net {
            found = Some(row.id());
        }
    };
    fixture.inventory.read(&selection, read).await.unwrap();
    found.unwrap()
}

#[tokio::test]
async fn what_is_free_is_what_nothing_has() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            prefix("10.0.0.0/29"),
            prefix("10.0.0.4/31"),
            address("10.0.0.2/29"),
            address("10.0.0.4/31"),
            prefix("10.1.0.0/22"),
            prefix("10.1.1.0/24"),
            prefix("2001:db8::/126"),
            prefix("192.0.2.0/28"),
            range("192.0.2.1", "192.0.2.12", true),
        ])
        .await;
    let everywhere = Between::default();
    let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
    for (net, between, most, expected) in [
        ("10.0.0.0/29", everywhere, 9, &["10.0.0.1/29", "10.0.0.3/29", "10.0.0.5/29", "10.0.0.6/29"][..]),
        ("10.0.0.0/29", everywhere, 2, &["10.0.0.1/29", "10.0.0.3/29"]),
        ("10.0.0.0/29", Between { first: ip("10.0.0.3"), last: ip("10.0.0.5") }, 9, &["10.0.0.3/29", "10.0.0.5/29"]),
        ("10.0.0.0/29", Between { first: ip("10.0.0.7"), last: None }, 9, &[]),
        ("10.0.0.4/31", everywhere, 9, &["10.0.0.5/31"]),
        ("2001:db8::/126", everywhere, 2, &["2001:db8::/126", "2001:db8::1/126"]),
        ("192.0.2.0/28", everywhere, 9, &["192.0.2.13/28", "192.0.2.14/28"]),
    ] {
        let id = id(&fixture, net).await;
        let mut reader = fixture.inventory.reader().await.unwrap();
        let found = reader.free_addresses(id, between, most).await.unwrap();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{net} {between:?}");
    }
    let id = id(&fixture, "10.1.0.0/22").await;
    let mut reader = fixture.inventory.reader().await.unwrap();
    let found = reader.free_networks(id).await.unwrap();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.1.0.0/24", "10.1.2.0/23"]);
    assert!(reader.carve(id, &[22]).await.unwrap().is_none());
}

#[tokio::test]
async fn a_vrf_holds_prefixes_of_its_namespace() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let elsewhere =
        [("prefix", "10.0.0.0/8".into()), ("namespace__name", "lab".into()), ("status__name", Value::from("Active"))];
    fixture
        .ok(&[
            create("ipam.namespace", &[("name", "lab".into())]),
            create("ipam.vrf", &[("name", "red".into())]),
            prefix("10.0.0.0/8"),
            create("ipam.prefix", &elsewhere),
        ])
        .await;
    let assign = |namespace: &str| {
        create(
            "ipam.vrfprefixassignment",
            &[
                ("vrf__name", "red".into()),
                ("prefix__namespace__name", namespace.into()),
                ("prefix__prefix", "10.0.0.0/8".into()),
            ],
        )
    };
    let message = fixture.fails(assign("lab")).await;
    assert!(message.contains("it is in another namespace than the VRF"), "{message}");
    fixture.ok(&[assign("Global")]).await;
}
