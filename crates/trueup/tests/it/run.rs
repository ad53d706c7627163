//! A job from its file to the inventory and back: dry run, plan, apply, history; what was shown is what is applied.

use serde_json::{Value as Json, json};

use crate::program::Folder;
use crate::workspace::read;

const JOB: &str = r#"
name: makers
description: Makers and their models
vars:
  path: {default: data, help: Folder with makers.csv}
source: {connector: file, path: "{{ vars.path }}"}
target: {connector: inventory}
settings: {continue_on_failure: true}
kinds:
  manufacturer:
    content_type: dcim.manufacturer
    identifiers: [name]
    attributes: [description]
mapping:
  - kind: manufacturer
    from: makers.csv
    fields: {name: row.maker | trim, description: row.about}
"#;

/// A folder with the job and eight makers.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("job.yaml", JOB);
    makers(&folder, 8, "About");
    folder
}

fn makers(folder: &Folder, count: usize, about: &str) {
    let lines: String = (1..=count).map(|number| format!("Maker {number},{about} {number}\n")).collect();
    folder.write("data/makers.csv", format!("maker,about\n{lines}"));
}

fn steps(folder: &Folder, plan: &str, more: &[&str]) -> Vec<Json> {
    let shown = folder.trueup(&[&["plan", "show", plan, "--json"], more].concat()).expect(0).json();
    shown["steps"].as_array().cloned().unwrap_or_default()
}

#[test]
fn every_command_that_help_names_has_help_of_its_own() {
    let folder = Folder::new();
    let (mut open, mut seen) = (vec![Vec::<String>::new()], 0);
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = folder.trueup(&words).expect(0).stdout;
        assert!(help.contains(format!("Usage: trueup {}", path.join(" ")).trim_end()), "{path:?}:\n{help}");
        let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let below = below.map_while(|line| line.strip_prefix("  ")).filter_map(|line| line.split(' ').next());
        let below = below.filter(|name| !name.is_empty() && *name != "help");
        open.extend(below.map(|name| [&path[..], &[name.to_owned()]].concat()));
        seen += 1;
    }
    assert!(seen > 20, "only {seen} commands were found");
    assert!(folder.trueup(&[]).expect(2).stderr.contains("Usage"));
    assert!(folder.trueup(&["--version"]).expect(0).stdout.starts_with("trueup "));
    folder.trueup(&["sync"]).expect(2);
}

