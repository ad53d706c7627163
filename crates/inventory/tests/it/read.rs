//! Reading: what comes, in which order, at how many statements.

use trueup_inventory::{Only, Selection};

use crate::support::*;

const FIELDS: [&str; 6] =
    ["name", "location__name", "location__parent__name", "device_type__manufacturer__name", "role__name", "tags"];

#[tokio::test]
async fn statements_do_not_depend_on_the_number_of_records() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let selection = Selection::all("dcim.device", FIELDS);
    let mut counts = Vec::new();
    for step in [1, 10, 1000] {
        let changes: Vec<_> = (0..step).map(|number| device(&format!("d{step}-{number}"), "AMS")).collect();
        fixture.ok(&changes).await;
        let before = fixture.inventory.queries();
        fixture.rows(&selection).await;
        counts.push(fixture.inventory.queries() - before);
    }
    // A transaction, the tags, locations, device types and roles, the devices.
    assert_eq!(counts, [6, 6, 6]);
}

/// Tables that are referred to are read once when they are small and joined when they are not; nobody can tell.
#[tokio::test]
async fn references_to_many_records_read_like_those_to_few() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS"), device("sw2", "AMS")]).await;
    fixture.ok(&[interface("sw1", "eth0"), interface("sw2", "eth0")]).await;
    let fields = ["name", "device__name", "device__location__parent__name", "lag__name", "status__name"];
    let small = fixture.read("dcim.interface", &fields).await;
    assert_eq!(small, ["eth0 | sw1 | North | - | Active", "eth0 | sw2 | North | - | Active"]);
    for batch in 0..3 {
        let many: Vec<_> = (0..7_000).map(|number| device(&format!("x{batch}-{number}"), "AMS")).collect();
        fixture.ok(&many).await;
    }
    assert_eq!(fixture.read("dcim.interface", &fields).await, small);
}

#[tokio::test]
async fn writes_cost_statements_by_batch_and_not_by_record() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let mut cost = async |count: usize| {
        let changes: Vec<_> = (0..count).map(|number| device(&format!("d{count}-{number}"), "AMS")).collect();
        let before = fixture.inventory.queries();
        fixture.ok(&changes).await;
        fixture.inventory.queries() - before
    };
    cost(1).await;
    let (small, large) = (cost(256).await, cost(2560).await);
    assert!(large - small <= 2 * 9, "{small} statements for 256 records, {large} for 2560");
    let updates: Vec<_> = (0..256)
        .map(|number| update("dcim.device", &[("name", format!("d256-{number}").into())], &[("serial", "S".into())]))
        .collect();
    let before = fixture.inventory.queries();
    fixture.ok(&updates).await;
    assert!(fixture.inventory.queries() - before < 20);
    let deletes: Vec<_> =
        (0..256).map(|number| delete("dcim.device", &[("name", format!("d256-{number}").into())])).collect();
    let before = fixture.inventory.queries();
    fixture.ok(&deletes).await;
    assert!(fixture.inventory.queries() - before < 40);
}

#[tokio::test]
async fn some_records_by_id_or_key() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let tag = create("extras.tag", &[("name", "core".into()), ("content_types", texts(&["dcim.device"]))]);
    fixture.ok(&[tag]).await;
    let mut changes = vec![device("a", "AMS"), device("b", "AMS"), device("c", "AMS")];
    changes[1].values.push(("tags".into(), texts(&["core"])));
    let stored = fixture.ok(&changes).await;
    let by_id = Selection::all("dcim.device", ["name", "tags"]).only(Only::Ids(vec![stored[1].id, stored[2].id]));
    assert_eq!(fixture.rows(&by_id).await, ["b | {core}", "c | {}"]);
    let keys = vec![vec!["a".into(), "AMS".into()], vec!["z".into(), "AMS".into()]];
    let by_key = Only::Keys { paths: vec!["name".into(), "location__name".into()], keys };
    assert_eq!(fixture.rows(&Selection::all("dcim.device", ["name"]).only(by_key)).await, ["a"]);
    let shared = Only::Keys { paths: vec!["location__name".into()], keys: vec![vec!["AMS".into()]] };
    assert_eq!(fixture.rows(&Selection::all("dcim.device", ["name"]).only(shared)).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_wrong_path_is_told() {
    let fixture = Fixture::new().await;
    let error =
        fixture.inventory.read(&Selection::all("dcim.device", ["locatoin__name"]), &mut |_| {}).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "dcim.device has no field `locatoin`; did you mean `location`? (path `locatoin__name`)"
    );
}

#[tokio::test]
async fn many_records_behind_a_type_of_its_own() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let assign = |address: &str| {
        create(
            "ipam.ipaddresstointerface",
            &[
                ("ip_address__host", address.into()),
                ("interface__device__name", "sw1".into()),
                ("interface__name", "eth0".into()),
            ],
        )
    };
    fixture
        .ok(&[
            prefix("10.0.0.0/24"),
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            device("sw1", "AMS"),
            interface("sw1", "eth0"),
            assign("10.0.0.1"),
            assign("10.0.0.2"),
        ])
        .await;
    assert_eq!(
        fixture.read("dcim.interface", &["name", "ip_addresses"]).await,
        ["eth0 | {['Global', 10.0.0.1], ['Global', 10.0.0.2]}"]
    );
    // The same table has the addresses of the interfaces of virtual machines.
    assert_eq!(fixture.read("ipam.ipaddress", &["host", "vm_interfaces"]).await, ["10.0.0.1 | {}", "10.0.0.2 | {}"]);
    assert_eq!(fixture.read("virtualization.vminterface", &["name", "ip_addresses"]).await, [""; 0]);
    let change = update("dcim.interface", &[("name", "eth0".into())], &[("ip_addresses", texts(&[]))]);
    assert!(fixture.fails(change).await.contains("`ip_addresses` is computed"));
}

/// A client may give any id, also the one that stands for none where the references of a row are read.
#[tokio::test]
async fn no_reference_leads_to_a_record_whose_id_is_all_zeros() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let zeros = "00000000-0000-0000-0000-000000000000";
    fixture.ok(&[create("tenancy.tenant", &[("id", zeros.into()), ("name", "zero".into())])]).await;
    fixture.ok(&[device("sw1", "AMS"), device("sw2", "AMS")]).await;
    fixture.ok(&[update("dcim.device", &[("name", "sw2".into())], &[("tenant__name", "zero".into())])]).await;
    assert_eq!(fixture.read("dcim.device", &["name", "tenant__name"]).await, ["sw1 | -", "sw2 | zero"]);
}
