//! `trueup diff`: exit codes, formats, flags, declared kinds, costs.

use serde_json::{Value as Json, json};

use crate::program::{Ended, Folder};

const SOURCE: &str = r#"{"kind":"site","parent":[],"identifiers":{"name":"bern"},"attributes":{"region":"eu","asn":65001}}
{"kind":"device","parent":[["site",["bern"]]],"identifiers":{"name":"sw1"},"attributes":{"role":"leaf"}}
{"kind":"device","parent":[["site",["bern"]]],"identifiers":{"name":"sw2"},"attributes":{"role":"leaf"}}
{"kind":"site","parent":[],"identifiers":{"name":"osaka"},"attributes":{"region":"asia","asn":65002}}
"#;
const TARGET: &str = r#"{"kind":"site","parent":[],"identifiers":{"name":"bern"},"attributes":{"region":"eu","asn":65001}}
{"kind":"device","parent":[["site",["bern"]]],"identifiers":{"name":"sw1"},"attributes":{"role":"spine"}}
{"kind":"device","parent":[["site",["bern"]]],"identifiers":{"name":"sw3"},"attributes":{"role":"leaf"}}
{"kind":"site","parent":[],"identifiers":{"name":"osaka"},"attributes":{"region":"asia","asn":65002}}
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("source.jsonl", SOURCE);
    folder.write("target.jsonl", TARGET);
    folder
}

fn diff(folder: &Folder, more: &[&str]) -> Ended {
    folder.trueup(&[&["diff", "source.jsonl", "target.jsonl"], more].concat())
}

fn summary(folder: &Folder, more: &[&str]) -> Json {
    let format = ["--format", "summary", "--json"];
    let ended = diff(folder, &[&format, more].concat());
    assert!((0..=1).contains(&ended.code), "{}", ended.stderr);
    ended.json()
}

#[test]
fn the_exit_code_says_same_different_or_trouble() {
    let folder = folder();
    folder.trueup(&["diff", "source.jsonl", "source.jsonl"]).expect(0);
    diff(&folder, &[]).expect(1);
    folder.trueup(&["diff", "source.jsonl", "nowhere.jsonl"]).expect(2).complains(&["nowhere.jsonl"]);
    diff(&folder, &["--flag", "SKIP_ALL"]).expect(2).complains(&["SKIP_ALL", "SKIP_UNMATCHED_DST"]);
    diff(&folder, &["--format", "html"]).expect(2);
    folder.trueup(&["diff", "source.jsonl"]).expect(2);
}

#[test]
fn formats_show_the_same_difference() {
    let folder = folder();
    let text = diff(&folder, &[]).expect(1).stdout;
    for shown in ["site", "bern", "sw1", "role", "spine", "leaf", "sw2", "sw3"] {
        assert!(text.contains(shown), "`{shown}` is not in:\n{text}");
    }
    assert!(!text.contains("osaka"), "what is equal is not shown:\n{text}");
    assert_eq!(diff(&folder, &["--format", "text"]).stdout, text);
    let dict = diff(&folder, &["--format", "json"]).expect(1).json();
    let devices = &dict["site"]["bern"]["device"];
    assert_eq!(devices["sw1"], json!({"+": {"role": "leaf"}, "-": {"role": "spine"}}));
    assert_eq!(devices["sw2"]["+"], json!({"role": "leaf"}));
    assert_eq!(devices["sw3"]["-"], json!({"role": "leaf"}));
    assert_eq!(diff(&folder, &["--json"]).expect(1).json(), dict);
    let counts = diff(&folder, &["--format", "summary"]).expect(1).stdout;
    let counts: Vec<Vec<&str>> = counts.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(counts, [["create", "1"], ["update", "1"], ["delete", "1"], ["no-change", "2"], ["skip", "0"]]);
    let counts = json!({"create": 1, "update": 1, "delete": 1, "no-change": 2, "skip": 0});
    assert_eq!(summary(&folder, &[]), counts);
}

#[test]
fn flags_only_take_changes_away() {
    let folder = folder();
    let with = |flags: &[&str]| {
        let arguments: Vec<&str> = flags.iter().flat_map(|flag| ["--flag", flag]).collect();
        let counts = summary(&folder, &arguments);
        ["create", "update", "delete", "skip"].map(|name| counts[name].as_u64().unwrap_or(u64::MAX))
    };
    assert_eq!(with(&[]), [1, 1, 1, 0]);
    assert_eq!(with(&["SKIP_UNMATCHED_SRC"]), [0, 1, 1, 1]);
    assert_eq!(with(&["SKIP_UNMATCHED_DST"]), [1, 1, 0, 1]);
    assert_eq!(with(&["SKIP_UNMATCHED_BOTH"]), [0, 1, 0, 2]);
    assert_eq!(with(&["SKIP_UNMATCHED_SRC", "SKIP_UNMATCHED_DST"]), [0, 1, 0, 2]);
    assert_eq!(with(&["CONTINUE_ON_FAILURE"]), [1, 1, 1, 0]);
    assert_eq!(with(&["LOG_UNCHANGED_RECORDS"]), [1, 1, 1, 0]);
}