#[test]
fn from_a_dry_run_to_the_history() {
    let folder = folder();
    let dry = folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json();
    assert_eq!((&dry["status"], &dry["dry_run"], &dry["steps"]), (&json!("completed"), &json!(true), &json!(8)));
    assert_eq!((&dry["sync"], &dry["plan"]), (&json!(1), &json!(1)));
    assert_eq!(dry["summary"], json!({"create": 8, "update": 0, "delete": 0, "no-change": 0, "skip": 0}));
    assert_eq!(dry["kinds"], json!({"manufacturer": {"create": 8, "update": 0, "delete": 0}}));
    assert!(dry["outcomes"].is_null(), "nothing was applied: {dry}");
    // It changed nothing, so another one finds the same and makes the same plan.
    let again = folder.trueup(&["run", "job.yaml", "--dry-run", "--json"]).expect(0).json();
    assert_eq!(again["steps"], 8);
    let fingerprint =
        |plan: &str| folder.trueup(&["plan", "show", plan, "--json"]).expect(0).json()["plan"]["fingerprint"].clone();
    assert_eq!(fingerprint("1"), fingerprint("2"));

    let shown = steps(&folder, "1", &[]);
    assert_eq!(shown.len(), 8);
    assert_eq!(
        shown[0]["document"],
        json!({
            "kind": "manufacturer", "key": ["Maker 1"], "action": "create", "after": {"description": "About 1"},
        })
    );
    assert!(shown.iter().all(|step| step["outcome"].is_null()));
    assert_eq!(steps(&folder, "1", &["--limit", "3", "--after", "5"]).len(), 2);
    assert_eq!(steps(&folder, "1", &["--action", "delete"]).len(), 0);
    let text = folder.trueup(&["plan", "show", "1"]).expect(0).stdout;
    assert!(text.contains("+ manufacturer Maker 1") && text.contains("fingerprint"), "{text}");

    let applied = folder.trueup(&["apply", "1", "--json"]).expect(0).json();
    assert_eq!((&applied["status"], &applied["outcomes"]["created"]), (&json!("completed"), &json!(8)));
    assert!(steps(&folder, "1", &[]).iter().all(|step| step["outcome"] == "applied"));
    let second = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(0).json();
    assert_eq!((&second["status"], &second["steps"]), (&json!("completed"), &json!(0)));
    let second = folder.trueup(&["run", "job.yaml", "--apply"]).expect(0).stdout;
    assert!(second.contains("nothing differs"), "{second}");

    let history = folder.trueup(&["history", "--json"]).expect(0).json();
    let history = history.as_array().expect("a list of syncs");
    let ids: Vec<&Json> = history.iter().map(|sync| &sync["id"]).collect();
    assert_eq!(ids, [5, 4, 3, 2, 1], "newest first");
    let statuses: Vec<&Json> = history.iter().map(|sync| &sync["status"]).collect();
    assert_eq!(statuses, ["completed", "completed", "completed", "completed", "completed"]);
    assert_eq!(
        folder.trueup(&["history", "--limit", "2", "--json"]).expect(0).json().as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(folder.trueup(&["history", "--job", "other", "--json"]).expect(0).json(), json!([]));
    let text = folder.trueup(&["history"]).expect(0).stdout;
    assert!(text.contains("makers") && text.contains("8 created"), "{text}");
    let shown = folder.trueup(&["show", "1", "--json"]).expect(0).json();
    assert_eq!((&shown["sync"]["id"], &shown["sync"]["plan"]), (&json!(1), &json!(1)));
    let text = folder.trueup(&["show", "1"]).expect(0).stdout;
    assert!(text.contains("8 create") && text.contains("trueup plan show 1"), "{text}");
}

#[test]
fn hints_name_the_program_that_prints_them() {
    let folder = folder();
    let told = folder.called("my-jobs", &["run", "job.yaml"]).expect(0).stdout;
    assert!(told.contains("look: my-jobs plan show 1; apply: my-jobs apply 1"), "{told}");
    for arguments in [
        &["history", "--database", "empty.db"][..],
        &["show", "1"],
        &["run", "job.yaml", "--apply"],
        &["apply", "1"],
        &["apply", "9"],
        &["resume"],
        &["--help"],
    ] {
        let ended = folder.called("my-jobs", arguments);
        let told = ended.stdout + &ended.stderr;
        assert!(!told.contains("trueup "), "{arguments:?}: {told}");
    }
}

#[test]
fn updates_and_deletes_are_applied_and_shown() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    makers(&folder, 7, "About");
    let csv = std::fs::read_to_string(folder.path().join("data/makers.csv")).expect("it was written");
    folder.write("data/makers.csv", csv.replace("About 3", "Something else"));
    folder.trueup(&["run", "job.yaml"]).expect(0);
    let text = folder.trueup(&["plan", "show", "2"]).expect(0).stdout;
    assert!(text.contains("~ manufacturer Maker 3") && text.contains("\"About 3\" → \"Something else\""), "{text}");
    assert!(text.contains("- manufacturer Maker 8"), "{text}");
    let applied = folder.trueup(&["apply", "2", "--json"]).expect(0).json();
    assert_eq!((&applied["outcomes"]["updated"], &applied["outcomes"]["deleted"]), (&json!(1), &json!(1)));
    assert_eq!(folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json()["steps"], 0);
}

#[test]
fn a_plan_is_applied_once() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml"]).expect(0);
    folder.trueup(&["apply", "1"]).expect(0);
    folder.trueup(&["apply", "1"]).expect(5).complains(&["plan 1", "applied", "make a new plan"]);
    folder.trueup(&["apply", "7"]).expect(3).complains(&["no plan 7", "`history`"]);
    folder.trueup(&["show", "7"]).expect(3).complains(&["no sync 7", "`history`"]);
    folder.trueup(&["plan", "show", "7"]).expect(3).complains(&["no plan 7"]);
}

