//! What we depend on: how much, under which licences, once each, and all of it used.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Package, packages};
use crate::workspace::{CRATES, below, declared, read};

/// Packages of the whole workspace, tests and build scripts included. A larger number needs a reason in the change that
/// raises it; CRATES has about 360 in view for the finished product.
/// The server brought axum, async-graphql, sqlx's PostgreSQL driver and tracing-subscriber: about 55.
/// Schedules and attempts brought croner, backon and, while croner is built, derive_builder with an older darling: 8.
/// CPU profiles of runs brought pprof and inferno with 29, the allocator of the program brought mimalloc.
const BUDGET: usize = 324;
/// Packages of the program alone. The last one brings the names of the world's time zones, so that a location in none of
/// them is refused also where the system knows no zones.
/// Schedules and attempts brought 8 of which 2 are in it and 6 only build croner.
const BUDGET_OF_THE_PROGRAM: usize = 304;

/// As in deny.toml.
const LICENCES: [&str; 13] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Of inferno, whose files we take as they are (docs/decisions/0017).
    "CDDL-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that are there in two major versions, and who holds on to the older one. As in deny.toml.
const TWICE: [(&str, &str); 15] = [
    ("base64", "sqlx 0.9 has 0.22; serde-saphyr has 0.23"),
    ("bitflags", "nix 0.26 of pprof has 1; the rest has 2"),
    ("block-buffer", "digest 0.10 has 0.10; digest 0.11 of sqlx's PostgreSQL driver has 0.12"),
    ("cpufeatures", "sha2 0.10 of sqlx 0.9 has 0.2; blake3 has 0.3"),
    ("crypto-common", "digest 0.10 has 0.1; digest 0.11 of sqlx's PostgreSQL driver has 0.2"),
    ("darling", "derive_builder of croner has 0.20; async-graphql has 0.23"),
    ("darling_core", "derive_builder of croner has 0.20; async-graphql has 0.23"),
    ("darling_macro", "derive_builder of croner has 0.20; async-graphql has 0.23"),
    ("digest", "sha2 0.10 has 0.10; sha2 0.11 of sqlx's PostgreSQL driver has 0.11"),
    ("getrandom", "ahash of inferno has 0.3; the rest has 0.4"),
    ("hashbrown", "hashlink of sqlx 0.9 has 0.16; the rest has 0.17"),
    ("object", "ar_archive_writer of psm has 0.39; backtrace of pprof has 0.40"),
    ("sha2", "sqlx's macros and async-graphql have 0.10; sqlx's PostgreSQL driver has 0.11"),
    ("spin", "flume of sqlx has 0.9; pprof has 0.10"),
    ("syn", "the derives of others have 2; ours and serde's have 3"),
];

fn everything() -> BTreeSet<Package> {
    packages(&["--workspace", "--edges", "normal,build,dev"])
}

#[test]
fn the_budget_holds() {
    let all = everything().len();
    let program = packages(&["--package", "trueup", "--edges", "normal,build"]).len();
    println!(
        "{all} packages in the workspace, at most {BUDGET}; {program} in the program, at most {BUDGET_OF_THE_PROGRAM}"
    );
    assert!(all <= BUDGET, "{all} packages are more than {BUDGET}");
    assert!(program <= BUDGET_OF_THE_PROGRAM, "{program} packages are more than {BUDGET_OF_THE_PROGRAM}");
}

/// What Cargo holds to be compatible: `1.2.3` is 1, `0.4.2` is 0.4, `0.0.3` is 0.0.3.
fn major(version: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in version.split('.') {
        parts.push(part);
        if part != "0" {
            break;
        }
    }
    parts.join(".")
}

#[test]
fn no_package_is_there_twice() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Package { name, version, .. } in everything() {
        versions.entry(name).or_default().insert(major(&version));
    }
    let twice: BTreeMap<&String, &BTreeSet<String>> = versions.iter().filter(|(_, majors)| majors.len() > 1).collect();
    let reason = |name: &str| TWICE.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason);
    for (name, majors) in &twice {
        let reason =
            reason(name).unwrap_or_else(|| panic!("{name} is there as {majors:?}; use one, or give a reason here"));
        println!("{name} is there as {majors:?}: {reason}");
    }
    // Which packages are built depends on the system; this list is kept on Linux.
    if cfg!(target_os = "linux") {
        let gone: Vec<_> = TWICE.iter().filter(|(name, _)| !twice.keys().any(|there| there == name)).collect();
        assert!(gone.is_empty(), "no longer there twice, so take them off this list and out of deny.toml: {gone:?}");
    }
}

