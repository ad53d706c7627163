//! Records that cannot become a struct.

use trueup_derive::Model;
use trueup_engine::kind::{FromRecordError, Model};
use trueup_engine::{FieldType, Key, Record, Value};

#[derive(Debug, PartialEq, Model)]
struct Vlan {
    #[id]
    vid: u16,
    #[id(path = "vlan_group__name")]
    group: Option<String>,
    name: String,
    #[attr(path = "status__name", default = "active")]
    status: Option<String>,
}

fn record() -> Record {
    Record::new("vlan", Key::new(vec![Value::Int(7), Value::Null])).with("name", "seven")
}

#[test]
fn missing_attributes_are_null_and_unknown_ones_are_passed_over() {
    let vlan = Vlan::from_record(&record().with("colour", "red")).unwrap();
    assert_eq!(vlan, Vlan { vid: 7, group: None, name: "seven".into(), status: None });
}

#[test]
fn attributes_are_found_by_name_and_identifiers_by_position() {
    let record = Record::new("vlan", Key::new(vec![Value::Int(7), "access".into()]))
        .with("status__name", "planned")
        .with("name", "seven")
        .with("vid", 9);
    let vlan = Vlan::from_record(&record).unwrap();
    let (group, status) = (Some("access".into()), Some("planned".into()));
    assert_eq!(vlan, Vlan { vid: 7, group, name: "seven".into(), status });
}

fn wrong(field: &str, wanted: FieldType, found: &'static str, value: &str) -> FromRecordError {
    let (kind, field, value) = ("vlan".into(), field.into(), value.into());
    FromRecordError::WrongType { kind, field, wanted, found, value }
}

#[test]
fn each_refusal_says_what_and_where() {
    let key = |values: Vec<Value>| Record { key: Key::new(values), ..record() };
    let mut without_name = record();
    without_name.attributes.shift_remove("name");
    let cases = [
        (
            Record { kind: "site".into(), ..record() },
            FromRecordError::WrongKind { wanted: "vlan".into(), found: "site".into() },
        ),
        (key(vec![]), FromRecordError::WrongKeyLength { kind: "vlan".into(), wanted: 2, found: 0 }),
        (key(vec![7.into()]), FromRecordError::WrongKeyLength { kind: "vlan".into(), wanted: 2, found: 1 }),
        (
            key(vec![7.into(), Value::Null, Value::Null]),
            FromRecordError::WrongKeyLength { kind: "vlan".into(), wanted: 2, found: 3 },
        ),
        (key(vec!["7".into(), Value::Null]), wrong("vid", FieldType::Int, "text", "7")),
        (key(vec![Value::Int(65_536), Value::Null]), wrong("vid", FieldType::Int, "int", "65536")),
        (key(vec![Value::Int(-1), Value::Null]), wrong("vid", FieldType::Int, "int", "-1")),
        (key(vec![Value::Null, Value::Null]), wrong("vid", FieldType::Int, "null", "None")),
        (key(vec![7.into(), 8.into()]), wrong("vlan_group__name", FieldType::Text, "int", "8")),
        (record().with("name", 8), wrong("name", FieldType::Text, "int", "8")),
        (without_name, wrong("name", FieldType::Text, "null", "None")),
        (record().with("status__name", true), wrong("status__name", FieldType::Text, "bool", "True")),
    ];
    for (record, error) in cases {
        assert_eq!(Vlan::from_record(&record), Err(error));
    }
}