#[test]
fn a_changed_target_makes_its_steps_stale_and_no_other() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    makers(&folder, 8, "New");
    folder.trueup(&["run", "job.yaml"]).expect(0);
    // Meanwhile somebody else changes one of the records.
    makers(&folder, 8, "About");
    let csv = std::fs::read_to_string(folder.path().join("data/makers.csv")).expect("it was written");
    folder.write("data/makers.csv", csv.replace("About 5", "Elsewhere"));
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);

    // The newer run knows more, so that somebody has to want the older plan.
    folder.trueup(&["apply", "2"]).expect(5).complains(&["plan 2", "plan 3 of the same job was made after it"]);
    let applied = folder.trueup(&["apply", "2", "--approve", "it is wanted", "--json"]).expect(6).json();
    assert_eq!(applied["status"], "completed-with-failures");
    assert_eq!((&applied["outcomes"]["updated"], &applied["outcomes"]["stale"]), (&json!(7), &json!(1)));
    let trouble = applied["trouble"].to_string();
    assert!(trouble.contains("Maker 5") && trouble.contains("Elsewhere"), "{trouble}");
    assert_eq!(steps(&folder, "2", &["--outcome", "stale"]).len(), 1);
    // The history tells of it too.
    let sync = applied["sync"].to_string();
    let shown = folder.trueup(&["show", &sync]).expect(0).stdout;
    assert!(shown.contains("1 stale") && shown.contains("Maker 5"), "{shown}");
}

#[test]
fn a_part_of_a_plan_is_applied() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml"]).expect(0);
    for (arguments, complaint) in [
        (&["--kind", "moon"][..], "no step is of kind `moon`"),
        (&["--step", "99"], "there is no step 99"),
        (&["--kind", "manufacturer", "--action", "delete"], "no step is what was asked for"),
    ] {
        folder.trueup(&[&["apply", "1"], arguments].concat()).expect(3).complains(&["plan 1", "in part", complaint]);
    }
    folder.trueup(&["apply", "1", "--step", "7-3"]).expect(2).complains(&["`7-3` names no steps"]);
    folder.trueup(&["apply", "1", "--action", "destroy"]).expect(2).complains(&["create, update or delete"]);
    let applied = folder.trueup(&["apply", "1", "--step", "2", "--step", "4-5", "--json"]).expect(0).json();
    let outcomes = &applied["outcomes"];
    assert_eq!(
        (&outcomes["created"], &outcomes["not_chosen"], &outcomes["skipped"]),
        (&json!(3), &json!(5), &json!(0))
    );
    assert_eq!(steps(&folder, "1", &["--outcome", "skipped"]).len(), 5);
    let shown = folder.trueup(&["plan", "show", "1"]).expect(0).stdout;
    assert!(shown.contains("approved by") && shown.contains("steps 2,4-5"), "{shown}");
    let sync = folder.trueup(&["show", &applied["sync"].to_string()]).expect(0).stdout;
    assert!(sync.contains("3 created, 5 not chosen") && !sync.contains("[skipped"), "{sync}");
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    assert_eq!(steps(&folder, "2", &[]).len(), 5, "the rest");
}

#[test]
fn checks_stop_a_run_until_a_person_approves() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    makers(&folder, 1, "About");
    let refused = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(5).json();
    assert_eq!((&refused["status"], &refused["outcomes"]), (&json!("waiting-for-approval"), &Json::Null));
    let findings = refused["findings"].as_array().expect("findings are a list");
    assert!(findings.iter().any(|f| f["check"] == "delete-share" && f["severity"] == "error"), "{findings:?}");
    folder.trueup(&["apply", "2"]).expect(5).complains(&["plan 2", "checks are against it", "approve"]);
    let shown = folder.trueup(&["plan", "show", "2"]).expect(0).stdout;
    assert!(shown.contains("[delete-share] 7 of 8 manufacturer records"), "{shown}");

    let applied = folder.trueup(&["apply", "2", "--approve", "they merged", "--json"]).expect(0).json();
    assert_eq!(applied["outcomes"]["deleted"], 7);
    let shown = folder.trueup(&["plan", "show", "2", "--json"]).expect(0).json();
    assert_eq!(shown["plan"]["approval"], "they merged");
    // The same in one go.
    makers(&folder, 8, "About");
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    makers(&folder, 1, "About");
    let applied = folder.trueup(&["run", "job.yaml", "--approve", "again", "--json"]).expect(0).json();
    assert_eq!(applied["outcomes"]["deleted"], 7);
}