#[test]
fn stats_are_one_line_a_step() {
    let folder = folder();
    let steps = diff(&folder, &["--stats"]).expect(1).json_lines();
    let names: Vec<&Json> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(names, ["load_source", "load_target", "diff", "summary"]);
    let records: Vec<u64> = steps.iter().filter_map(|step| step["records"].as_u64()).collect();
    assert_eq!(records[..3], [4, 4, 8]);
    for step in &steps {
        for cost in ["wall_s", "cpu_s"] {
            assert!(step[cost].as_f64().is_some_and(|seconds| (0.0..60.0).contains(&seconds)), "{step}");
        }
        let peak = &step["peak_rss_mib"];
        assert!(peak.as_f64().is_some_and(|mib| mib > 1.0) || !cfg!(target_os = "linux"), "{step}");
        let known = ["step", "records", "wall_s", "cpu_s", "peak_rss_mib", "summary"];
        assert!(step.as_object().is_some_and(|step| step.keys().all(|key| known.contains(&key.as_str()))), "{step}");
    }
    // CPU time is of the process clock: finer than the 10 ms of ticks.
    assert!(steps[0]["cpu_s"].as_f64().is_some_and(|seconds| seconds > 0.0), "{}", steps[0]);
}

#[test]
fn declared_kinds_decide_what_is_compared() {
    let folder = folder();
    let kinds = "
top_level: [site]
kinds:
  site: {identifiers: [name], attributes: [region, {name: asn, type: int}], children: {device: devices}}
  device: {identifiers: [name], attributes: [{name: role, case: fold}]}
";
    folder.write("kinds.yaml", kinds);
    folder.write("target.jsonl", SOURCE.replace("leaf", "LEAF").replace("65001", "\"65001\""));
    assert_eq!(summary(&folder, &[])["update"], 3, "without declarations spellings and types are differences");
    assert_eq!(summary(&folder, &["--kinds", "kinds.yaml"])["update"], 0);
    folder.write("kinds.yaml", "kinds: {site: {identifiers: []}}");
    diff(&folder, &["--kinds", "kinds.yaml"]).expect(2).complains(&["kinds.yaml", "identifiers"]);
    folder.write("kinds.yaml", "kinds: {site: {identifiers: [name]}}");
    diff(&folder, &["--kinds", "kinds.yaml"]).expect(2).complains(&["source.jsonl", "line 1", "region"]);
    folder.write("kinds.yaml", "kinds: {site: {identifiers: [name], atributes: [region]}}");
    diff(&folder, &["--kinds", "kinds.yaml"]).expect(2).complains(&["kinds.yaml", "atributes"]);
    diff(&folder, &["--kinds", "none.yaml"]).expect(2).complains(&["none.yaml"]);
}

#[test]
fn folders_and_lists_are_read_too() {
    let folder = folder();
    let lines: Vec<&str> = SOURCE.lines().collect();
    folder.write("parts/1.jsonl", lines[..2].join("\n"));
    folder.write("parts/2/rest.json", format!("[{}]", lines[2..].join(",\n")));
    folder.trueup(&["diff", "source.jsonl", "parts"]).expect(0);
    folder.write("empty/readme.txt", "nothing");
    folder.trueup(&["diff", "source.jsonl", "empty"]).expect(2).complains(&["empty", ".jsonl"]);
}

#[test]
fn what_one_side_does_not_know_is_said() {
    let folder = folder();
    folder.write("target.jsonl", TARGET.replace(",\"asn\":65001", "").replace(",\"asn\":65002", ""));
    let ended = diff(&folder, &[]).expect(1);
    assert!(ended.stderr.contains("asn") && ended.stderr.contains("source"), "{}", ended.stderr);
}

#[test]
fn empty_wide_and_deep_inputs_work() {
    let folder = Folder::new();
    folder.write("empty.jsonl", "");
    folder.trueup(&["diff", "empty.jsonl", "empty.jsonl"]).expect(0);
    let attributes: Vec<String> = (0..10_000).map(|number| format!("\"a{number}\":{number}")).collect();
    let wide = format!(
        "{{\"kind\":\"site\",\"identifiers\":{{\"name\":\"x\"}},\"attributes\":{{{}}}}}\n",
        attributes.join(",")
    );
    folder.write("wide.jsonl", &wide);
    folder.write("wider.jsonl", wide.replace("\"a9999\":9999", "\"a9999\":1"));
    let ended = folder.trueup(&["diff", "wide.jsonl", "wider.jsonl"]).expect(1);
    assert!(ended.stdout.contains("a9999") && !ended.stdout.contains("a9998"), "{}", ended.stdout);
    // Each below the one before; the path to a record may name only its immediate parent's way from the root.
    let mut deep = String::new();
    let mut path = Vec::new();
    for level in 0..300 {
        let parent = path.join(",");
        deep.push_str(&format!("{{\"kind\":\"n\",\"parent\":[{parent}],\"identifiers\":{{\"name\":\"{level}\"}}}}\n"));
        path.push(format!("[\"n\",[\"{level}\"]]"));
    }
    folder.write("deep.jsonl", &deep);
    folder.write(
        "deeper.jsonl",
        format!("{deep}{{\"kind\":\"n\",\"parent\":[{}],\"identifiers\":{{\"name\":\"end\"}}}}\n", path.join(",")),
    );
    folder.trueup(&["diff", "deep.jsonl", "deep.jsonl"]).expect(0);
    let ended = folder.trueup(&["diff", "deep.jsonl", "deeper.jsonl", "--format", "summary", "--json"]).expect(1);
    assert_eq!(ended.json()["delete"], 1);
}
