//! The community device-type library into an empty inventory. Everything arrives or is named; a second run has nothing to
//! do. A part of it here, quick enough for every change; all of it with the release program in scripts/test.

use std::path::{Path, PathBuf};

use crate::program::Folder;
use crate::workspace::root;

/// One file in so many is taken.
const EVERY: usize = 20;

fn library() -> PathBuf {
    match std::env::var_os("TRUEUP_DEVICETYPE_LIBRARY") {
        Some(path) => path.into(),
        None => root().join("../shared/data/devicetype-library"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { pending.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"));
    found.sort();
    found
}

#[test]
fn a_part_of_the_device_type_library_twice() {
    let library = library();
    let all = files(&library.join("device-types"));
    if all.is_empty() {
        println!("skipped: no device-type library at {}; TRUEUP_DEVICETYPE_LIBRARY can name one", library.display());
        return;
    }
    let folder = Folder::new();
    let taken: Vec<&PathBuf> = all.iter().step_by(EVERY).collect();
    for path in &taken {
        let name = path.strip_prefix(&library).expect("it was found there").to_string_lossy().into_owned();
        folder.write(&format!("library/{name}"), std::fs::read(path).expect("the file can be read"));
    }
    // The patterns of the job name both endings, and every pattern must find something.
    for (ending, name) in [("yaml", "a"), ("yml", "b")] {
        let own = format!("manufacturer: Nobody\nmodel: {name}\nslug: nobody-{name}\n");
        folder.write(&format!("library/device-types/Nobody/{name}.{ending}"), own);
    }
    let job = root().join("integrations/devicetype-library/job.yaml").display().to_string();
    let path = format!("path={}", folder.path().join("library").display());
    let run = || folder.trueup(&["run", &job, "--var", &path, "--apply", "--json"]);
    let first = run();
    assert!([0, 6].contains(&first.code), "{}", first.stderr);
    let first = first.json();
    let number = |path: &str| first.pointer(path).and_then(|number| number.as_u64()).unwrap_or_default();
    let named =
        first["trouble"].as_array().map_or(0, Vec::len) + first["source"]["rejected"].as_array().map_or(0, Vec::len);
    println!(
        "{} files, {} records, {} created, {named} named",
        taken.len(),
        number("/source/records"),
        number("/outcomes/created")
    );
    assert_eq!(
        number("/outcomes/created") + first["trouble"].as_array().map_or(0, |t| t.len() as u64),
        number("/steps")
    );
    assert_eq!(number("/kinds/device_type/create") as usize, taken.len() + 2 - rejected_types(&first));
    assert_eq!(number("/outcomes/unverified"), 0);

    let second = run().json();
    let queries = second["target"]["queries"].as_u64().unwrap_or(u64::MAX);
    assert!(queries <= 40, "{queries} queries for 11 kinds");
    let written = ["created", "updated", "deleted"].map(|outcome| second["outcomes"][outcome].as_u64());
    assert_eq!(written, [Some(0); 3], "{}", second["kinds"]);
}

fn rejected_types(report: &serde_json::Value) -> usize {
    let rejected = report["source"]["rejected"].as_array().cloned().unwrap_or_default();
    rejected.iter().filter(|line| line.as_str().is_some_and(|line| line.contains(": device_type "))).count()
}