#[test]
fn an_empty_source_deletes_nothing() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml", "--apply"]).expect(0);
    makers(&folder, 0, "");
    let refused = folder.trueup(&["run", "job.yaml", "--apply", "--json"]).expect(5).json();
    assert!(refused["findings"].to_string().contains("empty-source"), "{}", refused["findings"]);
    makers(&folder, 8, "About");
    assert_eq!(folder.trueup(&["run", "job.yaml", "--json"]).expect(0).json()["steps"], 0);
}

#[test]
fn vars_and_the_database_come_from_the_command_line() {
    let folder = folder();
    folder.write("elsewhere/makers.csv", "maker,about\nOnly,one\n");
    let ran =
        folder.trueup(&["run", "job.yaml", "--var", "path=elsewhere", "--apply", "--database", "one.db", "--json"]);
    assert_eq!(ran.expect(0).json()["outcomes"]["created"], 1);
    let ran = folder.trueup_with(&["run", "job.yaml", "--apply", "--json"], &[("TRUEUP_DATABASE", "two.db")]);
    assert_eq!(ran.expect(0).json()["outcomes"]["created"], 8);
    let one = folder.trueup(&["history", "--database", "sqlite:one.db", "--json"]).expect(0).json();
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    assert!(!folder.path().join("trueup.db").exists());
    folder.trueup(&["run", "job.yaml", "--var", "paht=x"]).expect(3).complains(&["paht", "path"]);
    folder.trueup(&["run", "job.yaml", "--var", "path"]).expect(2).complains(&["NAME=VALUE"]);
    folder.write("needs.yaml", JOB.replace("default: data, ", ""));
    folder.trueup(&["run", "needs.yaml"]).expect(3).complains(&["--var path=", "Folder with makers.csv"]);
    folder.trueup(&["run", "job.yaml", "--apply", "--dry-run"]).expect(2);
}

#[test]
fn a_job_says_what_it_takes_and_takes_what_every_job_takes() {
    let folder = folder();
    let job = folder.trueup(&["jobs", "job.yaml", "--json"]).expect(0).json();
    let names: Vec<&str> =
        job["variables"].as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str()).collect();
    assert_eq!(names, ["dryrun", "parallel_loading", "memory_profiling", "cpu_profiling", "path"]);
    assert_eq!(job["schema"]["properties"]["path"]["default"], "data");
    let variables = ["--var", "dryrun=false", "--var", "parallel_loading=true"];
    let ran = folder.trueup(&[&["run", "job.yaml", "--json"][..], &variables].concat()).expect(0).json();
    assert_eq!(ran["outcomes"]["created"], 8);
    let planned = folder.trueup(&["run", "job.yaml", "--json", "--dry-run", "--var", "dryrun=false"]).expect(0).json();
    assert_eq!(planned["dry_run"], true, "the flag wins over the variable");
    assert_eq!(folder.trueup(&["jobs", "--json"]).expect(0).json().as_array().map(Vec::len), Some(0));
}

