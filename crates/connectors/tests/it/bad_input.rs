use std::io::Write;

use trueup_connectors::file::OnBadRecord;

use crate::support::{Setup, assert_says, folder};

const MAPPING: &str = "
- kind: device
  from: 'devices.*'
  fields: {name: row.name, role: row.role, units: row.units}
";

struct Case {
    file: &'static str,
    content: &'static [u8],
    /// What the message must say.
    says: &'static [&'static str],
}

const fn case(file: &'static str, content: &'static [u8], says: &'static [&'static str]) -> Case {
    Case { file, content, says }
}

const CASES: [Case; 33] = [
    // Malformed and truncated.
    case("devices.json", b"[{\"name\": \"a\"}, {\"name\": \"b\"", &["devices.json, line 1", "JSON", "EOF"]),
    case("devices.json", b"", &["devices.json", "EOF"]),
    case("devices.json", b"[{\"name\": \"a\"},\n {\"name\": NaN}]", &["devices.json, line 2, column 11", "JSON"]),
    case("devices.json", b"[{\"name\": \"a\"}] trailing", &["line 1", "trailing characters"]),
    case("devices.json", b"\"text\"", &["record 1", "a mapping of fields was expected, but there is a text"]),
    case("devices.json", b"[{\"name\": \"a\"},\n\n 7]", &["line 3, record 2", "there is a number"]),
    case("devices.jsonl", b"{\"name\": \"a\"}\n{\"name\": \"b\"", &["devices.jsonl, line 2, column 12", "EOF"]),
    case("devices.jsonl", b"{\"name\": \"a\"}\n[1]\n", &["line 2", "there is a list"]),
    case("devices.jsonl", b"{\"name\": \"a\", \"name\": \"b\"}\n", &["line 1", "key `name` is given twice"]),
    case("devices.yaml", b"- name: a\n- name: [b\n", &["devices.yaml, line ", "YAML"]),
    case("devices.yaml", b"- name: a\n  name: b\n", &["devices.yaml, line 2", "duplicate"]),
    case("devices.yaml", b"- name: a\n\t- b\n", &["devices.yaml, line "]),
    case("devices.yaml", b"just words\n", &["devices.yaml", "a list of rows or one mapping"]),
    case("devices.yaml", b"- name: a\n- 5\n", &["devices.yaml, line 2, record 2", "there is a number"]),
    case("devices.yaml", b"- {name: a, units: .nan}\n", &["devices.yaml, line 1"]),
    case("devices.csv", b"", &["devices.csv", "a header line was expected"]),
    case("devices.csv", b"name,role,units\na,b\n", &["devices.csv, line 2", "2 columns", "the header has 3"]),
    case("devices.csv", b"name,role,units\na,b,c,d\n", &["line 2", "4 columns"]),
    case("devices.csv", b"name,role,units\na,b,1\nc,d,\"2\nmore", &["line 3", "cut off"]),
    case("devices.csv", b"name,role,name\na,b,c\n", &["`name` twice, as columns 1 and 3"]),
    // Wrong encodings.
    case("devices.csv", b"name,role,units\nok,,1\nZ\xfcrich,,1\n", &["line 3", "column 1", "UTF-8", "latin-1"]),
    case("devices.csv", b"n\xfcme,role\n", &["line 1", "UTF-8"]),
    case("devices.json", b"[\n{\"name\": \"Z\xfcrich\"}]", &["line 2", "byte 12 of the line", "UTF-8"]),
    case("devices.jsonl", b"{\"name\": \"Z\xfcrich\"}", &["line 1", "byte 12 of the line", "UTF-8"]),
    case("devices.yaml", b"- name: a\n- name: Z\xfcrich\n", &["line 2", "UTF-8"]),
    case("devices.csv", b"\xff\xfen\0a\0m\0e\0", &["devices.csv", "UTF-16"]),
    // Blank identifiers, wrong types, duplicate keys.
    case("devices.csv", b"name,role,units\na,,1\n  ,leaf,1\n", &["line 3", "`device`", "identifier `name` is blank"]),
    case("devices.jsonl", b"{\"role\": \"leaf\"}", &["line 1", "identifier `name` is blank"]),
    case("devices.csv", b"name,role,units\na,,many\n", &["line 2", "device a", "units", "many", "int"]),
    case("devices.json", b"[{\"name\": {\"first\": 1}}]", &["line 1, record 1", "name", "map"]),
    case(
        "devices.csv",
        b"name,role,units\na,x,1\nb,x,1\na,y,1\n",
        &["line 4", "device a", "already at devices.csv, line 2"],
    ),
    case(
        "devices.yaml",
        b"- name: a\n- name: b\n- name: a\n",
        &["line 3, record 3", "already at devices.yaml, line 1, record 1"],
    ),
    case("devices.txt", b"name\n", &["devices.txt", ".csv"]),
];

