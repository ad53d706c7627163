//! The code in the guides is the code of the examples, which is compiled and tested.

use trueup::jobs::{DeclarativeJob, JobFile};
use trueup::testkit::Testkit;

use crate::workspace::read;

/// The files that a guide shows: each stands in a block of code below a line `` `path` ``.
fn shown(guide: &str) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let mut lines = read(guide).lines().map(str::to_owned).collect::<Vec<_>>().into_iter().peekable();
    while let Some(line) = lines.next() {
        let path =
            line.strip_prefix("`examples/").and_then(|rest| rest.split_once('`')).map(|(path, _)| path.to_owned());
        let Some(path) = path else { continue };
        if lines.next_if(String::is_empty).is_none() || lines.next_if(|line| line.starts_with("```")).is_none() {
            continue;
        }
        let code: String = lines.by_ref().take_while(|line| line != "```").map(|line| line + "\n").collect();
        shown.push((format!("examples/{path}"), code));
    }
    shown
}

#[test]
fn the_code_of_the_guide_is_that_of_the_examples() {
    let shown = shown("docs/guide/writing-a-job.md");
    let paths: Vec<&str> = shown.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "examples/vlan-source/src/job.rs",
        "examples/vlan-source/src/main.rs",
        "examples/vlan-source/src/tests.rs",
        "examples/inventory-to-csv/src/job.rs",
        "examples/two-systems/src/job.rs",
        "examples/two-systems/src/job.rs",
    ];
    assert_eq!(paths, expected);
    let (whole, parts) = shown.split_at(4);
    for (path, code) in whole {
        assert_eq!(*code, read(path), "{path} and what the guide shows of it differ");
    }
    for (path, code) in parts {
        assert!(read(path).contains(code), "{path} has no such part as the guide shows:\n{code}");
    }
}

#[test]
fn a_working_job_takes_less_than_100_lines() {
    let lines = ["main", "job"].map(|file| read(format!("examples/vlan-source/src/{file}.rs")).lines().count());
    let sum: usize = lines.iter().sum();
    println!("the smallest job is {sum} lines of Rust");
    assert!(sum < 100, "{sum} lines");
}

/// Each block of YAML, in a job whose source is empty.
#[test]
fn the_kinds_of_the_guide_are_kinds_of_a_job() {
    let guide = read("docs/guide/scope.md");
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let kit = Testkit::new().unwrap();
        let path = kit.folder().join("job.yaml");
        let head = "name: guide\nsource: {connector: file, path: .}\ntarget: {connector: inventory}\n";
        let mapping = "mapping: [{kind: device, from: devices.csv, fields: {name: row.name}}]\n";
        std::fs::write(&path, format!("{head}{block}{mapping}")).unwrap();
        std::fs::write(kit.folder().join("devices.csv"), "name\n").unwrap();
        let job = DeclarativeJob::new(JobFile::read(&path).unwrap()).unwrap();
        let planned = kit.plan(job, &[]).unwrap_or_else(|error| panic!("{error:?}\n{block}"));
        assert!(planned.steps.is_empty(), "{:?}", planned.steps);
    }
}
