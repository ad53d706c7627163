//! Bad input: each kind ends in one clear message with file, line or record, and cause, with an exit code by cause, and
//! with nothing half-written.

use std::io::Write;

use serde_json::{Value as Json, json};

use crate::program::{Ended, Folder};

/// Exit codes by cause, as docs/guide/cli.md lists them.
const TROUBLE: i32 = 2;
const CONFIGURATION: i32 = 3;
const REMOTE: i32 = 4;
const REFUSED: i32 = 5;
const PARTIAL: i32 = 6;

const JOB: &str = r#"
name: models
source: {connector: file, path: data}
target: {connector: inventory}
settings: {on_bad_record: stop}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [u_height, part_number]
mapping:
  - kind: manufacturer
    from: "models.*"
    duplicates: same
    fields: {name: row.maker}
  - kind: device_type
    from: "models.*"
    fields: {manufacturer__name: row.maker, model: row.model, u_height: row.units, part_number: row.part or ''}
"#;

const GOOD: &str = "maker,model,units,part\nAcme,One,1,p1\nAcme,Two,2,p2\nBolt,Three,1,p3\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("job.yaml", JOB);
    folder
}

fn apply(folder: &Folder) -> Ended {
    folder.trueup(&["run", "job.yaml", "--apply"])
}

/// Nothing of the run before is in the inventory, and the history says that it failed.
#[track_caller]
fn nothing_was_written(folder: &Folder) {
    let history = folder.trueup(&["history", "--json"]).expect(0).json();
    for sync in history.as_array().into_iter().flatten() {
        assert_eq!(sync["status"], "failed", "{sync}");
        assert!(sync["message"].as_str().is_some_and(|message| !message.is_empty()), "{sync}");
    }
    for entry in std::fs::read_dir(folder.path().join("data")).into_iter().flatten().flatten() {
        std::fs::remove_file(entry.path()).expect("a file can be removed");
    }
    folder.write("data/models.csv", GOOD);
    folder.write("job.yaml", JOB);
    let plan = folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json();
    assert_eq!((&plan["steps"], &plan["target"]["records"]), (&json!(5), &json!(0)), "the inventory should be empty");
}

#[test]
fn files_that_cannot_be_read() {
    let deep = "[".repeat(100_000);
    let cases: Vec<(&str, Vec<u8>, Vec<&str>)> = vec![
        ("models.json", b"[{\"maker\": \"Acme\"".to_vec(), vec!["models.json", "line 1", "EOF"]),
        ("models.json", deep.into_bytes(), vec!["models.json"]),
        (
            "models.jsonl",
            b"{\"maker\":\"Acme\",\"model\":\"One\",\"units\":1}\n{\"maker\":\"Ac".to_vec(),
            vec!["models.jsonl", "line 2", "EOF"],
        ),
        ("models.yaml", b"- maker: Acme\n  model: [One\n".to_vec(), vec!["models.yaml", "line"]),
        (
            "models.csv",
            b"maker,model,units,part\nAcme,One,1,p\nAcme,\"Tw".to_vec(),
            vec!["models.csv", "line 3", "cut off"],
        ),
        ("models.csv", b"maker,model,units,part\nAcme,One,1\n".to_vec(), vec!["models.csv", "line 2", "3 columns"]),
        (
            "models.csv",
            b"maker,model,units,part\nZ\xfcrich,One,1,p\n".to_vec(),
            vec!["models.csv", "line 2", "UTF-8", "latin-1"],
        ),
        ("models.csv", b"\xff\xfem\0a\0k\0e\0r\0\n\0".to_vec(), vec!["models.csv", "UTF-16"]),
        ("models.csv", Vec::new(), vec!["models.csv", "header"]),
        ("models.txt", b"maker\n".to_vec(), vec!["models.txt", ".csv"]),
    ];
    for (name, content, says) in cases {
        let folder = folder();
        folder.write(&format!("data/{name}"), content);
        apply(&folder).expect(REMOTE).complains(&[&says[..], &["nothing was changed"]].concat());
        nothing_was_written(&folder);
    }
}

