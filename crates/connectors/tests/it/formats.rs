use trueup_engine::Value;

use crate::support::{Setup, folder};

const MAPPING: &str = "
- kind: device
  from: 'devices.*'
  fields: {name: row.name, role: row.role, units: row.units}
";

/// The same two records in every format, with the oddities that each allows.
const SAME: [(&str, &[u8]); 10] = [
    ("devices.csv", "name,role,units\nsw1,leaf,1\n\"sw2, Zürich\",,2\n".as_bytes()),
    ("devices.csv", "\u{feff}name , role,units,\r\nsw1,leaf,1,\r\n\r\n\"sw2, Zürich\",,2,".as_bytes()),
    ("devices.json", r#"[{"name":"sw1","role":"leaf","units":1},{"name":"sw2, Z\u00fcrich","units":2.0}]"#.as_bytes()),
    ("devices.jsonl", "{\"name\":\"sw1\",\"role\":\"leaf\",\"units\":\"1\"}\n\n  {\"name\":\"sw2, Zürich\",\"role\":null,\"units\":2}".as_bytes()),
    ("devices.jsonl", "\u{feff}{\"name\":\"sw1\",\"role\":\"leaf\",\"units\":1}\r\n{\"name\":\"sw2, Zürich\",\"units\":2}\r\n".as_bytes()),
    ("devices.ndjson", "{\"name\":\"sw1\",\"role\":\"leaf\",\"units\":1}\n{\"name\":\"sw2, Zürich\",\"units\":2}\n".as_bytes()),
    ("devices.yaml", "- {name: sw1, role: leaf, units: 1}\n- name: 'sw2, Zürich'\n  units: 2\n".as_bytes()),
    ("devices.yml", "---\nname: sw1\nrole: leaf\nunits: 1\n---\n---\nname: sw2, Zürich\nunits: 2\n...\n".as_bytes()),
    ("devices.yaml", "- &base {name: sw1, role: leaf, units: 1}\n- {<<: *base, name: 'sw2, Zürich', role: ~, units: 2}\n".as_bytes()),
    ("devices.JSON", "\n [ {\"units\":1,\"name\":\"sw1\",\"role\":\"leaf\"} ,\n{\"name\":\"sw2, Zürich\",\"units\":2}]\n".as_bytes()),
];

#[test]
fn every_format_gives_the_same_records() {
    for (name, content) in SAME {
        let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[(name, content)]));
        let shown = String::from_utf8_lossy(content);
        assert_eq!(loaded.report().records, 2, "{shown}");
        assert_eq!(loaded.names("device"), ["sw1", "sw2, Zürich"], "{shown}");
        assert_eq!(loaded.field("device", "sw1", "role"), Value::from("leaf"), "{shown}");
        assert_eq!(loaded.field("device", "sw1", "units"), Value::Int(1), "{shown}");
        assert_eq!(loaded.field("device", "sw2, Zürich", "units"), Value::Int(2), "{shown}");
        assert_eq!(loaded.incomplete("device"), None, "{shown}");
    }
}

#[test]
fn latin_1_is_read_when_declared() {
    let csv = b"name,role,units\nZ\xfcrich,B\xfcro \xb1,1\n";
    let setup = Setup { mapping: MAPPING, source: "{path: ., encoding: latin-1}", ..Setup::default() };
    let loaded = setup.load(&folder(&[("devices.csv", csv)]));
    loaded.report();
    assert_eq!(loaded.field("device", "Zürich", "role"), Value::from("Büro ±"));
}

#[test]
fn latin_1_survives_the_edges_of_buffers() {
    let mut csv = b"name,role,units\n".to_vec();
    for index in 0..20_000 {
        csv.extend_from_slice(format!("n{index:05},").as_bytes());
        csv.extend_from_slice(&b"\xe9\xe8\xea"[..1 + index % 3]);
        csv.extend_from_slice(b"\xfc,1\n");
    }
    let setup = Setup { mapping: MAPPING, source: "{path: ., encoding: latin-1}", ..Setup::default() };
    let loaded = setup.load(&folder(&[("devices.csv", &csv)]));
    assert_eq!(loaded.report().records, 20_000);
    assert_eq!(loaded.field("device", "n19999", "role"), Value::from("éèü"));
}

#[test]
fn a_file_without_rows_is_complete_and_empty() {
    for (name, content) in
        [("devices.csv", "name\n"), ("devices.json", "[]"), ("devices.jsonl", ""), ("devices.yaml", "")]
    {
        let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[(name, content.as_bytes())]));
        assert_eq!(loaded.report().records, 0, "{name}");
        assert_eq!(loaded.incomplete("device"), None, "{name}");
    }
}

#[test]
fn yaml_words_keep_their_sense() {
    let yaml = "- {name: 007, role: no, units: 0x10}\n- {name: 1_000, role: on}\n- {name: 12:30, role: 2024-01-01}\n";
    let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[("devices.yaml", yaml.as_bytes())]));
    loaded.report();
    assert_eq!(loaded.names("device"), ["007", "1_000", "12:30"]);
    assert_eq!(loaded.field("device", "007", "role"), Value::from("no"));
    assert_eq!(loaded.field("device", "007", "units"), Value::Int(16));
    assert_eq!(loaded.field("device", "12:30", "role"), Value::from("2024-01-01"));
}

#[test]
fn a_large_yaml_file_is_not_too_much() {
    let rows: String =
        (0..40_000).map(|index| format!("- {{name: sw{index}, role: leaf, units: {index}}}\n")).collect();
    let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[("devices.yaml", rows.as_bytes())]));
    assert_eq!(loaded.report().records, 40_000);
}

#[test]
fn ten_thousand_columns_are_no_matter() {
    let names: Vec<String> = (0..10_000).map(|index| format!("c{index}")).collect();
    let mut csv = names.join(",") + "\n";
    for row in 0..50 {
        let values: Vec<String> = (0..10_000).map(|column| format!("{row}-{column}")).collect();
        csv += &(values.join(",") + "\n");
    }
    let mapping = "[{kind: device, from: wide.csv, fields: {name: row.c0, role: row.c9999, extra: row | length}}]";
    let loaded = Setup { mapping, ..Setup::default() }.load(&folder(&[("wide.csv", csv.as_bytes())]));
    assert_eq!(loaded.report().records, 50);
    assert_eq!(loaded.field("device", "49-0", "role"), Value::from("49-9999"));
    assert_eq!(loaded.field("device", "49-0", "extra"), Value::Int(10_000));
}
