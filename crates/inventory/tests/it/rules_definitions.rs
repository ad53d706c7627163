//! What data cannot say about definitions: custom fields, location types, services, time zones.

use trueup_engine::Value;

use crate::support::*;

fn field(label: &str, kind: &str, more: &[(&str, Value)]) -> trueup_inventory::Change {
    let mut values: Vec<(&str, Value)> =
        vec![("label", label.into()), ("type", kind.into()), ("content_types", texts(&["dcim.device"]))];
    values.extend(more.iter().cloned());
    create("extras.customfield", &values)
}

fn choice(of: &str, value: &str) -> trueup_inventory::Change {
    create("extras.customfieldchoice", &[("custom_field__key", of.into()), ("value", value.into())])
}

#[tokio::test]
async fn custom_fields_hold_together() {
    let mut fixture = Fixture::new().await;
    fixture.ok(&[field("note", "text", &[("default", "x".into())]), field("stage", "select", &[])]).await;
    fixture.ok(&[choice("stage", "live")]).await;
    for (change, wanted) in [
        (field("a", "text", &[("default", 5.into())]), "`default`: Value must be a string"),
        (field("a", "integer", &[("default", "x".into())]), "`default`: Value must be an integer."),
        (
            field("a", "integer", &[("default", 9.into()), ("validation_maximum", 5.into())]),
            "`default`: Value must not exceed 5",
        ),
        (field("a", "text", &[("validation_regex", "(".into())]), "`validation_regex`: it is no regular expression"),
        (field("a", "date", &[("validation_minimum", 1.into())]), "a field of the type date has no bounds"),
        (field("a", "integer", &[("validation_regex", "1".into())]), "a field of the type integer has no pattern"),
        (
            field("a", "integer", &[("validation_minimum", 2.into()), ("validation_maximum", 1.into())]),
            "it is less than the minimum",
        ),
        (choice("note", "x"), "a field of the type text has no choices"),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
}

#[tokio::test]
async fn small_rules() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            device("one", "AMS"),
            interface("one", "e0"),
            create("dcim.locationtype", &[("name", "Area".into()), ("nestable", true.into())]),
            location("A", "Area", None),
            location("B", "Area", Some("A")),
        ])
        .await;
    let service = |ports: Value| {
        let values =
            [("name", "ssh".into()), ("device__name", "one".into()), ("protocol", "tcp".into()), ("ports", ports)];
        create("ipam.service", &values)
    };
    let place = |zone: &str| update("dcim.location", &[("name", "AMS".into())], &[("time_zone", zone.into())]);
    let kind = |name: &str, values: &[(&str, Value)]| update("dcim.locationtype", &[("name", name.into())], values);
    let port = [("device__name", Value::from("one")), ("name", "e0".into())];
    for (change, wanted) in [
        (service("22".into()), "they are a list of numbers from 1 to 65535"),
        (service(Value::List(vec![70_000.into()])), "they are a list of numbers from 1 to 65535"),
        (service(Value::List(vec![])), "they are a list of numbers from 1 to 65535"),
        (place("Mars/Olympus"), "`Mars/Olympus` is no time zone"),
        (kind("Site", &[("content_types", texts(&["ipam.vlan"]))]), "hold records of dcim.device"),
        (kind("Area", &[("nestable", false.into())]), "locations of this type lie in each other"),
        (
            update("dcim.interface", &port, &[("bridge__device__name", "one".into()), ("bridge__name", "e0".into())]),
            "an interface is not its own",
        ),
        (create("extras.configcontext", &[("name", "c".into()), ("data", texts(&["a"]))]), "`data`: it is an object"),
        (
            update("dcim.device", &[("name", "one".into())], &[("local_config_context_data", "text".into())]),
            "it is an object",
        ),
    ] {
        let message = fixture.fails(change).await;
        assert!(message.contains(wanted), "{wanted}: {message}");
    }
    fixture.ok(&[place("Europe/Amsterdam"), service(Value::List(vec![22.into()]))]).await;
}
