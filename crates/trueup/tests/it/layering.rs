//! The house stands as drawn (ARCHITECTURE.md): arrows go down only, and the engine reaches nothing outside itself.

use std::collections::BTreeSet;

use crate::tree::reached_by;
use crate::workspace::{CRATES, below, package, read};

/// Crate → the crates of ours that it may reach, directly or not.
const ARROWS: [(&str, &[&str]); 8] = [
    ("engine", &[]),
    ("derive", &[]),
    ("heap", &[]),
    ("connectors", &["engine"]),
    ("inventory", &["engine"]),
    ("jobs", &["connectors", "engine", "heap", "inventory"]),
    ("server", &["connectors", "engine", "heap", "inventory", "jobs"]),
    ("trueup", &["connectors", "derive", "engine", "heap", "inventory", "jobs", "server"]),
];

#[test]
fn arrows_go_down_only() {
    for (crate_, allowed) in ARROWS {
        let reached = reached_by(&package(crate_));
        let ours = CRATES.iter().filter(|other| **other != crate_ && reached.contains(&package(other)));
        let ours: BTreeSet<&str> = ours.copied().collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let up: Vec<_> = ours.difference(&allowed).collect();
        assert!(up.is_empty(), "{crate_} reaches {up:?}, which the drawing in ARCHITECTURE.md does not allow");
        println!("{crate_} reaches {ours:?} of ours and {} packages in all", reached.len());
    }
}

#[test]
fn every_crate_is_in_the_drawing() {
    let found: BTreeSet<String> = below("crates")
        .iter()
        .filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml").map(str::to_owned))
        .collect();
    let drawn: BTreeSet<String> = CRATES.iter().map(ToString::to_string).collect();
    assert_eq!(found, drawn, "a new crate needs a decision record, and its arrows here");
    assert_eq!(ARROWS.map(|(crate_, _)| crate_), CRATES);
}

/// Runtimes, databases, networks, randomness, logs: by the names of the packages that bring them.
const OUTSIDE: [&str; 38] = [
    "anstream",
    "async-std",
    "backon",
    "chrono",
    "clap",
    "console",
    "csv",
    "dirs",
    "env_logger",
    "fastrand",
    "fs-err",
    "futures-executor",
    "getrandom",
    "glob",
    "hyper",
    "hyper-util",
    "indicatif",
    "libsqlite3-sys",
    "log",
    "memmap2",
    "metrics",
    "mio",
    "native-tls",
    "opentelemetry",
    "rand",
    "rand_core",
    "reqwest",
    "rusqlite",
    "rustix",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tempfile",
    "tokio",
    "tracing",
    "tracing-core",
];

#[test]
fn the_engine_reaches_nothing_outside() {
    let reached = reached_by("trueup-engine");
    let outside: Vec<&&str> = OUTSIDE.iter().filter(|name| reached.contains(**name)).collect();
    assert!(outside.is_empty(), "the engine reaches {outside:?}");
}

#[test]
fn no_kind_of_runtime_below_the_inventory() {
    for crate_ in ["engine", "derive", "connectors"] {
        let reached = reached_by(&package(crate_));
        for runtime in ["tokio", "sqlx-core", "libsqlite3-sys"] {
            assert!(!reached.contains(runtime), "{crate_} reaches {runtime}");
        }
    }
}

/// Calls that the standard library and the engine's own dependencies would allow, and the rule does not.
const CALLS: [(&str, &str); 14] = [
    ("Instant::now", "clock"),
    ("SystemTime", "clock"),
    ("Timestamp::now", "clock"),
    ("Zoned::now", "clock"),
    ("std::env", "environment"),
    ("std::fs", "file system"),
    ("File::open", "file system"),
    ("std::net::Tcp", "network"),
    ("std::net::Udp", "network"),
    ("std::process", "processes"),
    ("RandomState::new", "randomness"),
    ("RandomState::default", "randomness"),
    ("println!", "log"),
    ("eprintln!", "log"),
];

#[test]
fn the_engine_calls_no_clock_file_environment_or_log() {
    let sources = below("crates/engine/src");
    assert!(sources.len() > 50, "the engine's sources were not found");
    for path in sources.iter().filter(|path| path.ends_with(".rs")) {
        let text = read(path);
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (index, line) in code {
            for (call, what) in CALLS {
                let at = format!("{path}:{}", index + 1);
                assert!(!line.contains(call), "{at}: the engine takes its {what} as an argument: {}", line.trim());
            }
        }
    }
}
