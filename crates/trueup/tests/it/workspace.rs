//! Where the workspace is, and its files.

use std::path::{Path, PathBuf};
use std::process::Command;

pub const CRATES: [&str; 8] = ["engine", "derive", "heap", "connectors", "inventory", "jobs", "server", "trueup"];

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the crate lies two folders below the workspace").to_owned()
}

/// The package name of a crate's folder.
pub fn package(folder: &str) -> String {
    if folder == "trueup" { folder.to_owned() } else { format!("trueup-{folder}") }
}

pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// The project's files, relative to the workspace: those that Git knows or would take, else all that are there.
pub fn files() -> Vec<String> {
    let git = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let mut files: Vec<String> = match git {
        Ok(output) if output.status.success() => {
            let listed = String::from_utf8(output.stdout).expect("file names are UTF-8");
            listed.lines().filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
        }
        _ => below(""),
    };
    files.sort();
    files.dedup();
    assert!(files.iter().any(|path| path == "Cargo.toml"), "the workspace's files were not found");
    files
}

/// All files below a folder of the workspace, hidden ones and built ones left out.
pub fn below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(folder)];
    while let Some(folder) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && name != ".ci" && name != ".gitignore";
            if path.is_dir() {
                if !hidden && name != "target" {
                    pending.push(path);
                }
            } else if !hidden {
                let relative = path.strip_prefix(root()).expect("found below the workspace");
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// The file's text; `None` for one that is no text.
pub fn text(path: &str) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(path)).ok()?).ok()
}

/// The names that a manifest declares in a section such as `dependencies`.
pub fn declared(manifest: &str, section: &str) -> Vec<String> {
    let header = format!("[{section}]");
    let lines = manifest.lines().skip_while(|line| line.trim() != header).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    lines
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()))
        .map(|line| line.chars().take_while(|c| is_name(*c)).collect())
        .collect()
}