#[test]
fn records_that_cannot_be_used() {
    let row = |line: &str| format!("maker,model,units,part\nAcme,One,1,p1\n{line}\n");
    let cases = [
        (row("Acme,One,2,p2"), vec!["line 3", "device_type Acme__One", "already", "line 2"]),
        (row("Acme, ,2,p2"), vec!["line 3", "device_type", "`model` is blank"]),
        (row(",Two,2,p2"), vec!["line 3", "manufacturer", "`name` is blank"]),
        (row("Acme,Two,many,p2"), vec!["line 3", "Acme__Two", "u_height", "many", "int"]),
    ];
    for (content, says) in cases {
        let folder = folder();
        folder.write("data/models.csv", content);
        apply(&folder).expect(REMOTE).complains(&[&says[..], &["models.csv", "nothing was changed"]].concat());
        nothing_was_written(&folder);
    }
}

#[test]
fn jobs_that_cannot_be_run() {
    let cases = [
        ("kind: manufacturer\n", "kind: maker\n", vec!["mapping[0]", "`maker`", "manufacturer"]),
        ("row.maker}", "row.maker, nmae: row.x}", vec!["mapping[0].fields.nmae", "manufacturer", "name"]),
        ("attributes: [u_height, part_number]", "attributes: [u_hight]", vec!["device_type", "u_hight", "u_height"]),
        ("dcim.devicetype", "dcim.devicetipe", vec!["device_type", "dcim.devicetipe", "dcim.devicetype"]),
        ("identifiers: [name]", "identifiers: []", vec!["manufacturer", "identifiers"]),
        ("identifiers: [name]", "identifyers: [name]", vec!["job.yaml", "identifyers"]),
        ("connector: file", "connector: fiel", vec!["job.yaml", "fiel"]),
        ("row.maker}", "row.maker | trimm}", vec!["mapping[0].fields.name", "trimm"]),
        ("row.maker}", "rwo.maker}", vec!["mapping[0].fields.name", "rwo", "row"]),
        ("row.maker}", "'row.maker |'}", vec!["mapping[0].fields.name", "no expression"]),
        ("on_bad_record: stop", "on_bad_record: ignore", vec!["job.yaml", "ignore", "skip"]),
        ("on_bad_record: stop", "flags: [SKIP_ALL]", vec!["SKIP_ALL"]),
        ("on_bad_record: stop", "protect: [{kind: maker, key: [x]}]", vec!["maker"]),
        ("path: data", "path: \"{{ vars.paht }}\"", vec!["vars.paht"]),
        ("name: models", "name: [", vec!["job.yaml", "line"]),
    ];
    for (from, to, says) in cases {
        let folder = folder();
        folder.write("data/models.csv", GOOD);
        let job = JOB.replacen(from, to, 1);
        assert_ne!(job, JOB, "{from} is not in the job");
        folder.write("job.yaml", job);
        apply(&folder).expect(CONFIGURATION).complains(&says);
        nothing_was_written(&folder);
    }
    let folder = folder();
    folder.trueup(&["run", "none.yaml"]).expect(CONFIGURATION).complains(&["none.yaml"]);
    folder.write("latin.yaml", b"name: Z\xfcrich\n");
    folder.trueup(&["run", "latin.yaml"]).expect(CONFIGURATION).complains(&["latin.yaml", "UTF-8"]);
}

#[test]
fn sources_that_are_not_there() {
    let folder = folder();
    apply(&folder).expect(REMOTE).complains(&["data", "no file or folder"]);
    std::fs::create_dir(folder.path().join("data")).expect("a folder can be made");
    apply(&folder).expect(REMOTE).complains(&["models.*", "export may be missing"]);
    nothing_was_written(&folder);
}

#[test]
fn databases_that_cannot_be_written() {
    let folder = folder();
    folder.write("data/models.csv", GOOD);
    folder.write("text.db", "this is no database, however long it goes on; ".repeat(100));
    let cases = [
        (".", REMOTE, vec!["is a folder"]),
        ("none/trueup.db", REMOTE, vec!["none", "folder"]),
        ("job.yaml/trueup.db", REMOTE, vec!["job.yaml", "folder"]),
        ("text.db", REMOTE, vec!["text.db", "no database"]),
        ("mysql://localhost/trueup", CONFIGURATION, vec!["mysql", "postgres://user:password@host/name"]),
        ("postgres://ann@127.0.0.1:none/trueup", CONFIGURATION, vec!["cannot be read"]),
        ("postgres://ann@127.0.0.1:1/trueup", REMOTE, vec!["127.0.0.1:1", "cannot be reached"]),
    ];
    for (database, code, says) in cases {
        for command in [&["run", "job.yaml", "--apply"][..], &["history"]] {
            folder.trueup(&[command, &["--database", database]].concat()).expect(code).complains(&says);
        }
    }
    let text = std::fs::read_to_string(folder.path().join("text.db")).expect("it is still there");
    assert!(text.starts_with("this is no database"));
    // Even root cannot make files here.
    if std::path::Path::new("/proc/self").exists() {
        let ended = folder.trueup(&["run", "job.yaml", "--apply", "--database", "/proc/trueup.db"]);
        ended.expect(REMOTE).complains(&["/proc/trueup.db", "cannot be written"]);
    }
}