#[test]
fn json_everywhere_and_no_colour_where_nobody_looks() {
    let folder = folder();
    let commands: [&[&str]; 7] = [
        &["run", "job.yaml"],
        &["run", "job.yaml", "--apply"],
        &["history"],
        &["show", "1"],
        &["plan", "show", "1"],
        &["apply", "1"],
        &["diff", "nowhere", "nowhere"],
    ];
    for command in commands {
        let ended = folder.trueup(command);
        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{command:?}: {ended:?}");
    }
    for command in commands {
        let ended = folder.trueup_with(&[command, &["--json"]].concat(), &[("NO_COLOR", "1")]);
        let told = if ended.stdout.is_empty() { &ended.stderr } else { &ended.stdout };
        assert!(!told.is_empty(), "{command:?} says nothing");
        for line in told.lines() {
            assert!(serde_json::from_str::<Json>(line).is_ok(), "{command:?} prints more than JSON: {line}");
        }
        assert!(!told.contains("\\u001b") && !told.contains('\u{1b}'), "{command:?} colours JSON: {told}");
    }
    // Forced colours are there, and NO_COLOR is stronger.
    let colours = folder.trueup_with(&["show", "1"], &[("CLICOLOR_FORCE", "1")]).stdout;
    assert!(colours.contains('\u{1b}'), "{colours}");
    let none = folder.trueup_with(&["show", "1"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).stdout;
    assert!(!none.contains('\u{1b}'), "{none}");
}

/// The first block of a language in a document.
fn block<'d>(document: &'d str, language: &str) -> &'d str {
    let begin = format!("```{language}\n");
    let from = document.find(&begin).unwrap_or_else(|| panic!("no {language} block")) + begin.len();
    document[from..].split("```").next().unwrap_or_default()
}

#[test]
fn the_first_job_of_the_guide_works_as_written() {
    let guide = read("docs/guide/first-job.md");
    let folder = Folder::new();
    folder.write("data/hardware.csv", block(&guide, "csv"));
    folder.write("hardware.yaml", block(&guide, "yaml"));
    let printed = folder.trueup(&["run", "hardware.yaml"]).expect(0).stdout;
    assert_eq!(printed.trim(), block(&guide, "text").trim());
    folder.trueup(&["apply", "1"]).expect(0);
    let again = folder.trueup(&["run", "hardware.yaml"]).expect(0).stdout;
    assert!(again.contains("nothing differs"), "{again}");
    let changed = block(&guide, "csv").replace("Mini,1", "Mini,2").replace("ACME,Core 900,4,C-900\n", "");
    folder.write("data/hardware.csv", &changed);
    folder.trueup(&["run", "hardware.yaml"]).expect(0);
    let printed = folder.trueup(&["plan", "show", "3"]).expect(0).stdout;
    assert!(
        printed.contains("  ~ device_type Bolt__Mini\n      u_height: 1 → 2\n  - device_type Acme__Core 900"),
        "{printed}"
    );
    folder.write("data/hardware.csv", changed.replace("Edge 100,1", "Edge 100,many"));
    let told = folder.trueup(&["run", "hardware.yaml"]).expect(4).stderr;
    assert!(guide.contains(told.trim()), "the guide shows another message than:\n{told}");
}

#[test]
fn a_sync_that_cannot_be_resumed_says_nothing_about_the_others() {
    let folder = folder();
    folder.trueup(&["run", "job.yaml"]).expect(0);
    makers(&folder, 7, "About");
    folder.trueup(&["run", "job.yaml"]).expect(0);
    // Both were broken off before their first step, and the plan of the first was changed by hand.
    let database = folder.path().join("trueup.db").display().to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it has no workers");
    runtime.block_on(async {
        let inventory = trueup::inventory::Inventory::open(&database).await.expect("it was made");
        for statement in [
            "UPDATE jobs_plan SET status = 'started'",
            "UPDATE jobs_sync SET status = 'interrupted'",
            "UPDATE jobs_step_document SET document = replace(document, 'About', 'Above') WHERE plan = 1",
        ] {
            inventory.database().execute(statement, Default::default()).await.expect("it is a statement");
        }
        inventory.close().await;
    });
    let resumed = folder.trueup(&["resume"]).expect(5);
    resumed.complains(&["sync 1 was not resumed", "changed by hand"]);
    assert!(resumed.stdout.contains("rest of sync 2") && resumed.stdout.contains("7 created"), "{}", resumed.stdout);
}
