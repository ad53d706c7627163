//! Metadata of records: values of a kind, for types, once for each field, and only as long as the record.

use serde_json::{Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::{Change, Stored};

use crate::support::*;

fn kind(name: &str, data_type: &str) -> Change {
    let types = texts(&["dcim.device"]);
    create("extras.metadatatype", &[("name", name.into()), ("data_type", data_type.into()), ("content_types", types)])
}

fn choice(of: &str, value: &str) -> Change {
    create("extras.metadatachoice", &[("metadata_type__name", of.into()), ("value", value.into())])
}

/// Metadata of a device, with anything more that is to be said.
fn about(device: &Stored, kind: &str, more: Json) -> Change {
    let mut values = vec![
        ("metadata_type__name", Value::from(kind)),
        ("assigned_object_type", "dcim.device".into()),
        ("assigned_object_id", device.id.to_string().into()),
    ];
    for (path, value) in more.as_object().unwrap() {
        values.retain(|(known, _)| known != path);
        values.push((path, Value::from_json(value.clone())));
    }
    create("extras.objectmetadata", &values)
}

/// A device, another one, and a type of metadata of every kind, named after it.
async fn fixture() -> (Fixture, Vec<Stored>) {
    let mut fixture = Fixture::new().await.with_basics().await;
    let devices = fixture.ok(&[device("one", "AMS"), device("two", "AMS")]).await;
    for name in ["text", "integer", "float", "boolean", "date", "select", "multi-select", "json", "contact-or-team"] {
        fixture.ok(&[kind(name, name)]).await;
    }
    let person = |content_type: &str, name: &str| create(content_type, &[("name", name.into())]);
    fixture
        .ok(&[
            choice("select", "gold"),
            choice("multi-select", "a"),
            choice("multi-select", "b"),
            person("extras.contact", "Ann"),
            person("extras.team", "NOC"),
        ])
        .await;
    (fixture, devices)
}

#[tokio::test]
async fn values_are_of_their_kind() {
    let (mut fixture, devices) = fixture().await;
    let both = json!({"contact__name": "Ann", "team__name": "NOC"});
    for (kind, said, expected) in [
        ("text", json!({"value": "x"}), Ok(json!("x"))),
        ("text", json!({"value": 5}), Err("Value must be a string")),
        ("text", json!({"value": ""}), Err("Required field cannot be empty")),
        ("text", json!({}), Err("Required field cannot be empty")),
        ("text", json!({"value": "x", "contact__name": "Ann"}), Err("neither contact nor team")),
        ("integer", json!({"value": "7"}), Ok(json!(7))),
        ("integer", json!({"value": 1.5}), Err("Value must be an integer")),
        ("float", json!({"value": 1.5}), Ok(json!(1.5))),
        ("float", json!({"value": "2.5"}), Ok(json!(2.5))),
        ("float", json!({"value": "many"}), Err("Value must be a number")),
        ("boolean", json!({"value": "yes"}), Ok(json!(true))),
        ("date", json!({"value": "2026-02-30"}), Err("YYYY-MM-DD")),
        ("select", json!({"value": "gold"}), Ok(json!("gold"))),
        ("select", json!({"value": "tin"}), Err("Available choices are: gold")),
        ("multi-select", json!({"value": ["b", "a"]}), Ok(json!(["b", "a"]))),
        ("json", json!({"value": {"a": [1]}}), Ok(json!({"a": [1]}))),
        ("contact-or-team", json!({"contact__name": "Ann"}), Ok(json!(null))),
        ("contact-or-team", json!({"team__name": "NOC"}), Ok(json!(null))),
        ("contact-or-team", json!({}), Err("name a contact or a team")),
        ("contact-or-team", both, Err("not both")),
        ("contact-or-team", json!({"team__name": "NOC", "value": "x"}), Err("has no other value")),
    ] {
        let outcome = fixture.write(&[about(&devices[0], kind, said.clone())]).await.remove(0);
        match (outcome, expected) {
            (Ok(stored), Ok(expected)) => {
                let value = stored.values.iter().find(|(path, _)| path.as_ref() == "value");
                assert_eq!(value.map_or(json!(null), |(_, value)| value.to_json()), expected, "{kind} {said}");
                let id = stored.id.to_string();
                fixture.ok(&[delete("extras.objectmetadata", &[("id", id.into())])]).await;
            }
            (Err(error), Err(wanted)) => assert!(error.to_string().contains(wanted), "{kind} {said}: {error}"),
            (outcome, _) => panic!("{kind} {said}: {outcome:?}"),
        }
    }
    let message = fixture.fails(choice("text", "x")).await;
    assert!(message.contains("`metadata_type`: a field of the type text has no choices"), "{message}");
    let name = [("name", Value::from("text"))];
    let message = fixture.fails(update("extras.metadatatype", &name, &[("data_type", "json".into())])).await;
    assert!(message.contains("`data_type` cannot change"), "{message}");
}

#[tokio::test]
async fn each_field_has_it_once() {
    let (mut fixture, devices) = fixture().await;
    let scoped = |fields: Json| json!({"value": "x", "scoped_fields": fields});
    let (one, two) = (&devices[0], &devices[1]);
    for (change, expected) in [
        (about(one, "text", scoped(json!(["name", "serial"]))), None),
        (about(one, "text", scoped(json!(["serial", "role"]))), Some("about `serial` already")),
        (about(one, "text", scoped(json!(["role"]))), None),
        (about(one, "text", scoped(json!([]))), Some("about some fields of the record already")),
        (about(one, "json", scoped(json!([]))), None),
        (about(one, "json", scoped(json!(["name"]))), Some("about the whole record")),
        (about(two, "text", scoped(json!(["name"]))), None),
        (about(two, "text", scoped(json!(["nmae"]))), Some("dcim.device has no field `nmae`")),
        (about(two, "text", scoped(json!("name"))), Some("it is a list of names of fields")),
        (
            about(two, "text", json!({"value": "x", "assigned_object_type": "dcim.location"})),
            Some("text is not for dcim.location"),
        ),
        (
            about(two, "text", json!({"value": "x", "assigned_object_id": "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a"})),
            Some("there is no dcim.device with the id"),
        ),
    ] {
        let outcome = fixture.write(std::slice::from_ref(&change)).await.remove(0);
        match (&outcome, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(wanted)) if error.to_string().contains(wanted) => {}
            _ => panic!("{change:?}: {outcome:?}, not {expected:?}"),
        }
    }
    // Together as one after the other.
    let twice = [about(two, "integer", json!({"value": 1})), about(two, "integer", json!({"value": 2}))];
    let outcomes = fixture.write(&twice).await;
    assert!(outcomes[0].is_ok() && outcomes[1].is_err(), "{outcomes:?}");
    // Fields may change hands in one batch, but what cannot be changed keeps its own.
    let fields = |fields: Json| about(two, "json", json!({"value": "x", "scoped_fields": fields}));
    let stored = fixture.ok(&[fields(json!(["name"])), fields(json!(["serial"]))]).await;
    let scope = |place: usize, fields: Json| {
        let id = stored[place].id.to_string();
        update("extras.objectmetadata", &[("id", id.into())], &[("scoped_fields", Value::from_json(fields))])
    };
    fixture.ok(&[scope(0, json!(["serial"])), scope(1, json!(["name"]))]).await;
    let outcomes = fixture.write(&[scope(0, json!(["name"])), scope(1, json!(["nmae"]))]).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
}

#[tokio::test]
async fn it_goes_with_its_record_and_holds_its_type_and_its_people() {
    let (mut fixture, devices) = fixture().await;
    fixture
        .ok(&[
            about(&devices[0], "text", json!({"value": "x"})),
            about(&devices[1], "text", json!({"value": "x"})),
            about(&devices[1], "contact-or-team", json!({"team__name": "NOC"})),
        ])
        .await;
    for (content_type, name) in [("extras.metadatatype", "text"), ("extras.team", "NOC")] {
        let message = fixture.fails(delete(content_type, &[("name", name.into())])).await;
        assert!(message.contains("it is still used by"), "{message}");
    }
    for (name, left) in [("one", 2), ("two", 0)] {
        fixture.ok(&[delete("dcim.device", &[("name", name.into())])]).await;
        assert_eq!(fixture.read("extras.objectmetadata", &["id"]).await.len(), left);
    }
}
