//! `trueup new job`. That what it writes compiles and passes its own tests, the stage `scaffold` of scripts/test shows.

use crate::program::Folder;
use crate::workspace::{read, root};

#[test]
fn a_new_job_is_the_smallest_example_under_another_name() {
    let folder = Folder::new();
    let ran = folder.trueup(&["new", "job", "site-sync"]).expect(0);
    assert!(ran.stdout.contains("cargo run -- run site-sync"), "{}", ran.stdout);
    let written = |file: &str| {
        let path = folder.path().join("site-sync").join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    for file in ["src/main.rs", "src/job.rs", "src/tests.rs", "vlans.csv"] {
        let example = read(format!("examples/vlan-source/{file}"));
        assert_eq!(written(file), example.replace("vlan-source", "site-sync").replace("VlanSource", "SiteSyncJob"));
    }
    assert_eq!(written("Cargo.lock"), read("Cargo.lock"), "the versions that trueup was tested with");
    let manifest = written("Cargo.toml");
    let here = root().join("crates/trueup").canonicalize().expect("the workspace is there");
    let dependency = format!("trueup = {{ path = {:?} }}", here.display().to_string());
    assert!(manifest.contains("name = \"site-sync\"") && manifest.contains(&dependency), "{manifest}");
}

#[test]
fn what_cannot_be_written_is_refused_with_advice() {
    let folder = Folder::new();
    folder.write("there/file", "");
    for (arguments, snippets) in [
        (&["new", "job", "Site Sync"][..], &["`Site Sync`", "small letters"][..]),
        (&["new", "job", "test"], &["`test`", "another use"]),
        (&["new", "job", "build"], &["`build`", "another use"]),
        (&["new", "job", "trueup-jobs"], &["`trueup-jobs`", "another use"]),
        (&["new", "job", "there"], &["there is there already", "--path"]),
        (&["new", "job", "x", "--trueup", "nowhere"], &["no crate trueup at nowhere", "--trueup"]),
    ] {
        folder.trueup(arguments).expect(3).complains(snippets);
    }
}
