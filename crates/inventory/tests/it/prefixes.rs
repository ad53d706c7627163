//! The tree of prefixes and addresses, whatever is done to it.

use std::net::IpAddr;

use ipnet::IpNet;
use trueup_engine::Value;
use trueup_inventory::{Change, Selection};

use crate::support::{Fixture, create, delete, update};

fn key(namespace: &str, net: &str) -> [(&'static str, Value); 2] {
    [("namespace__name", namespace.into()), ("prefix", net.into())]
}

fn prefix(namespace: &str, net: &str) -> Change {
    let [namespace, net] = key(namespace, net);
    create("ipam.prefix", &[net, namespace, ("status__name", "Active".into())])
}

fn address(namespace: &str, address: &str) -> Change {
    let namespace = ("parent__namespace__name", namespace.into());
    create("ipam.ipaddress", &[("address", address.into()), namespace, ("status__name", "Active".into())])
}

async fn values(fixture: &Fixture, content_type: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let selection = Selection::all(content_type, fields.iter().copied());
    fixture.inventory.read(&selection, &mut |row| rows.push(row.into_values())).await.unwrap();
    rows
}

fn net(value: &Value) -> Option<IpNet> {
    match value {
        Value::Prefix(net) => net.to_string().parse().ok(),
        _ => None,
    }
}

/// Every stored parent is what a slow and plain search finds.
async fn check(fixture: &Fixture) {
    let fields = ["prefix", "namespace__name", "parent__prefix", "parent__namespace__name"];
    let prefixes: Vec<(IpNet, String, Option<IpNet>)> = values(fixture, "ipam.prefix", &fields)
        .await
        .iter()
        .map(|row| {
            assert!(row[2].is_null() || row[1] == row[3], "{row:?} lies in a prefix of another namespace");
            (net(&row[0]).unwrap(), row[1].to_string(), net(&row[2]))
        })
        .collect();
    let longest = |namespace: &str, holds: &dyn Fn(&IpNet) -> bool| {
        let all = prefixes.iter().filter(|(net, other, _)| other == namespace && holds(net));
        all.map(|(net, ..)| *net).max_by_key(IpNet::prefix_len)
    };
    for (own, namespace, parent) in &prefixes {
        let wanted = longest(namespace, &|net| net.contains(own) && net != own);
        assert_eq!(*parent, wanted, "the parent of {own} in {namespace}");
    }
    for row in values(fixture, "ipam.ipaddress", &["host", "parent__namespace__name", "parent__prefix"]).await {
        let host: IpAddr = row[0].to_string().parse().unwrap();
        let wanted = longest(&row[1].to_string(), &|net| net.contains(&host));
        assert_eq!(net(&row[2]), wanted, "the parent of {host}");
    }
}

#[tokio::test]
async fn parents_are_right_whatever_changes() {
    let mut fixture = Fixture::new().await;
    let mut seed = 11_u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let spaces = ["Global", "Lab"];
    fixture.ok(&[create("ipam.namespace", &[("name", "Lab".into())])]).await;
    let (mut done, mut refused) = (0, 0);
    for round in 0..60 {
        let mut some_net = || {
            let length = 8 + random(17);
            let net: ipnet::Ipv4Net = format!("10.{}.{}.0/{length}", random(2) * 128, random(4) * 64).parse().unwrap();
            net.trunc().to_string()
        };
        let mut changes: Vec<Change> = Vec::new();
        let stored = values(&fixture, "ipam.prefix", &["namespace__name", "prefix"]).await;
        // Few at once ask for ranges, many at once read all children: both ways are tried.
        let new = if round % 3 == 0 { 24 } else { 2 };
        let nets: Vec<String> = (0..new).map(|_| some_net()).collect();
        changes.extend(nets.iter().map(|net| prefix(spaces[(round % 2) as usize], net)));
        changes.push(address(
            spaces[(round % 2) as usize],
            &format!("10.{}.{}.{}/32", random(2) * 128, random(4) * 64, random(250)),
        ));
        if !stored.is_empty() {
            for action in 0..3 {
                let row = &stored[random(stored.len() as u32) as usize];
                let key = key(&row[0].to_string(), &row[1].to_string());
                let other = if row[0].to_string() == "Lab" { "Global" } else { "Lab" };
                changes.push(match action {
                    0 => update("ipam.prefix", &key, &[("prefix", nets[0].as_str().into())]),
                    1 => update("ipam.prefix", &key, &[("namespace__name", other.into())]),
                    _ => delete("ipam.prefix", &key),
                });
            }
        }
        for outcome in fixture.write(&changes).await {
            if outcome.is_ok() { done += 1 } else { refused += 1 }
        }
        check(&fixture).await;
    }
    assert!(done > 200 && refused > 20, "{done} done and {refused} refused are too one-sided to show much");
}

#[tokio::test]
async fn what_moves_takes_its_own_along() {
    let mut fixture = Fixture::new().await;
    fixture
        .ok(&[
            create("ipam.namespace", &[("name", "Lab".into())]),
            prefix("Global", "10.0.0.0/8"),
            prefix("Global", "10.1.0.0/16"),
            prefix("Global", "10.1.1.0/24"),
            prefix("Lab", "10.1.0.0/20"),
            address("Global", "10.1.1.1/24"),
        ])
        .await;
    let both = update(
        "ipam.prefix",
        &key("Global", "10.1.0.0/16"),
        &[("namespace__name", "Lab".into()), ("prefix", "10.2.0.0/16".into())],
    );
    assert!(fixture.fails(both).await.contains("cannot change together"));
    fixture.ok(&[update("ipam.prefix", &key("Global", "10.1.0.0/16"), &[("namespace__name", "Lab".into())])]).await;
    assert_eq!(
        fixture.read("ipam.prefix", &["namespace__name", "prefix", "parent__prefix"]).await,
        [
            "Global | 10.0.0.0/8 | -",
            "Lab | 10.1.0.0/16 | -",
            "Lab | 10.1.0.0/20 | 10.1.0.0/16",
            "Lab | 10.1.1.0/24 | 10.1.0.0/20"
        ]
    );
    assert_eq!(fixture.read("ipam.ipaddress", &["host", "parent__namespace__name"]).await, ["10.1.1.1 | Lab"]);
    // A network that shrinks leaves what it no longer covers to the one it lay in, if there is one.
    let shrunk = update("ipam.prefix", &key("Lab", "10.1.0.0/16"), &[("prefix", "10.1.64.0/18".into())]);
    fixture.ok(&[shrunk]).await;
    check(&fixture).await;
    let lost = update("ipam.prefix", &key("Lab", "10.1.0.0/20"), &[("prefix", "10.3.0.0/20".into())]);
    fixture.ok(&[lost]).await;
    check(&fixture).await;
    let homeless = update("ipam.prefix", &key("Lab", "10.1.1.0/24"), &[("prefix", "10.4.0.0/24".into())]);
    assert!(fixture.fails(homeless).await.contains("IP address 10.1.1.1 would lie in no prefix"));
}