/// Whether a licence expression can be met with the licences in the list.
fn is_met(expression: &str) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    parts(&expression, " AND ").iter().all(|all| {
        parts(all, " OR ").iter().any(|one| match one.strip_prefix('(').and_then(|one| one.strip_suffix(')')) {
            Some(inner) => is_met(inner),
            None => LICENCES.contains(one),
        })
    })
}

/// The parts of an expression around an operator that stands outside parentheses.
fn parts<'e>(expression: &'e str, operator: &str) -> Vec<&'e str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && at >= from && expression[at..].starts_with(operator) => {
                parts.push(expression[from..at].trim());
                from = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(expression[from..].trim());
    parts
}

#[test]
fn licences_are_those_we_can_keep() {
    assert!(is_met("(Apache-2.0 OR MIT) AND BSD-3-Clause") && is_met("Unlicense/MIT") && is_met("GPL-3.0 OR MIT"));
    assert!(!is_met("GPL-3.0") && !is_met("MIT AND GPL-3.0") && !is_met("(MIT OR Zlib) AND GPL-2.0") && !is_met(""));
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for Package { name, version, license } in everything() {
        assert!(is_met(&license), "{name} {version} has licence `{license}`, which is not in the list");
        *count.entry(license).or_default() += 1;
    }
    println!("licences: {count:?}");
    let deny = read("deny.toml");
    for licence in LICENCES {
        assert!(deny.contains(&format!("\"{licence}\",")), "deny.toml does not allow {licence}");
    }
    for (name, _) in TWICE {
        assert!(deny.contains(&format!("crate = \"{name}@")), "deny.toml does not skip {name}");
    }
}

#[test]
fn everything_comes_from_the_public_registry() {
    let registry = format!("registry+https://github.com/{}", "rust-lang/crates.io-index");
    for line in read("Cargo.lock").lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(line, format!("source = \"{registry}\""));
    }
}

/// The code of a crate that a section's dependencies are for.
fn code(crate_: &str, folders: &[&str]) -> String {
    let files = folders.iter().flat_map(|folder| below(&format!("crates/{crate_}/{folder}")));
    files.filter(|path| path.ends_with(".rs")).map(|path| read(&path)).collect()
}

fn is_used(name: &str, code: &str) -> bool {
    let name = name.replace('-', "_");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(&name)
        .any(|(at, _)| !code[..at].ends_with(is_word) && !code[at + name.len()..].starts_with(is_word))
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for crate_ in CRATES {
        let manifest = read(format!("crates/{crate_}/Cargo.toml"));
        let sections = [("dependencies", &["src"][..]), ("dev-dependencies", &["src", "tests", "benches", "examples"])];
        for (section, folders) in sections {
            let code = code(crate_, folders);
            let names = declared(&manifest, section);
            unused.extend(
                names.iter().filter(|name| !is_used(name, &code)).map(|name| format!("{crate_} [{section}] {name}")),
            );
        }
    }
    assert!(unused.is_empty(), "declared and not used: {unused:#?}");
}

#[test]
fn every_workspace_dependency_is_used() {
    let manifests: Vec<String> = CRATES.iter().map(|crate_| read(format!("crates/{crate_}/Cargo.toml"))).collect();
    let used: BTreeSet<String> = manifests
        .iter()
        .flat_map(|manifest| [declared(manifest, "dependencies"), declared(manifest, "dev-dependencies")])
        .flatten()
        .collect();
    let all = declared(&read("Cargo.toml"), "workspace.dependencies");
    assert!(all.len() > 20, "the workspace's dependencies were not found");
    let unused: Vec<&String> = all.iter().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "no crate uses these dependencies of the workspace: {unused:?}");
}

#[test]
fn every_crate_has_the_workspace_lints_and_licence() {
    for crate_ in CRATES {
        let manifest = read(format!("crates/{crate_}/Cargo.toml"));
        // An allocator cannot be written without `unsafe`, and what is forbidden cannot be allowed (docs/decisions/0017).
        let its_own = crate_ == "heap" && manifest.contains("unsafe_code = \"deny\"");
        let workspaces = manifest.contains("[lints]\nworkspace = true");
        assert!(workspaces || its_own, "{crate_} does not take the workspace's lints");
        assert!(manifest.contains("license.workspace = true"), "{crate_} does not take the workspace's licence");
    }
    assert!(read("Cargo.toml").contains("license = \"Apache-2.0\""));
    assert!(read("LICENSE").contains("Apache License"));
}
