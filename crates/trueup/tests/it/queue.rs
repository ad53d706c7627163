//! Runs that are left to a worker, and what may be asked of them meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::program::{Folder, Running};

const JOB: &str = "
name: makers
vars:
  path: {default: data, help: Folder with makers.csv}
source: {connector: file, path: '{{ vars.path }}'}
target: {connector: inventory}
kinds:
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name]}
mapping:
  - {kind: manufacturer, from: makers.csv, fields: {name: row.maker}}
";

/// A folder whose jobs are those of the program.
pub fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("jobs/makers.yaml", JOB);
    folder.write("jobs/data/makers.csv", "maker\nAcme\nBolt\n");
    folder
}

fn sync(folder: &Folder, number: &str) -> Json {
    folder.trueup(&["show", number, "--json"]).expect(0).json()["sync"].take()
}

fn says(folder: &Folder, arguments: &[&str], words: &str) {
    let said = folder.trueup(arguments).expect(0).stdout;
    assert!(said.contains(words), "`{words}` is not in:\n{said}");
}

/// Has a worker work until a sync has ended; asking takes a while, so nothing waits in between.
fn worked(folder: &Folder, number: &str) -> Json {
    let _worker = Running::start(folder, &["worker"]);
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let found = sync(folder, number);
        if found["status"] != "pending" && found["status"] != "running" {
            return found;
        }
        assert!(Instant::now() < end, "no worker has done {found}");
    }
}

#[test]
fn what_waits_is_paused_goes_on_and_is_done_by_a_worker() {
    let folder = folder();
    says(
        &folder,
        &["run", "makers", "--queue", "--apply"],
        "a run of makers waits for a worker as sync 1; see trueup show 1",
    );
    let asked = folder.trueup(&["run", "makers", "--queue", "--apply", "--json"]).expect(0).json();
    assert_eq!(asked, json!({"sync": 2, "job": "makers", "status": "pending"}));
    says(&folder, &["pause", "1"], "sync 1 is left in the queue, and keeps its place: trueup resume 1 --queue");
    says(&folder, &["show", "1"], "sync 1 of makers: pending\n  wanted     pause\n");
    assert_eq!(worked(&folder, "2")["status"], "completed");
    let waits = sync(&folder, "1");
    assert_eq!((&waits["status"], &waits["wanted"]), (&json!("pending"), &json!("pause")), "it is paused");
    folder.trueup(&["resume", "1"]).expect(5).complains(&["sync 1 cannot be resumed: it waits", "`resume 1 --queue`"]);
    says(&folder, &["resume", "1", "--queue"], "sync 1 waits for a worker that does the rest");
    let done = worked(&folder, "1");
    assert_eq!(
        (&done["status"], &done["outcomes"]["created"]),
        (&json!("completed"), &json!(0)),
        "2 has made them all"
    );
}

#[test]
fn what_waits_is_cancelled_and_what_is_done_is_taken_back() {
    let folder = folder();
    folder.trueup(&["run", "makers", "--queue", "--apply"]).expect(0);
    says(&folder, &["cancel", "1"], "sync 1 leaves the queue, or stops before its next batch; see trueup show 1");
    assert_eq!(sync(&folder, "1")["status"], "cancelled");
    folder
        .trueup(&["undo", "1"])
        .expect(5)
        .complains(&["sync 1 cannot be undone: it has no plan, so it changed nothing"]);
    folder.trueup(&["run", "makers", "--apply"]).expect(0);
    let undo = folder.trueup(&["undo", "2", "--json"]).expect(0).json();
    assert_eq!((&undo["dry_run"], &undo["summary"]["delete"]), (&json!(true), &json!(2)));
    says(&folder, &["undo", "2", "--apply"], "2 deleted");
    let history = folder.trueup(&["history", "--json"]).expect(0).json();
    let statuses: Vec<&Json> = history.as_array().into_iter().flatten().map(|sync| &sync["status"]).collect();
    assert_eq!(statuses, ["completed", "completed", "completed", "completed", "cancelled"]);
    // What was taken back is taken back in turn.
    let again = folder.trueup(&["undo", "5", "--json"]).expect(0).json();
    assert_eq!(again["summary"]["create"], 2);
}

#[test]
fn what_cannot_be_asked_of_a_sync_is_refused_by_name() {
    let folder = folder();
    folder.trueup(&["run", "makers", "--apply"]).expect(0);
    for (arguments, complaint) in [
        (&["resume", "1"][..], "sync 1 cannot be resumed: its plan 1 is applied"),
        (&["resume", "1", "--queue"], "sync 1 cannot be resumed: its plan 1 is applied"),
        (&["pause", "1"], "sync 1 cannot be paused: it is completed"),
        (&["cancel", "1"], "sync 1 cannot be stopped: it is completed"),
        (&["apply", "1", "--queue"], "plan 1 cannot be applied: it is applied"),
    ] {
        folder.trueup(arguments).expect(5).complains(&[complaint]);
    }
    for command in ["resume", "pause", "cancel", "undo", "show"] {
        folder.trueup(&[command, "9"]).expect(3).complains(&["there is no sync 9; `history` lists them"]);
        folder.trueup(&[command, "nine"]).expect(2).complains(&["invalid value 'nine' for '"]);
    }
    folder.trueup(&["resume", "--queue"]).expect(2).complains(&["<SYNC>"]);
    let known = "in this program; it has: makers";
    folder.trueup(&["run", "nope", "--queue"]).expect(3).complains(&["there is no job `nope`", known]);
    // A worker would not know the file that only this command was given.
    folder.trueup(&["run", "jobs/makers.yaml", "--queue"]).expect(3).complains(&["no job `jobs/makers.yaml`", known]);
    folder
        .trueup(&["run", "makers", "--queue", "--var", "paht=x"])
        .expect(3)
        .complains(&["no variable `paht`", "path"]);
    assert_eq!(folder.trueup(&["history", "--json"]).expect(0).json().as_array().map(Vec::len), Some(1));
}
