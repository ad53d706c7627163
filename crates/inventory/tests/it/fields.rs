//! What a file says about its fields, seen from outside: choices of other things than texts, alternatives, texts made
//! of others.

use trueup_engine::Value;

use crate::support::*;

#[tokio::test]
async fn numbers_and_lists_are_held_to_their_choices() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let repository = |contents: &[&str]| {
        let contents = Value::List(contents.iter().map(|item| Value::from(*item)).collect());
        let values = [("name", "r".into()), ("remote_url", "https://x".into()), ("provided_contents", contents)];
        create("extras.gitrepository", &values)
    };
    let message = fixture.fails(repository(&["extras.job", "extras.jobs"])).await;
    assert!(message.contains("`extras.jobs`") && message.contains("`extras.job`?"), "{message}");
    fixture.ok(&[repository(&["extras.job"])]).await;

    fixture
        .ok(&[update("dcim.locationtype", &[("name", "Site".into())], &[("content_types", texts(&["dcim.rack"]))])])
        .await;
    let rack = |width: i64| {
        let values = [
            ("name", "r1".into()),
            ("location__name", "AMS".into()),
            ("status__name", "Available".into()),
            ("width", width.into()),
        ];
        create("dcim.rack", &values)
    };
    let message = fixture.fails(rack(20)).await;
    assert!(message.contains("`width`") && message.contains("20"), "{message}");
    fixture.ok(&[rack(21)]).await;
    assert_eq!(fixture.read("dcim.rack", &["width"]).await, ["21"]);
}

#[tokio::test]
async fn a_record_names_one_of_several_things() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            device("sw1", "AMS"),
            create("virtualization.clustertype", &[("name", "T".into())]),
            create("virtualization.cluster", &[("name", "C".into()), ("cluster_type__name", "T".into())]),
            create(
                "virtualization.virtualmachine",
                &[("name", "vm1".into()), ("cluster__name", "C".into()), ("status__name", "Active".into())],
            ),
        ])
        .await;
    let ports = || ("ports", Value::List(vec![22.into()]));
    let service = |more: &[(&str, Value)]| {
        let values: Vec<_> = [("name", "ssh".into()), ports()].into_iter().chain(more.iter().cloned()).collect();
        create("ipam.service", &values)
    };
    let (on_device, on_vm) = (("device__name", "sw1".into()), ("virtual_machine__name", "vm1".into()));
    let none = fixture.fails(service(&[])).await;
    assert!(none.contains("`device`: name one of device and virtual_machine"), "{none}");
    let both = fixture.fails(service(&[on_device.clone(), on_vm.clone()])).await;
    assert!(both.contains("`virtual_machine`: name only one of device and virtual_machine"), "{both}");
    fixture.ok(&[service(&[on_device]), service(std::slice::from_ref(&on_vm))]).await;
    let identifiers = [("name", "ssh".into()), ("device__name", "sw1".into())];
    let added = fixture.fails(update("ipam.service", &identifiers, &[on_vm])).await;
    assert!(added.contains("only one of"), "{added}");
}

#[tokio::test]
async fn an_identifier_is_made_of_a_label() {
    let mut fixture = Fixture::new().await;
    let field = |label: &str, more: &[(&str, Value)]| {
        let values: Vec<(&str, Value)> =
            [("label", label.into()), ("type", "text".into()), ("content_types", texts(&["dcim.device"]))]
                .into_iter()
                .chain(more.iter().cloned())
                .collect();
        create("extras.customfield", &values)
    };
    fixture.ok(&[field("Asset owner (new)", &[]), field("Other", &[("key", "mine".into())])]).await;
    let mut keys = fixture.read("extras.customfield", &["key"]).await;
    keys.sort();
    assert_eq!(keys, ["asset_owner_new", "mine"]);
}
