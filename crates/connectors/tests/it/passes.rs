//! Which files are read, in what order, and how rows become records of several kinds.

use trueup_engine::{Key, Value};

use crate::support::{Setup, assert_says, folder};

const MAPPING: &str = "[{kind: device, from: ['**/*.csv', top.csv], fields: {name: file.path, extra: file.folder}}]";

#[test]
fn files_come_in_the_order_of_their_paths_and_once() {
    let csv: &[u8] = b"x\n1\n";
    let files = folder(&[
        ("b/z.csv", csv),
        ("b/a.csv", csv),
        ("b-a/a.csv", csv),
        ("a/deep/er/x.csv", csv),
        ("top.csv", csv),
        ("b/notes.txt", b"no"),
        (".hidden/a.csv", csv),
        ("b/.hidden.csv", csv),
    ]);
    let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&files);
    loaded.report();
    let wanted = ["a/deep/er/x.csv", "b/a.csv", "b/z.csv", "b-a/a.csv", "top.csv"];
    assert_eq!(loaded.names("device"), wanted);
    assert_eq!(loaded.field("device", "a/deep/er/x.csv", "extra"), Value::from("er"));
}

#[test]
fn patterns_stop_at_folders_unless_they_say_otherwise() {
    let csv: &[u8] = b"x\n1\n";
    let files = folder(&[("a.csv", csv), ("in/b.csv", csv), ("in/deep/c.csv", csv)]);
    for (pattern, wanted) in [
        ("*.csv", &["a.csv"][..]),
        ("in/*.csv", &["in/b.csv"]),
        ("in/**/*.csv", &["in/b.csv", "in/deep/c.csv"]),
        ("**/c.csv", &["in/deep/c.csv"]),
        ("*/?.csv", &["in/b.csv"]),
        ("in/[a-b].csv", &["in/b.csv"]),
        ("./a.csv", &["a.csv"]),
    ] {
        let mapping = format!("[{{kind: device, from: '{pattern}', fields: {{name: file.path}}}}]");
        let loaded = Setup { mapping: &mapping, ..Setup::default() }.load(&files);
        loaded.report();
        assert_eq!(loaded.names("device"), wanted, "{pattern}");
    }
}

const TREE: &str = "
kinds:
  site: {identifiers: [{name: name, type: text}], attributes: [region], children: {device: devices}}
  device:
    identifiers: [{name: name, type: text}]
    attributes: [{name: site, references: site}, {name: position, type: int}]
  interface:
    identifiers: [{name: device, references: device}, name]
    attributes: [{name: mac, type: mac}, {name: index, type: int}]
";

#[test]
fn one_row_makes_records_of_several_kinds() {
    let mapping = "
- {kind: site, from: net.jsonl, duplicates: same, fields: {name: row.site | upper, region: {value: emea}}}
- {kind: device, from: net.jsonl, fields: {name: row.name, site: row.site | upper, position: index}}
- kind: interface
  from: net.jsonl
  each: row.ports
  when: item.name != 'lo0'
  fields: {device: row.name, name: item.name, mac: item.mac | mac, index: index}
";
    let lines = br#"{"site":"zrh","name":"sw1","ports":[{"name":"lo0"},{"name":"e1","mac":"aabb.ccdd.eeff"},{"name":"e2","mac":""}]}
{"site":"ZRH","name":"sw2","ports":[]}
{"site":"ber","name":"sw3"}
"#;
    let loaded = Setup { schema: TREE, mapping, ..Setup::default() }.load(&folder(&[("net.jsonl", lines)]));
    let report = loaded.report();
    assert_eq!((report.files, report.rows, report.records), (1, 3, 7));
    assert_eq!((report.left_out, report.repeated), (1, 1));
    assert_eq!(loaded.names("site"), ["ZRH", "BER"]);
    assert_eq!(loaded.names("interface"), ["sw1__e1", "sw1__e2"]);
    let port = loaded.snapshot.get("interface", &Key::from(["sw1", "e1"])).unwrap();
    assert_eq!(port.get("index"), Some(Value::Int(1)));
    assert_eq!(port.get("mac").unwrap().to_string(), "AA:BB:CC:DD:EE:FF");
    assert_eq!(loaded.field("device", "sw3", "position"), Value::Int(2));
}

#[test]
fn rows_of_a_document_and_records_in_the_order_of_the_mapping() {
    let mapping = "
- {kind: device, from: a.yaml, rows: row.switches, fields: {name: row.name, position: index}}
- {kind: site, from: a.yaml, rows: row.sites, fields: {name: row}}
- {kind: device, from: a.yaml, rows: row.routers, fields: {name: row.name, position: index}}
";
    let yaml = b"switches: [{name: s1}, {name: s2}]\nrouters: [{name: r1}]\nsites: [zrh]\n";
    let loaded = Setup { schema: TREE, mapping, ..Setup::default() }.load(&folder(&[("a.yaml", yaml)]));
    // The file is read in two passes and counts once.
    assert_eq!(loaded.report().files, 1);
    assert_eq!(loaded.names("device"), ["s1", "s2", "r1"]);
    assert_eq!(loaded.names("site"), ["zrh"]);
    assert_eq!(loaded.field("device", "s2", "position"), Value::Int(1));
    let bad = b"switches: [{name: s1}, {}]\nrouters: []\nsites: []\n";
    let loaded = Setup { schema: TREE, mapping, ..Setup::default() }.load(&folder(&[("a.yaml", bad)]));
    assert_says(&loaded.error(), &["a.yaml, record 2", "identifier `name` is blank"]);
}

#[test]
fn children_are_linked_by_their_fields() {
    let schema = trueup_engine::Schema::new(vec![
        trueup_engine::Kind::builder("site")
            .id("name", trueup_engine::FieldType::Text)
            .child_by("device", "devices", ["site"])
            .build()
            .unwrap(),
        trueup_engine::Kind::builder("device")
            .id("name", trueup_engine::FieldType::Text)
            .attr("site", trueup_engine::FieldType::Text)
            .build()
            .unwrap(),
    ])
    .unwrap();
    let files = folder(&[("d.csv", b"name,site\nsw1,zrh\nsw2,ber\nsw3,\n"), ("s.csv", b"name\nzrh\nber\n")]);
    let mapping = serde_saphyr::from_str::<Vec<_>>(
        "
- {kind: device, from: d.csv, fields: {name: row.name, site: row.site | none_if_empty}}
- {kind: site, from: s.csv, fields: {name: row.name}}
",
    )
    .unwrap();
    let settings = trueup_connectors::file::FileSettings {
        base: files.path(),
        vars: Default::default(),
        on_bad_record: Default::default(),
        schema: &schema,
    };
    let document = serde_saphyr::from_str("path: .").unwrap();
    let source = trueup_connectors::file::FileSource::new(&document, &mapping, settings).unwrap();
    let mut snapshot = trueup_engine::Snapshot::new("source", schema);
    let _ = source.load_now(&mut snapshot, &()).unwrap();
    let parent = |name: &str| {
        let record = snapshot.get("device", &Key::from(name)).unwrap();
        record.parent().map(|parent| parent.key().to_string())
    };
    assert_eq!((parent("sw1"), parent("sw2"), parent("sw3")), (Some("zrh".into()), Some("ber".into()), None));
}