#[test]
fn content_types_of_ones_own_that_are_wrong() {
    let folder = folder();
    folder.write("data/models.csv", GOOD);
    folder.write("mine/lab.box.yaml", "content_type: lab.box\nfields:\n  name: {type: txet}\n");
    for command in [&["run", "job.yaml"][..], &["history"], &["serve", "--listen", "127.0.0.1:0"]] {
        let ended = folder.trueup(&[command, &["--models", "mine"]].concat());
        ended.expect(CONFIGURATION).complains(&["content types in mine", "lab.box", "txet"]);
    }
}

#[test]
fn references_that_go_in_a_circle() {
    let folder = Folder::new();
    folder.write("data/types.csv", "name,parent\nRoom,Floor\nFloor,House\nHouse,Room\nYard,\n");
    let job = "
name: circle
source: {connector: file, path: data}
target: {connector: inventory}
settings: {continue_on_failure: true}
kinds:
  location_type: {content_type: dcim.locationtype, identifiers: [name], attributes: [parent__name]}
mapping:
  - kind: location_type
    from: types.csv
    fields: {name: row.name, parent__name: row.parent | none_if_empty}
";
    folder.write("job.yaml", job);
    let planned = folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json();
    assert_eq!(planned["summary"]["create"], 4);
    // Whoever closes the circle is refused by the inventory, by name and with the reason.
    let applied = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(PARTIAL).json();
    let trouble = applied["trouble"].to_string();
    assert!(trouble.contains("parent"), "{trouble}");
    assert_eq!(applied["outcomes"]["failed"], 1, "{applied}");
    assert!(applied["trouble"].as_array().is_some_and(|trouble| !trouble.is_empty()));
}

#[test]
fn ten_thousand_columns() {
    let columns: Vec<String> = (0..10_000).map(|number| format!("column {number}")).collect();
    let cells = vec!["x"; 10_000];
    let good = format!("maker,model,units,part,{}\nAcme,One,1,p,{}\n", columns.join(","), cells.join(","));
    let folder = folder();
    folder.write("data/models.csv", good.trim_end().strip_suffix(",x").unwrap_or_default());
    apply(&folder).expect(REMOTE).complains(&["models.csv", "line 2", "10003 columns", "10004"]);
    nothing_was_written(&folder);
    folder.write("data/models.csv", &good);
    apply(&folder).expect(0);
    folder.write("data/models.csv", good.replacen("column 9999", "column 5", 1));
    apply(&folder).expect(REMOTE).complains(&["line 1", "`column 5` twice"]);
}

/// A file of one line, 100 MB long, which ends as `end` says.
fn long_line(folder: &Folder, name: &str, begin: &str, end: &str) {
    let path = folder.write(name, begin);
    let mut file = std::fs::OpenOptions::new().append(true).open(path).expect("the file was made");
    let block = vec![b'x'; 1 << 20];
    (0..100).for_each(|_| file.write_all(&block).expect("there is room on the disk"));
    file.write_all(end.as_bytes()).expect("there is room on the disk");
}

#[test]
fn one_line_of_a_hundred_megabytes() {
    let folder = folder();
    long_line(&folder, "data/models.jsonl", "{\"maker\":\"Acme\",\"model\":\"", "");
    apply(&folder).expect(REMOTE).complains(&["models.jsonl", "line 1", "EOF"]);
    long_line(&folder, "data/models.jsonl", "{\"maker\":\"Acme\",\"model\":\"One\",\"units\":1,\"part\":\"", "\"}\n");
    let ended = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(PARTIAL);
    assert!(ended.stdout.len() < 10_000, "the report repeats the text: {} bytes", ended.stdout.len());
    let trouble = ended.json()["trouble"].to_string();
    assert!(trouble.contains("part_number") && trouble.contains("255"), "{trouble}");

    let begin = "{\"kind\":\"site\",\"identifiers\":{\"name\":\"a\"},\"attributes\":{\"text\":\"";
    long_line(&folder, "long.jsonl", begin, "\"}}\n");
    folder.trueup(&["diff", "long.jsonl", "long.jsonl"]).expect(0);
    long_line(&folder, "cut.jsonl", begin, "");
    folder.trueup(&["diff", "long.jsonl", "cut.jsonl"]).expect(TROUBLE).complains(&["cut.jsonl", "line 1", "EOF"]);
}

