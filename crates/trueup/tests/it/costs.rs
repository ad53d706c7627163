//! What a run costs, as the program shows it, and what it tells Prometheus.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value as Json, json};

use crate::program::{Folder, Running};

const JOB: &str = r#"
name: makers
source: {connector: file, path: data}
target: {connector: inventory}
kinds:
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name], attributes: [description]}
mapping:
  - {kind: manufacturer, from: makers.csv, fields: {name: row.maker, description: row.about}}
"#;

fn folder(makers: usize) -> Folder {
    let folder = Folder::new();
    folder.write("job.yaml", JOB);
    let lines: String = (0..makers).map(|number| format!("Maker {number},about it\n")).collect();
    folder.write("data/makers.csv", format!("maker,about\n{lines}"));
    folder
}

#[test]
fn a_run_is_measured_when_it_is_asked_for_and_shown_with_what_it_cost() {
    let folder = folder(3_000);
    let asked = ["run", "job.yaml", "--apply", "--var", "memory_profiling=true", "--var", "cpu_profiling=true"];
    let ran = folder.trueup(&[&asked[..], &["--json"]].concat()).expect(0);
    assert_eq!(ran.stderr, "", "nothing is drawn or told beside JSON");
    let costs = &ran.json()["costs"];
    assert_eq!((&costs["shared"], &costs["flame_graph"]), (&json!(false), &json!(true)));
    assert!(costs["rows_written"].as_u64() > Some(3_000 * 5), "{costs}");
    let memory = |phase: &str, what: &str| costs["memory"][phase][what].as_u64().unwrap_or_default();
    for phase in ["source_load", "diff", "plan", "apply", "verify"] {
        let (at_end, peak) = (memory(phase, "final"), memory(phase, "peak"));
        assert!(at_end <= peak && peak > 3_000 * 50, "{phase}: {costs}");
    }
    let shown = folder.trueup(&["show", "1", "--json"]).expect(0).json();
    assert_eq!(&shown["sync"]["costs"], costs);
    let shown = folder.trueup(&["show", "1"]).expect(0).stdout;
    for line in ["  seconds    load source ", "  CPU        load source ", "  written ", "  memory     load source "] {
        assert!(shown.contains(line), "no {line} in:\n{shown}");
    }
    folder.trueup(&["show", "1", "--flame-graph", "run.svg"]).expect(0);
    let svg = std::fs::read_to_string(folder.path().join("run.svg")).unwrap();
    assert!(svg.contains("<svg") && svg.contains("trueup_jobs::"), "{}", &svg[..svg.len().min(3_000)]);

    let plain = folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json();
    assert_eq!((&plain["costs"]["memory"], &plain["costs"]["flame_graph"]), (&Json::Null, &json!(false)));
    let told = folder.trueup(&["show", "2", "--flame-graph", "none.svg"]).expect(3);
    assert!(told.stderr.contains("sync 2 has no flame graph"), "{}", told.stderr);
    assert!(!folder.path().join("none.svg").exists());
}

#[test]
fn a_sync_that_runs_elsewhere_is_shown_with_how_far_it_is() {
    let folder = folder(1);
    folder.trueup(&["run", "job.yaml"]).expect(0);
    let database = folder.path().join("trueup.db").display().to_string();
    let noted = json!({ "phases": [{ "phase": "source_load", "records": 500, "share": 0.25 }],
                        "steps": { "done": 3, "total": 4 }, "outcomes": { "created": 1, "failed": 2 } });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let inventory = trueup::inventory::Inventory::open(&database).await.unwrap();
        let note = format!("UPDATE jobs_sync SET status = 'running', progress = '{noted}'");
        inventory.database().execute(note, Default::default()).await.unwrap();
        inventory.close().await;
    });
    let shown = folder.trueup(&["show", "1"]).expect(0).stdout;
    for line in ["  at         load source, 500 records (25 %)\n", "  steps      3 of 4 steps, 1 created, 2 failed\n"] {
        assert!(shown.contains(line), "no {line} in:\n{shown}");
    }
}

#[test]
fn a_worker_tells_its_figures() {
    let folder = folder(1);
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    let mut worker = Running::start(&folder, &["worker", "--metrics", "127.0.0.1:0"]);
    let lines = BufReader::new(worker.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.into_iter().find_map(|line| {
        line.strip_prefix("metrics at http://").and_then(|rest| rest.strip_suffix("/metrics")).map(str::to_owned)
    });
    let mut client = TcpStream::connect(address.unwrap()).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    client.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    for line in [
        "nautobot_ssot_sync_total{sync_type=\"completed_syncs\"} 1\n",
        "nautobot_ssot_operation_total{job=\"makers\",operation=\"create\"} 1\n",
        "trueup_syncs_waiting 0\n",
    ] {
        assert!(said.contains(line), "no {line} in:\n{said}");
    }
}