#[test]
fn each_ends_in_one_clear_message() {
    for Case { file, content, says } in CASES {
        let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[(file, content)]));
        let error = loaded.error();
        assert_says(&error, says);
        assert!(!error.contains('\n'), "more than one line: {error}");
        assert!(loaded.incomplete("device").is_some(), "{error}");
    }
}

#[test]
fn skipping_never_fails_and_never_claims_completeness_for_it() {
    for Case { file, content, says } in CASES.into_iter().filter(|case| case.file != "devices.txt") {
        let setup = Setup { mapping: MAPPING, on_bad_record: OnBadRecord::Skip, ..Setup::default() };
        let loaded = setup.load(&folder(&[(file, content)]));
        let report = loaded.report();
        assert_eq!(report.rejected.len(), 1, "{says:?}");
        let unreadable = loaded.snapshot.completeness().unreadable_records();
        match &report.rejected[0].key {
            Some(key) => assert_eq!(unreadable, [trueup_engine::Identity::new("device", key.clone())]),
            None => assert!(loaded.incomplete("device").is_some(), "{says:?}"),
        }
    }
}

#[test]
fn a_missing_folder_and_a_pattern_without_files_are_named() {
    let none = Setup { mapping: MAPPING, source: "path: nowhere", ..Setup::default() };
    assert_says(&none.load(&folder(&[])).error(), &["there is no file or folder", "nowhere"]);
    for on_bad_record in [OnBadRecord::Stop, OnBadRecord::Skip] {
        let setup = Setup { mapping: MAPPING, on_bad_record, ..Setup::default() };
        let empty = folder(&[("other.csv", b"name\n")]);
        let says = [empty.path().to_str().unwrap(), "`devices.*`"];
        assert_says(&setup.load(&empty).error(), &says);
    }
}

#[test]
fn a_hundred_megabytes_on_one_line_can_be_read() {
    let folder = folder(&[]);
    let mut file = std::fs::File::create(folder.path().join("devices.jsonl")).unwrap();
    file.write_all(b"{\"name\":\"long\",\"role\":\"").unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        file.write_all(&block).unwrap();
    }
    file.write_all(b"\",\"units\":1}\n{\"name\":\"short\"}\n").unwrap();
    drop(file);
    let mapping = "[{kind: device, from: devices.jsonl, fields: {name: row.name, units: row.units}}]";
    let loaded = Setup { mapping, ..Setup::default() }.load(&folder);
    loaded.report();
    assert_eq!(loaded.names("device"), ["long", "short"]);
}

#[test]
fn a_yaml_bomb_is_defused() {
    let mut yaml = String::from("- &a0 {name: x}\n");
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        yaml += &format!("- &a{level} [{}]\n", [below.as_str(); 10].join(", "));
    }
    let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[("devices.yaml", yaml.as_bytes())]));
    assert_says(&loaded.error(), &["devices.yaml"]);
}

#[test]
fn deep_nesting_ends_in_a_message() {
    let deep = "[".repeat(100_000);
    for (file, content) in [
        ("devices.json", deep.clone()),
        ("devices.jsonl", format!("{{\"name\": {deep}")),
        ("devices.yaml", deep.clone()),
    ] {
        let loaded = Setup { mapping: MAPPING, ..Setup::default() }.load(&folder(&[(file, content.as_bytes())]));
        assert_says(&loaded.error(), &[file]);
    }
}
