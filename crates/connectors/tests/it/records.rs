//! Files of records, as `trueup diff` and the benchmarks read them.

use std::fmt::Write as _;
use std::io::Write as _;

use trueup_connectors::{ConnectorError, LoadReport, load_records};
use trueup_engine::{Identity, Key, Snapshot, Value};

use crate::support::{Folder, assert_says, chain, folder, schema};

fn load(folder: &Folder, name: &str) -> (Snapshot, Result<LoadReport, ConnectorError>) {
    let mut snapshot = Snapshot::inferring("source");
    let result = load_records(&folder.path().join(name), &mut snapshot, &());
    (snapshot, result)
}

fn load_text(text: &str) -> (Snapshot, Result<LoadReport, ConnectorError>) {
    load(&folder(&[("a.jsonl", text.as_bytes())]), "a.jsonl")
}

/// 3 sites of 4 devices of 5 interfaces.
fn tree() -> String {
    let mut text = String::new();
    for site in 0..3 {
        writeln!(
            text,
            r#"{{"kind":"site","parent":[],"identifiers":{{"name":"s{site}"}},"attributes":{{"asn":{site}}}}}"#
        )
        .unwrap();
        for device in 0..4 {
            let name = format!("s{site}-d{device}");
            writeln!(text, r#"{{"kind":"device","parent":[["site",["s{site}"]]],"identifiers":{{"name":"{name}"}},"attributes":{{"role":"leaf"}}}}"#).unwrap();
            for port in 0..5 {
                writeln!(text, r#"{{"kind":"port","parent":[["site",["s{site}"]],["device",["{name}"]]],"identifiers":{{"device":"{name}","name":"e{port}"}},"attributes":{{"mtu":1500,"up":true,"desc":null}}}}"#).unwrap();
            }
        }
    }
    text
}

#[test]
fn a_tree_of_records() {
    let (snapshot, result) = load_text(&tree());
    let report = result.unwrap();
    assert_eq!((report.records, report.rows, report.files), (75, 75, 1));
    assert_eq!((snapshot.count("site"), snapshot.count("device"), snapshot.count("port")), (3, 12, 60));
    let port = snapshot.get("port", &Key::from(["s2-d3", "e4"])).unwrap();
    assert_eq!(port.parent().unwrap().identity(), Identity::new("device", "s2-d3"));
    assert_eq!(port.get("mtu"), Some(Value::Int(1500)));
    assert_eq!(port.get("up"), Some(Value::Bool(true)));
    assert_eq!(port.get("desc"), Some(Value::Null));
    assert!(snapshot.completeness().of(&"port".into()).is_ok());
    assert_eq!(snapshot.get("site", &Key::from("s0")).unwrap().children().count(), 4);
}

#[test]
fn lines_lists_and_folders_hold_the_same() {
    let (lines, _) = load_text(&tree());
    let list = format!("[\n{}]", tree().trim_end().replace('\n', ",\n") + "\n");
    let spaced = tree().replace("\":", "\" : ").replace(",\"", " , \"");
    let (first, second) = tree()
        .split_at(tree().find("{\"kind\":\"site\",\"parent\":[],\"identifiers\":{\"name\":\"s1\"").unwrap())
        .into_owned();
    let files = folder(&[
        ("list.json", list.as_bytes()),
        ("marked.jsonl", format!("\u{feff}{}", tree()).as_bytes()),
        ("crlf.jsonl", tree().replace('\n', "\r\n\r\n").as_bytes()),
        ("spaced.jsonl", spaced.as_bytes()),
        ("many/1.jsonl", first.as_bytes()),
        ("many/2/3.ndjson", second.as_bytes()),
        ("many/README.txt", b"not read"),
    ]);
    for name in ["list.json", "marked.jsonl", "crlf.jsonl", "spaced.jsonl", "many"] {
        let (snapshot, result) = load(&files, name);
        assert_eq!(result.unwrap().records, 75, "{name}");
        assert_eq!(snapshot.dump(), lines.dump(), "{name}");
    }
}

trait IntoOwned {
    fn into_owned(self) -> (String, String);
}

impl IntoOwned for (&str, &str) {
    fn into_owned(self) -> (String, String) {
        (self.0.to_owned(), self.1.to_owned())
    }
}

#[test]
fn values_of_every_type_arrive_as_serde_json_reads_them() {
    for text in [
        "0",
        "-0",
        "7",
        "-7",
        "999999999999999999",
        "-999999999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "1e3",
        "1.5",
        "-2.25",
        "1.0",
        "true",
        "false",
        "null",
        "\"\"",
        "\"text\"",
        "\"Zürich\"",
        "\"tab\\t\"",
        "\"\\u00fc\\\"\\\\\"",
        "[1, [2, {\"a\": null}]]",
        "{\"b\": 1, \"a\": [true]}",
        "[]",
        "{}",
    ] {
        let line = format!(r#"{{"kind":"k","identifiers":{{"id":1}},"attributes":{{"v":{text}}}}}"#);
        let (snapshot, result) = load_text(&line);
        assert!(result.is_ok(), "{text}: {}", chain(&result.unwrap_err()));
        let wanted = Value::from_json(serde_json::from_str(text).unwrap());
        let found = snapshot.get("k", &Key::from(1)).unwrap().get("v").unwrap();
        assert_eq!(found.encode(), wanted.encode(), "{text}");
    }
}

#[test]
fn parts_may_come_in_any_order_and_some_may_be_left_out() {
    for line in [
        r#"{"identifiers":{"id":1},"kind":"k"}"#,
        r#"{"attributes":{},"parent":null,"identifiers":{"id":1},"kind":"k"}"#,
        r#"  {"kind":"k","parent":[ ],"identifiers":{"id":1},"attributes":{}}  "#,
        r#"{"kind":"\u006b","identifiers":{"i\u0064":1}}"#,
    ] {
        let (snapshot, result) = load_text(line);
        assert!(result.is_ok(), "{line}: {}", chain(&result.unwrap_err()));
        assert!(snapshot.get("k", &Key::from(1)).is_ok(), "{line}");
    }
}

#[test]
fn attributes_in_another_order_or_fewer_are_the_same_record() {
    let (snapshot, result) = load_text(
        "{\"kind\":\"k\",\"identifiers\":{\"id\":1},\"attributes\":{\"a\":1,\"b\":2,\"c\":3}}\n\
         {\"kind\":\"k\",\"identifiers\":{\"id\":2},\"attributes\":{\"c\":3,\"a\":1}}\n\
         {\"kind\":\"k\",\"identifiers\":{\"id\":3},\"attributes\":{\"d\":4,\"b\":2}}\n",
    );
    assert_eq!(result.unwrap().records, 3);
    let values = |id: i64| -> Vec<Value> {
        let record = snapshot.get("k", &Key::from(id)).unwrap();
        ["a", "b", "c", "d"].iter().map(|name| record.get(name).unwrap()).collect()
    };
    let null = Value::Null;
    assert_eq!(values(1), [1.into(), 2.into(), 3.into(), null.clone()]);
    assert_eq!(values(2), [1.into(), null.clone(), 3.into(), null.clone()]);
    assert_eq!(values(3), [null.clone(), 2.into(), null, 4.into()]);
}

#[test]
fn every_wrong_line_is_named_with_its_cause() {
    let good = r#"{"kind":"k","parent":[],"identifiers":{"id":1},"attributes":{"a":1}}"#;
    let cases: [(&str, &[&str]); 24] = [
        ("nonsense", &["line 2, column 2", "expected ident"]),
        ("[1]", &["line 2", "a record"]),
        ("7", &["line 2", "a record"]),
        (r#"{"kind":"k","identifiers":{"id":2}"#, &["line 2, column 34", "EOF"]),
        (r#"{"kind":"k","identifiers":{"id":2}} x"#, &["line 2, column 37", "trailing"]),
        (r#"{"kind":"k","identifiers":{"id":NaN}}"#, &["line 2, column 33", "expected value"]),
        (r#"{"kind":"k","identifiers":{"id":01}}"#, &["line 2", "invalid number"]),
        (r#"{"kind":"k","identifiers":{"id":1e999}}"#, &["line 2", "out of range"]),
        (r#"{"kind":"k","identifiers":{"id":2},"attrs":{}}"#, &["line 2", "`attrs` is no part of a record"]),
        (r#"{"identifiers":{"id":2}}"#, &["line 2", "missing field `kind`"]),
        (r#"{"kind":"k"}"#, &["line 2", "missing field `identifiers`"]),
        (r#"{"kind":7,"identifiers":{"id":2}}"#, &["line 2", "a text"]),
        (r#"{"kind":"k","kind":"k","identifiers":{"id":2}}"#, &["line 2", "`kind` is given twice"]),
        (r#"{"kind":"k","identifiers":[2]}"#, &["line 2", "an object of fields"]),
        (r#"{"kind":"k","identifiers":{"id":2,"id":3}}"#, &["line 2", "`id` twice"]),
        (r#"{"kind":"k","identifiers":{"id":2},"attributes":{"a":1,"a":2}}"#, &["line 2", "`a` twice"]),
        (r#"{"kind":"k","identifiers":{"id":2},"attributes":{"id":2}}"#, &["line 2", "`id` twice"]),
        (r#"{"kind":"k","identifiers":{"other":2}}"#, &["line 2", "`other`"]),
        (r#"{"kind":"k","identifiers":{}}"#, &["line 2", "identifier `id`"]),
        (r#"{"kind":"k","identifiers":{"id":1}}"#, &["line 2", "k 1 is there already at", "a.jsonl, line 1"]),
        (
            r#"{"kind":"k","parent":[["k",[9]]],"identifiers":{"id":2}}"#,
            &["line 2", "parent k 9 is not there", "before"],
        ),
        (r#"{"kind":"k","parent":[["z",[9]]],"identifiers":{"id":2}}"#, &["line 2", "kind `z`"]),
        (r#"{"kind":"k","parent":["k",1],"identifiers":{"id":2}}"#, &["line 2", "`parent` is no list of"]),
        (r#"{"kind":"k","parent":[["k",[1,2]]],"identifiers":{"id":2}}"#, &["line 2", "identified by 1 values"]),
    ];
    for (bad, says) in cases {
        let (_, result) = load_text(&format!("{good}\n{bad}\n"));
        let error = chain(&result.expect_err(bad));
        assert_says(&error, says);
        assert_says(&error, &["a.jsonl, line 2"]);
    }
}

#[test]
fn duplicates_are_found_across_files_and_blank_lines() {
    let line = |id: u32| format!("{{\"kind\":\"k\",\"identifiers\":{{\"id\":{id}}}}}\n");
    let files = folder(&[
        ("1.jsonl", format!("{}\n{}", line(1), line(2)).as_bytes()),
        ("2.json", format!("[{},{}]", line(3), line(4)).as_bytes()),
        ("3.jsonl", (line(5) + &line(2)).as_bytes()),
        ("4.jsonl", b""),
    ]);
    let (_, result) = load(&files, ".");
    assert_says(&chain(&result.unwrap_err()), &["3.jsonl, line 2", "already at", "1.jsonl, line 3"]);
    files.write("3.jsonl", line(4).as_bytes());
    let (_, result) = load(&files, ".");
    assert_says(&chain(&result.unwrap_err()), &["3.jsonl, line 1", "already at", "2.json, record 2"]);
}

#[test]
fn a_wrong_item_of_a_list_is_named() {
    let text = "[{\"kind\":\"k\",\"identifiers\":{\"id\":1}},\n\n{\"kind\":\"k\"}]";
    let (_, result) = load(&folder(&[("a.json", text.as_bytes())]), "a.json");
    assert_says(&chain(&result.unwrap_err()), &["a.json, line 3, record 2", "identifiers"]);
    let (_, result) = load(&folder(&[("a.json", b"[{},\n{]")]), "a.json");
    assert_says(&chain(&result.unwrap_err()), &["a.json, line 2, column 2"]);
}

#[test]
fn wrong_encodings_and_missing_files() {
    for (content, says) in [
        (&b"{\"kind\":\"k\",\"identifiers\":{\"id\":\"Z\xfcrich\"}}"[..], &["line 1", "byte 35", "UTF-8"][..]),
        (b"[\n\"\xfc\"]", &["line 2", "byte 2", "UTF-8"]),
        (b"\xff\xfe{\0", &["UTF-16"]),
    ] {
        let (_, result) = load(&folder(&[("a.jsonl", content)]), "a.jsonl");
        assert_says(&chain(&result.unwrap_err()), says);
    }
    let (_, result) = load(&folder(&[]), "nowhere.jsonl");
    assert_says(&chain(&result.unwrap_err()), &["there is no file or folder", "nowhere.jsonl"]);
    let (_, result) = load(&folder(&[("x/a.txt", b"")]), "x");
    assert_says(&chain(&result.unwrap_err()), &["no file there ends in .jsonl"]);
}

#[test]
fn an_empty_file_is_an_empty_and_complete_side() {
    for text in ["", "\n\n", "[]"] {
        let (snapshot, result) = load_text(text);
        assert_eq!(result.unwrap().records, 0);
        assert!(snapshot.is_empty());
    }
}

#[test]
fn declared_kinds_normalise_and_refuse() {
    let declared = "kinds: {k: {identifiers: [{name: id, type: int}], attributes: [{name: mac, type: mac}, {name: tags, type: 'set[text]'}]}}";
    let load = |text: &str| {
        let files = folder(&[("a.jsonl", text.as_bytes())]);
        let mut snapshot = Snapshot::new("source", schema(declared));
        let result = load_records(&files.path().join("a.jsonl"), &mut snapshot, &());
        (snapshot, result)
    };
    let (snapshot, result) =
        load(r#"{"kind":"k","identifiers":{"id":"7"},"attributes":{"tags":["b","a","b"],"mac":"aabb.ccdd.eeff"}}"#);
    assert!(result.is_ok(), "{}", chain(&result.unwrap_err()));
    let record = snapshot.get("k", &Key::from(7)).unwrap();
    assert_eq!(record.get("mac").unwrap().to_string(), "AA:BB:CC:DD:EE:FF");
    assert_eq!(record.get("tags").unwrap().to_string(), "{'a', 'b'}");
    for (line, says) in [
        (r#"{"kind":"z","identifiers":{"id":1}}"#, &["kind `z` is not declared"][..]),
        (r#"{"kind":"k","identifiers":{"id":1},"attributes":{"colour":1}}"#, &["no field `colour`"]),
        (r#"{"kind":"k","identifiers":{"id":"x"}}"#, &["line 1", "`id`", "int"]),
        (r#"{"kind":"k","identifiers":{"id":1},"attributes":{"mac":"12"}}"#, &["`mac`", "k 1"]),
    ] {
        let (_, result) = load(line);
        assert_says(&chain(&result.expect_err(line)), says);
    }
}

#[test]
fn a_hundred_megabytes_on_one_line_can_be_read() {
    let files = folder(&[]);
    let mut file = std::fs::File::create(files.path().join("a.jsonl")).unwrap();
    file.write_all(b"{\"kind\":\"k\",\"identifiers\":{\"id\":1},\"attributes\":{\"v\":\"").unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        file.write_all(&block).unwrap();
    }
    file.write_all(b"\"}}\n{\"kind\":\"k\",\"identifiers\":{\"id\":2}}").unwrap();
    drop(file);
    let (snapshot, result) = load(&files, "a.jsonl");
    assert_eq!(result.unwrap().records, 2);
    let value = snapshot.get("k", &Key::from(1)).unwrap().get("v").unwrap();
    assert_eq!(value.as_text().map(str::len), Some(100 << 20));
}

#[test]
fn deep_wide_and_many_kinds() {
    let mut deep = String::from("{\"kind\":\"k\",\"identifiers\":{\"id\":0}}\n");
    for id in 1..20_000 {
        let parent = id - 1;
        writeln!(deep, "{{\"kind\":\"k\",\"parent\":[[\"k\",[{parent}]]],\"identifiers\":{{\"id\":{id}}}}}").unwrap();
    }
    let (snapshot, result) = load_text(&deep);
    assert_eq!(result.unwrap().records, 20_000);
    assert_eq!(snapshot.count("k"), 20_000);

    let fields: Vec<String> = (0..10_000).map(|index| format!("\"a{index}\":{index}")).collect();
    let line = |id: u32| {
        format!("{{\"kind\":\"k\",\"identifiers\":{{\"id\":{id}}},\"attributes\":{{{}}}}}\n", fields.join(","))
    };
    let (snapshot, result) = load_text(&(0..20).map(line).collect::<String>());
    assert_eq!(result.unwrap().records, 20);
    assert_eq!(snapshot.get("k", &Key::from(19)).unwrap().get("a9999"), Some(Value::Int(9999)));

    let kinds: String =
        (0..2_000).map(|kind| format!("{{\"kind\":\"k{kind}\",\"identifiers\":{{\"id\":1}}}}\n")).collect();
    let (_, result) = load_text(&kinds);
    assert_eq!(result.unwrap().records, 2_000);
}

#[test]
fn lines_across_the_edges_of_blocks() {
    for size in [1, 100, 9_000, 262_100, 262_143, 262_144, 262_145, 600_000] {
        let mut text = String::new();
        for id in 0..8 {
            let filler = "y".repeat(size + id);
            writeln!(text, "{{\"kind\":\"k\",\"identifiers\":{{\"id\":{id}}},\"attributes\":{{\"v\":\"{filler}\"}}}}")
                .unwrap();
        }
        let (snapshot, result) = load_text(&text);
        assert_eq!(result.unwrap().records, 8, "{size}");
        let last = snapshot.get("k", &Key::from(7)).unwrap().get("v").unwrap();
        assert_eq!(last.as_text().map(str::len), Some(size + 7), "{size}");
    }
}
