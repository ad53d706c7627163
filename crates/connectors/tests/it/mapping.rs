use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use trueup_connectors::file::MappingDocument;
use trueup_connectors::{ConnectorError, Source};
use trueup_engine::{Key, Snapshot};

use crate::support::{DEVICE, Setup, assert_says, folder, schema};

#[test]
fn all_problems_are_named_at_once() {
    let mapping = r#"
- {kind: divice, from: a.csv, fields: {}}
- kind: device
  from: [a.csv, "../b.csv", "c[.csv"]
  when: item.x == 1
  fields: {role: "row.role | trimm", colour: row.colour, units: {value: many}, extra: "row.a +"}
- {kind: device, fields: {name: "{{ row.name }}"}}
- {kind: device, from: a.csv, fields: {name: rwo.name, role: vars.nowhere}}
"#;
    let Err(ConnectorError::Mapping { problems }) = (Setup { mapping, ..Setup::default() }).source(&folder(&[])) else {
        panic!("the mapping cannot be right");
    };
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for (path, part) in [
        ("mapping[0].kind", "`divice` is not declared; declared are device"),
        ("mapping[1].from", "`../b.csv` must name files inside"),
        ("mapping[1].from", "`c[.csv` is no pattern"),
        ("mapping[1].when", "`item`"),
        ("mapping[1].fields.role", "trimm"),
        ("mapping[1].fields.colour", "no field `colour`; its fields are name, role, units, extra"),
        ("mapping[1].fields.units", "many"),
        ("mapping[1].fields.extra", "no expression"),
        ("mapping[1].fields", "identifier `name`"),
        ("mapping[2]", "which files"),
        ("mapping[2].fields.name", "without {{ and }}"),
        ("mapping[3].fields.name", "`rwo`"),
        ("mapping[3].fields.role", "`vars.nowhere`"),
    ] {
        let found = said.iter().any(|said| said.starts_with(&format!("{path}: ")) && said.contains(part));
        assert!(found, "{path}: {part} is not among\n{}", said.join("\n"));
    }
    assert_eq!(said.len(), 13, "{}", said.join("\n"));
}

#[test]
fn unknown_keys_and_wrong_shapes_of_the_document_are_refused() {
    for (document, part) in [
        ("[{kind: device, form: a.csv, fields: {}}]", "form"),
        ("[{kind: device, from: a.csv, fields: {units: 3}}]", "an expression such as"),
        ("[{kind: device, from: a.csv, fields: {units: {val: 3}}}]", "val"),
        ("[{kind: device, from: {a: b}, fields: {}}]", "file name pattern"),
    ] {
        let error = serde_saphyr::from_str::<Vec<MappingDocument>>(document).expect_err(document);
        assert_says(&error.to_string(), &[part]);
    }
}

#[test]
fn documents_survive_being_written() {
    let document = "
- kind: device
  from: ['a/**/*.csv', b.csv]
  each: row.list
  duplicates: first
  fields: {name: item.name, units: {value: 3}}
";
    let mapping: Vec<MappingDocument> = serde_saphyr::from_str(document).unwrap();
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Vec<MappingDocument>>(&json).unwrap(), mapping);
}

#[test]
fn the_path_is_a_template() {
    let files = folder(&[("ZRH/d.csv", b"name\na\n")]);
    let mapping = "[{kind: device, from: d.csv, fields: {name: row.name}}]";
    let loaded = Setup { mapping, source: "path: '{{ vars.site }}'", ..Setup::default() }.load(&files);
    assert_eq!(loaded.names("device"), ["a"]);
    let loaded = Setup { mapping, source: "path: '{{ vars.sight }}'", ..Setup::default() }.load(&files);
    assert_says(&loaded.error(), &["{{ vars.sight }}", "undefined"]);
}

#[test]
fn a_single_file_needs_no_pattern() {
    let files = folder(&[("d.csv", b"name\na\n")]);
    let mapping = "[{kind: device, fields: {name: row.name}}]";
    let loaded = Setup { mapping, source: "path: d.csv", ..Setup::default() }.load(&files);
    assert_eq!(loaded.names("device"), ["a"]);
    let mapping = "[{kind: device, from: e.csv, fields: {name: row.name}}]";
    let loaded = Setup { mapping, source: "path: d.csv", ..Setup::default() }.load(&files);
    assert_says(&loaded.error(), &["`e.csv`"]);
}

#[test]
fn a_source_describes_itself_and_works_as_a_trait_object() {
    let files = folder(&[("d.csv", b"name\na\n")]);
    let mapping = "[{kind: device, from: d.csv, fields: {name: row.name}}]";
    let source: Box<dyn Source> = Box::new(Setup { mapping, ..Setup::default() }.source(&files).unwrap());
    assert_eq!(source.describe().connector, "file");
    assert_eq!(source.describe().kinds, ["device"]);
    assert!(now(source.health()).is_ok());
    let mut snapshot = Snapshot::new("source", schema(DEVICE));
    let report = now(source.load(&mut snapshot, &())).unwrap();
    assert_eq!((report.files, report.rows, report.records), (1, 1, 1));
    assert!(snapshot.get("device", &Key::from("a")).is_ok());
    std::fs::remove_file(files.path().join("d.csv")).unwrap();
    assert!(now(source.health()).is_err());
}

#[test]
fn progress_grows_and_ends_at_the_whole() {
    let rows: String = (0..10_000).map(|index| format!("sw{index}\n")).collect();
    let files = folder(&[("d.csv", format!("name\n{rows}").as_bytes()), ("e.csv", b"name\nlast\n")]);
    let mapping = "[{kind: device, from: '*.csv', fields: {name: row.name}}]";
    let source = Setup { mapping, ..Setup::default() }.source(&files).unwrap();
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |records: u64, share: Option<f64>| seen.lock().unwrap().push((records, share.unwrap()));
    let mut snapshot = Snapshot::new("source", schema(DEVICE));
    let report = source.load_now(&mut snapshot, &progress).unwrap();
    assert_eq!(report.records, 10_001);
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() > 3 && seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&(10_001, 1.0)));
    assert!(seen[0].1 < 1.0);
}

/// The file connector never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