#[test]
fn records_files_of_diff() {
    let good = r#"{"kind":"site","parent":[],"identifiers":{"name":"a"},"attributes":{"x":1}}"#;
    let cases: Vec<(Vec<u8>, Vec<&str>)> = vec![
        (good[..40].into(), vec!["line 1", "EOF"]),
        (format!("{good}\n{good}\n").into(), vec!["line 2", "site a", "already", "line 1"]),
        (format!("{good}\n[1]\n").into(), vec!["line 2"]),
        (good.replace("\"kind\":\"site\",", "").into(), vec!["line 1", "kind"]),
        (good.replace("identifiers", "ids").into(), vec!["line 1", "ids"]),
        (good.replace("[]", "[[\"root\",[\"r\"]]]").into(), vec!["line 1", "root"]),
        (good.replace("\"a\"", "\"\u{fc}\"").replace('\u{fc}', "\u{0}").into(), vec!["line 1"]),
        (b"{\"kind\":\"Z\xfcrich\"}".to_vec(), vec!["line 1", "UTF-8"]),
        (b"\xff\xfe{\0".to_vec(), vec!["UTF-16"]),
    ];
    let folder = Folder::new();
    folder.write("good.jsonl", good);
    for (content, says) in cases {
        folder.write("bad.jsonl", &content);
        let says = [&says[..], &["bad.jsonl"]].concat();
        folder.trueup(&["diff", "good.jsonl", "bad.jsonl"]).expect(TROUBLE).complains(&says);
        folder.trueup(&["diff", "bad.jsonl", "good.jsonl"]).expect(TROUBLE).complains(&says);
    }
}

fn withheld(report: &Json) -> usize {
    report["withheld"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_record_that_is_skipped_never_becomes_a_delete() {
    let folder = folder();
    folder.write("job.yaml", JOB.replace("on_bad_record: stop", "on_bad_record: skip"));
    folder.write("data/models.csv", GOOD);
    apply(&folder).expect(0);

    // It can be told which record this is: that one stays, all others may go.
    folder.write("data/models.csv", GOOD.replace("Bolt,Three,1,p3", "Bolt,Three,many,p3"));
    let ran = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(0).json();
    assert_eq!((&ran["steps"], withheld(&ran)), (&json!(0), 1), "{ran}");
    let rejected = ran["source"]["rejected"].to_string();
    assert!(rejected.contains("models.csv, line 4") && rejected.contains("u_height"), "{rejected}");
    let sync = ran["sync"].to_string();
    let shown = folder.trueup(&["show", &sync]).expect(0).stdout;
    for said in ["models.csv, line 4", "delete device_type Bolt__Three", "could not be read"] {
        assert!(shown.contains(said), "`{said}` is not in:\n{shown}");
    }

    // It cannot be told: nothing of the kinds that it could have been is deleted, not even what is really gone.
    folder.write("data/models.csv", "maker,model,units,part\nAcme,One,1,p1\nBolt,Three\n");
    let ran = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(0).json();
    assert_eq!(ran["summary"]["delete"], 3, "{ran}");
    assert_eq!((&ran["steps"], withheld(&ran)), (&json!(0), 3), "{ran}");
    assert!(ran["findings"].to_string().contains("incomplete-source"), "{ran}");

    // A file that is broken half-way proves nothing either.
    folder.write("data/models.csv", "maker,model,units,part\nAcme,One,1,p1\nAcme,\"Tw");
    let ran = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(0).json();
    assert_eq!(ran["steps"], 0, "{ran}");

    // All is well again: all is there.
    folder.write("data/models.csv", GOOD);
    assert_eq!(folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json()["steps"], 0);
    // And what is gone from a source that can be read is deleted, as far as the checks allow.
    folder.write("data/models.csv", GOOD.replace("Bolt,Three,1,p3\n", ""));
    let ran = folder.trueup(&["run", "job.yaml", "--apply", "--json"]);
    assert!([0, REFUSED].contains(&ran.code), "{ran:?}");
    assert_eq!(ran.json()["steps"], 2);
}
