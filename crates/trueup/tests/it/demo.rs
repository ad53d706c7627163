//! `trueup demo`: the story, held against the counts that examples/demo/check.py made from the raw exports.

use serde_json::Value as Json;

use crate::program::Folder;
use crate::workspace::read;

#[test]
fn three_days_come_out_as_counted_independently() {
    let folder = Folder::new();
    let ended = folder.trueup(&["demo", "--once", "--json", "--data-dir", "demo"]).expect(0);
    let days = ended.json_lines();
    assert_eq!(days.len(), 3, "one line a day");
    let expected: Json = serde_json::from_str(&read("examples/demo/expected.json")).expect("expected.json is JSON");
    for (day, name) in days.iter().zip(["day1", "day2", "day3_blocked"]) {
        let expected = &expected[name]["total"];
        for (ours, theirs) in
            [("create", "create"), ("update", "update"), ("delete", "delete"), ("no-change", "no_change")]
        {
            assert_eq!(day[ours], expected[theirs], "{name}: {ours}");
        }
        assert_eq!(day["failed"], 0, "{name}");
        let phases = day["durations"].as_object().expect("durations are an object");
        assert!(phases.values().all(Json::is_f64), "{name}: {phases:?}");
    }
    for (day, name) in days.iter().zip(["day1", "day2"]) {
        let total = &expected[name]["total"];
        let changes: u64 = ["create", "update", "delete"].iter().filter_map(|action| total[action].as_u64()).sum();
        assert_eq!(day["applied"], changes, "{name}");
        assert_eq!(day["blocked"], false, "{name}");
        assert_eq!(day["second_run_changes"], 0, "{name}");
    }
    assert_eq!(days[1]["deleted"], expected["day2"]["total"]["delete"]);
    let [_, _, broken] = &days[..] else { unreachable!("there are three days") };
    assert_eq!((&broken["day"], &broken["blocked"]), (&Json::from(3), &Json::from(true)));
    assert_eq!((&broken["applied"], &broken["deleted"]), (&Json::from(0), &Json::from(0)));
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
}

#[test]
fn the_story_is_told_and_then_goes_on() {
    let folder = Folder::new();
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder can be made");
    let told = folder.trueup_with(&["demo"], &[("TMPDIR", &temporary.display().to_string())]).expect(0).stdout;
    // A fresh folder, and it is named.
    let made: Vec<_> = std::fs::read_dir(&temporary).expect("the folder is there").flatten().collect();
    assert_eq!(made.len(), 1, "the demo makes one folder");
    let demo = made[0].path();
    assert!(told.contains(&demo.display().to_string()), "the folder is not named:\n{told}");

    let landmarks = [
        "Day 1",
        "planned as plan 1",
        "applied and verified",
        "A second run has nothing to change",
        "Day 2",
        "Day 3",
        "delete-share",
        "stopped by checks",
        "How to go on",
    ];
    let mut rest = told.as_str();
    for landmark in landmarks {
        let at =
            rest.find(landmark).unwrap_or_else(|| panic!("`{landmark}` is missing, or comes too early, in:\n{told}"));
        rest = &rest[at..];
    }
    assert!(!told.contains('\u{1b}'), "no colours when piped");

    // The picture in the README is of this program.
    let readme = read("README.md");
    let picture = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
    let shown = picture.lines().filter(|line| !line.trim().is_empty() && line.trim() != "…");
    assert!(shown.clone().count() > 15, "the picture of the demo was not found in README.md");
    for line in shown {
        assert!(told.lines().any(|printed| printed == line), "README.md shows a line that is not printed:\n{line}");
    }

    // What it says about going on works as printed, in the shell of somebody who has this program nowhere on the PATH.
    let lines: Vec<&str> = rest.lines().skip(1).filter(|line| !line.trim().starts_with("less ")).collect();
    let commands = lines.iter().filter(|line| line.trim().starts_with("trueup ")).count();
    assert!(commands >= 3, "the commands to go on with were not found in:\n{rest}");
    let shown = Folder::new().shell(&lines.join("\n")).expect(0).stdout;
    assert!(shown.contains("delete-share"), "`trueup show` should say why day 3 was stopped:\n{shown}");
}

#[test]
fn a_folder_with_a_demo_is_left_alone() {
    let folder = Folder::new();
    folder.write("demo/inventory.db", "precious");
    let ended = folder.trueup(&["demo", "--once", "--data-dir", "demo"]);
    assert_ne!(ended.code, 0);
    ended.complains(&["holds a demo already", "another folder"]);
    let left = std::fs::read_to_string(folder.path().join("demo/inventory.db")).expect("the file is still there");
    assert_eq!(left, "precious");
}
