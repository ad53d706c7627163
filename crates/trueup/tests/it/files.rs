//! Rules about files: short enough to read, free of one machine's paths, linked where they are documents.

use std::path::Path;

use crate::workspace::{files, read, root, text};

/// Files that people read and change. Data is as long as it is.
fn is_source(path: &str) -> bool {
    const ENDINGS: [&str; 9] = ["rs", "py", "md", "toml", "sh", "html", "css", "js", "yaml"];
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    let is_data = path.starts_with("examples/demo/day");
    !is_data && ending.map_or(path.starts_with("scripts/") || path.starts_with("benches/"), |e| ENDINGS.contains(&e))
}

#[test]
fn no_file_is_longer_than_a_thousand_lines() {
    let sources = files().into_iter().filter(|path| is_source(path));
    let mut lengths: Vec<(usize, String)> =
        sources.filter_map(|path| Some((text(&path)?.lines().count(), path))).collect();
    lengths.sort();
    let code: Vec<usize> = lengths.iter().filter(|(_, path)| path.contains("/src/")).map(|(lines, _)| *lines).collect();
    let longest = lengths.last().expect("there are files");
    println!("longest: {} with {} lines; median of the code: {} lines", longest.1, longest.0, code[code.len() / 2]);
    assert!(longest.0 <= 1000, "{} has {} lines; split it", longest.1, longest.0);
}

#[test]
fn no_path_or_host_of_one_machine() {
    let mut forbidden = vec![format!("{}/", root().display())];
    // Put together here, so that this file does not hold them.
    let homes = [("/ro", "ot/"), ("/Us", "ers/"), ("/ho", "me/"), ("/wo", "rk/")];
    forbidden.extend(homes.iter().map(|(a, b)| format!("{a}{b}")));
    let settings = [("index", "-url"), ("replace", "-with"), ("find", "-links"), ("index.", "crates.io")];
    forbidden.extend(settings.iter().map(|(a, b)| format!("{a}{b}")));
    let mut found = Vec::new();
    for path in files().iter().filter(|path| *path != "LICENSE") {
        let Some(text) = text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            found.extend(
                forbidden.iter().filter(|bad| line.contains(*bad)).map(|bad| format!("{path}:{}: {bad}", index + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(!root().join(".cargo/config.toml").exists(), "settings of one machine belong in the user's own Cargo home");
}

/// The targets of the links of a document, without those that leave the project.
fn links(document: &str) -> Vec<String> {
    let mut inside_code = false;
    let mut found = Vec::new();
    for line in document.lines() {
        inside_code ^= line.trim_start().starts_with("```");
        if inside_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                found.push(target.to_owned());
            }
        }
    }
    found
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in files().iter().filter(|path| path.ends_with(".md")) {
        let folder = root().join(path).parent().map(Path::to_owned).unwrap_or_default();
        for link in links(&read(path)) {
            assert!(folder.join(&link).exists(), "{path} links to {link}, which is not there");
        }
    }
}

#[test]
fn every_decision_is_linked_and_numbered() {
    let index = links(&read("docs/decisions/README.md"));
    let all = files();
    let records: Vec<&str> = all
        .iter()
        .filter_map(|path| path.strip_prefix("docs/decisions/"))
        .filter(|name| *name != "README.md")
        .collect();
    assert!(!records.is_empty(), "there are no decision records");
    for (number, name) in (1..).zip(&records) {
        assert!(name.starts_with(&format!("{number:04}-")), "{name} should be number {number:04}");
        assert!(index.iter().any(|link| link == name), "docs/decisions/README.md does not link {name}");
    }
}

#[test]
fn every_guide_is_linked_from_the_readme() {
    let linked = links(&read("README.md"));
    for path in files().iter().filter(|path| path.starts_with("docs/guide/") && path.ends_with(".md")) {
        assert!(linked.contains(path), "README.md does not link {path}");
    }
}
