//! Types without a case of their own in `every_type`: each can be created with what it requires and nothing else, is
//! read as it was written, and goes again.

use std::collections::BTreeMap;
use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::model::{ContentType, FieldKind, ManyTarget, ScalarType};
use trueup_inventory::{Only, Selection};

use crate::support::{Fixture, create, delete, prefix};

/// Values for all that a new record of the type must have; what it must point at is created first.
async fn required(fixture: &mut Fixture, content_type: &ContentType, number: &mut usize) -> Vec<(String, Value)> {
    let registry = Arc::clone(fixture.inventory.registry());
    let mut values = Vec::new();
    if content_type.name() == "extras.job" {
        values.push(("module_name".to_owned(), Value::from(format!("m{number}"))));
    }
    let alternatives: Vec<&String> = content_type.exactly_one().iter().filter_map(|set| set.first()).collect();
    for field in content_type.fields() {
        if !field.is_demanded() && !alternatives.iter().any(|name| *name == field.name()) {
            continue;
        }
        *number += 1;
        let name = field.name().to_owned();
        match field.kind() {
            FieldKind::Scalar(scalar) => {
                let value = match (scalar.choices(), scalar.scalar_type()) {
                    (Some(choices), _) => Value::from(choices[0].value.as_str()),
                    // Short enough a length would make all of them the same network.
                    (None, ScalarType::Int) if name == "prefix_length" => Value::Int(32),
                    (None, ScalarType::Int) => Value::Int(1),
                    (None, ScalarType::Bool) => Value::Bool(true),
                    (None, ScalarType::Json) if name == "ports" => Value::List(vec![Value::Int(22)]),
                    (None, ScalarType::Json) if name == "data" => Value::Map(BTreeMap::new()),
                    (None, ScalarType::Json) => Value::List(vec![Value::from("view")]),
                    (None, ScalarType::ContentType) => Value::from("dcim.device"),
                    (None, ScalarType::Uuid) => Value::from("6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a"),
                    (None, ScalarType::DateTime) => Value::from("2026-11-23T07:02:48Z"),
                    (None, ScalarType::Ip) => Value::from(format!("10.0.{}.{}", *number / 256, *number % 256)),
                    (None, _) => Value::from(format!("n{number}")),
                };
                values.push((name, value));
            }
            FieldKind::Reference(reference) => {
                let to = Arc::clone(registry.get(reference.to()));
                let limited = reference.is_limited().then(|| content_type.name());
                let id = Box::pin(make(fixture, &to, limited, number)).await;
                values.push((format!("{name}__id"), id));
            }
            FieldKind::Many(many) if many.target() == ManyTarget::ContentTypes => {
                values.push((name, Value::Set(["dcim.device"].into_iter().collect())));
            }

            _ => {}
        }
    }
    if content_type.name() == "dcim.cable" {
        let interface = Arc::clone(fixture.inventory.registry().content_type("dcim.interface").unwrap());
        for end in ["termination_a", "termination_b"] {
            let id = Box::pin(make(fixture, &interface, None, number)).await;
            values.push((format!("{end}_type"), "dcim.interface".into()));
            values.push((format!("{end}_id"), id));
        }
    }
    if content_type.name() == "extras.relationshipassociation" {
        // Ends that exist. The relationship that was made joins devices.
        let device = Arc::clone(fixture.inventory.registry().content_type("dcim.device").unwrap());
        values.retain(|(name, _)| name != "source_id" && name != "destination_id");
        for end in ["source", "destination"] {
            let id = Box::pin(make(fixture, &device, None, number)).await;
            values.push((format!("{end}_id"), id));
        }
    }
    if content_type.name() == "extras.metadatachoice" {
        let kind = [
            ("name", Value::from("of choices")),
            ("data_type", "select".into()),
            ("content_types", Value::Set(["dcim.device"].into_iter().collect())),
        ];
        let stored = fixture.ok(&[create("extras.metadatatype", &kind)]).await;
        values.retain(|(name, _)| name != "metadata_type__id");
        values.push(("metadata_type__id".to_owned(), stored[0].id.to_string().into()));
    }
    if content_type.name() == "extras.objectmetadata" {
        let device = Arc::clone(fixture.inventory.registry().content_type("dcim.device").unwrap());
        values.retain(|(name, _)| name != "assigned_object_id");
        let id = Box::pin(make(fixture, &device, None, number)).await;
        values.extend([("assigned_object_id".to_owned(), id), ("value".to_owned(), "x".into())]);
    }
    if content_type.name() == "extras.customfield" {
        // A field of this kind takes choices.
        values.retain(|(name, _)| name != "type");
        values.push(("type".to_owned(), "select".into()));
    }
    if content_type.name() == "dcim.interface" {
        // The first kind of the list takes no cable.
        values.retain(|(name, _)| name != "type");
        values.push(("type".to_owned(), "1000base-t".into()));
    }
    values
}

async fn make(fixture: &mut Fixture, content_type: &ContentType, used_by: Option<&str>, number: &mut usize) -> Value {
    let mut values = required(fixture, content_type, number).await;
    if content_type.name() == "dcim.locationtype" {
        let held = ["dcim.device", "dcim.rack", "dcim.rackgroup", "ipam.prefix", "ipam.vlan"];
        values.push(("content_types".to_owned(), Value::Set(held.into_iter().collect())));
    }
    if let Some(used_by) = used_by {
        values.retain(|(name, _)| name != "content_types");
        values.push(("content_types".to_owned(), Value::Set([used_by].into_iter().collect())));
    }
    let pairs: Vec<(&str, Value)> = values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let stored = fixture.ok(&[create(content_type.name(), &pairs)]).await;
    Value::from(stored[0].id.to_string())
}

#[tokio::test]
async fn is_created_and_deleted() {
    let mut fixture = Fixture::new().await;
    let registry = Arc::clone(fixture.inventory.registry());
    let mut number = 0;
    // What holds the addresses that are made up.
    fixture.ok(&[prefix("10.0.0.0/8")]).await;
    for content_type in registry.content_types().filter(|content_type| !content_type.is_read_only()) {
        if super::every_type::has_case(content_type.name()) {
            continue;
        }
        let values = required(&mut fixture, content_type, &mut number).await;
        let pairs: Vec<(&str, Value)> = values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let stored = fixture.ok(&[create(content_type.name(), &pairs)]).await.remove(0);
        let selection = Selection::all(content_type.name(), pairs.iter().map(|(path, _)| *path));
        let selection = selection.only(Only::Ids(vec![stored.id]));
        let mut read = Vec::new();
        fixture.inventory.read(&selection, &mut |row| read.push(row.into_values())).await.unwrap();
        let answered: Vec<Value> = stored.values.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(read, [answered], "{}", content_type.name());
        fixture.ok(&[delete(content_type.name(), &[("id", Value::from(stored.id.to_string()))])]).await;
        assert_eq!(fixture.rows(&selection).await, Vec::<String>::new(), "{}", content_type.name());
    }
    assert!(number > 50, "only {number} values were made up");
}
