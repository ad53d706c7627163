use trueup_engine::Value;

use crate::support::{Setup, assert_says, folder};

const CSV: &[u8] = b"name,role\na,leaf\na,leaf\nb,spine\nb,leaf\n";

fn mapping(rule: &str) -> String {
    format!("[{{kind: device, from: d.csv, duplicates: {rule}, fields: {{name: row.name, role: row.role}}}}]")
}

#[test]
fn error_names_both() {
    let mapping = "[{kind: device, from: d.csv, fields: {name: row.name}}]";
    let loaded = Setup { mapping, ..Setup::default() }.load(&folder(&[("d.csv", CSV)]));
    assert_says(&loaded.error(), &["d.csv, line 3", "device a", "already at d.csv, line 2"]);
}

#[test]
fn first_wins_and_the_others_are_counted() {
    let loaded = Setup { mapping: &mapping("first"), ..Setup::default() }.load(&folder(&[("d.csv", CSV)]));
    assert_eq!((loaded.report().records, loaded.report().repeated), (2, 2));
    assert_eq!(loaded.field("device", "b", "role"), Value::from("spine"));
}

#[test]
fn same_allows_equal_records_only() {
    let loaded = Setup { mapping: &mapping("same"), ..Setup::default() }.load(&folder(&[("d.csv", CSV)]));
    assert_says(&loaded.error(), &["d.csv, line 5", "device b", "already at d.csv, line 4", "another value of `role`"]);
    let equal = folder(&[("d.csv", b"name,role\na,leaf\na,leaf\nb,\nb,\n")]);
    let loaded = Setup { mapping: &mapping("same"), ..Setup::default() }.load(&equal);
    assert_eq!((loaded.report().records, loaded.report().repeated), (2, 2));
}

#[test]
fn keys_are_compared_in_their_normal_form() {
    let schema = "kinds: {port: {identifiers: [{name: mac, type: mac}], attributes: [speed]}}";
    let mapping = "[{kind: port, from: p.csv, duplicates: same, fields: {mac: row.mac, speed: row.speed}}]";
    let folder = folder(&[("p.csv", b"mac,speed\naa:bb:cc:dd:ee:ff,1\nAABB.CCDD.EEFF,1\n")]);
    let loaded = Setup { schema, mapping, ..Setup::default() }.load(&folder);
    assert_eq!((loaded.report().records, loaded.report().repeated), (1, 1));
}
