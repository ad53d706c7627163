//! Schedules from the command line.

use serde_json::{Value as Json, json};

use crate::program::Folder;
use crate::queue::folder;

fn listed(folder: &Folder) -> Vec<Json> {
    folder.trueup(&["schedule", "list", "--json"]).expect(0).json().as_array().cloned().unwrap_or_default()
}

fn says(folder: &Folder, arguments: &[&str], words: &[&str]) {
    let said = folder.trueup(&[&["schedule"], arguments].concat()).expect(0).stdout;
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
}

#[test]
fn a_schedule_is_made_listed_switched_off_and_on_and_forgotten() {
    let folder = folder();
    says(&folder, &["list"], &["no schedule yet", "trueup schedule add NAME --job JOB --every 1h"]);
    let times = ["--cron", "30 2 * * mon-fri", "--zone", "Europe/Berlin"];
    let first = ["nightly runs makers: 30 2 * * mon-fri (Europe/Berlin); first at ", "T02:30:00+0", "trueup worker"];
    says(&folder, &[&["add", "nightly", "--job", "makers"][..], &times].concat(), &first);
    let add = ["schedule", "add", "hourly", "--job", "makers", "--every", "1h", "--apply", "--disabled", "--json"];
    let made = folder.trueup(&add).expect(0).json();
    assert_eq!((&made["name"], &made["mode"], &made["enabled"]), (&json!("hourly"), &json!("apply"), &json!(false)));
    assert_eq!((&made["timing"]["seconds"], &made["upcoming"]), (&json!(3600), &json!([])));
    says(&folder, &["list"], &["every 1h", "disabled", "30 2 * * mon-fri (Europe/Berlin)", "dry-run"]);

    says(&folder, &["disable", "nightly"], &["nightly counts no more"]);
    assert!(listed(&folder).iter().all(|one| one["enabled"] == false && one["next_at"].is_null()));
    says(&folder, &["enable", "nightly"], &["nightly counts; next at ", "T02:30:00+0"]);
    says(&folder, &["enable", "hourly"], &["hourly counts; next at "]);
    assert!(listed(&folder).iter().all(|one| one["enabled"] == true && one["next_at"].is_string()));

    says(&folder, &["remove", "nightly"], &["nightly is forgotten; what it has asked for stays"]);
    let names: Vec<Json> = listed(&folder).iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["hourly"]);
    for command in ["remove", "enable", "disable"] {
        let ended = folder.trueup(&["schedule", command, "nightly"]).expect(3);
        ended.complains(&["there is no schedule `nightly`; `schedule list` lists them"]);
    }
}

#[test]
fn a_schedule_that_cannot_be_is_refused_when_it_is_made() {
    let folder = folder();
    for (arguments, complaint) in [
        (&["--cron", "0 0 31 2 *"][..], "cron: `0 0 31 2 *` names a time that never comes; look at its day and month"),
        (&["--cron", "61 * * * *"], "cron: `61 * * * *` cannot be read"),
        (&["--cron", "often"], "give five fields, as in `30 2 * * mon-fri`"),
        (&["--cron", "0 0 * * *", "--zone", "Mars/Olympus"], "zone: there is no time zone `Mars/Olympus`"),
        (&["--every", "0s"], "every: 0s is too short; the shortest interval is 10 s"),
        (&["--every", "soon"], "every: `soon` is no span of time; give it as in `15m`"),
        (&["--every", "1h", "--start", "yesterday"], "start: `yesterday` is no time"),
        (&["--every", "1h", "--var", "paht=x"], "there is no variable `paht`; the job has: path"),
    ] {
        let ended = folder.trueup(&[&["schedule", "add", "never", "--job", "makers"], arguments].concat()).expect(3);
        assert_eq!(ended.stderr.matches(complaint).count(), 1, "told once: {}", ended.stderr);
        ended.complains(&[]);
    }
    for (arguments, complaint) in [
        (&["never", "--job", "nope"][..], "there is no job `nope` in this program; it has: makers"),
        (&["never", "--job", "jobs/makers.yaml"], "there is no job `jobs/makers.yaml` in this program"),
        (&["a/b", "--job", "makers"], "the schedule cannot be called `a/b`"),
    ] {
        let ended = folder.trueup(&[&["schedule", "add"], arguments, &["--every", "1h"]].concat()).expect(3);
        ended.complains(&[complaint]);
    }
    for (arguments, complaint) in [
        (&[][..], "<--cron <CRON>|--every <SPAN>>"),
        (&["--every", "1h", "--cron", "0 0 * * *"], "cannot be used with"),
        (&["--every", "1h", "--zone", "UTC"], "cannot be used with"),
        (&["--every", "1h", "--apply", "--dry-run"], "cannot be used with"),
        (&["--cron", "0 0 * * *", "--start", "2026-12-01T02:30:00Z"], "cannot be used with"),
    ] {
        let ended = folder.trueup(&[&["schedule", "add", "never", "--job", "makers"], arguments].concat()).expect(2);
        ended.complains(&[complaint]);
    }
    assert_eq!(listed(&folder), Vec::<Json>::new());
    let twice = ["schedule", "add", "twice", "--job", "makers", "--every", "1h"];
    folder.trueup(&twice).expect(0);
    folder.trueup(&twice).expect(3).complains(&["there is a schedule `twice` already"]);
}
