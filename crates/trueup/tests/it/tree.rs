//! What `cargo tree` prints, read line by line. It exits with 0 whatever it finds, so only its words count.

use std::collections::BTreeSet;
use std::process::Command;

use crate::workspace::root;

/// One package as `cargo tree` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub license: String,
}

/// The packages of `cargo tree ARGUMENTS`, each once.
pub fn packages(arguments: &[&str]) -> BTreeSet<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    let packages: BTreeSet<Package> = text.lines().filter(|line| !line.trim().is_empty()).map(package).collect();
    assert!(
        !packages.is_empty(),
        "cargo tree {arguments:?} printed nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    packages
}

/// `tokio v1.54.0|MIT`, `trueup-engine v0.1.0 (/path)|Apache-2.0`.
fn package(line: &str) -> Package {
    let (package, license) = line.rsplit_once('|').unwrap_or_else(|| panic!("an unknown line of cargo tree: {line}"));
    let mut words = package.split_whitespace();
    let name = words.next().expect("a package has a name");
    let version = words.next().and_then(|word| word.strip_prefix('v'));
    let version = version.unwrap_or_else(|| panic!("no version in this line of cargo tree: {line}"));
    // The mark of a ring: the tests of a crate may depend on the crate with more features.
    let license = license.trim().trim_end_matches("(*)").trim_end();
    Package { name: name.to_owned(), version: version.to_owned(), license: license.to_owned() }
}

/// The names of the packages that a crate of ours is built from, itself included; not those of its tests.
pub fn reached_by(package: &str) -> BTreeSet<String> {
    let packages = packages(&["--package", package, "--edges", "normal,build"]);
    let names: BTreeSet<String> = packages.into_iter().map(|package| package.name).collect();
    assert!(names.contains(package), "cargo tree does not name {package} itself");
    names
}
