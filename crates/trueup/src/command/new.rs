use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::arguments::NewJobArguments;
use crate::exit::Exit;
use crate::output::Output;

/// The example that a new job begins as; what is written has other names, and a manifest of its own.
const FILES: [(&str, &str); 4] = [
    ("src/main.rs", include_str!("../../../../examples/vlan-source/src/main.rs")),
    ("src/job.rs", include_str!("../../../../examples/vlan-source/src/job.rs")),
    ("src/tests.rs", include_str!("../../../../examples/vlan-source/src/tests.rs")),
    ("vlans.csv", include_str!("../../../../examples/vlan-source/vlans.csv")),
];

/// Names that Cargo or Rust has another use for: crates, folders below `target`, and the crate's own modules.
const TAKEN: [&str; 9] = ["trueup", "test", "core", "std", "job", "build", "deps", "examples", "incremental"];

/// Writes a crate with a job that works, its tests included.
pub fn job(arguments: &NewJobArguments, output: &Output) -> anyhow::Result<Exit> {
    let NewJobArguments { name, path, trueup } = arguments;
    check(name)?;
    let folder = path.clone().unwrap_or_else(|| PathBuf::from(name));
    if folder.exists() {
        bail!("{} is there already; name another folder with --path", folder.display());
    }
    let trueup = library(trueup.as_deref())?;
    let names = |text: &str| text.replace("vlan-source", name).replace("VlanSource", &type_name(name));
    write(&folder.join("Cargo.toml"), &manifest(name, &trueup))?;
    write(&folder.join(".gitignore"), "/target\n*.db*\n")?;
    if let Some(versions) = lock(&trueup)? {
        write(&folder.join("Cargo.lock"), &versions)?;
    }
    for (file, text) in FILES {
        write(&folder.join(file), &names(text))?;
    }
    let folder = folder.display();
    output.json(&serde_json::json!({"name": name, "folder": folder.to_string()}))?;
    output
        .say(format!("{folder} holds the job {name}, which brings VLANs from a CSV file into the inventory. Try it:"));
    output.say(format!("  cd {folder}"));
    output.say(format!("  {:<40}# against an inventory of its own, for each test", "cargo test"));
    output.say(format!("  {:<40}# a plan; --apply to make it so", format!("cargo run -- run {name}")));
    output.say("Then make it yours: the model and the loading are in src/job.rs.");
    Ok(Exit::Success)
}

fn check(name: &str) -> anyhow::Result<()> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || !name.split('-').all(is_word) {
        bail!("`{name}` cannot be the name of a job; use words of small letters and digits with `-` between them");
    }
    if TAKEN.contains(&name) || name.starts_with("trueup-") {
        bail!("`{name}` cannot be the name of a job's crate, because Rust, Cargo or trueup has another use for it");
    }
    Ok(())
}

/// `site-sync` is `SiteSyncJob`.
fn type_name(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    words.collect::<String>() + "Job"
}

/// The crate that the new one depends on: where one says, or where this program was built.
fn library(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = given.unwrap_or(built_from);
    if !folder.join("Cargo.toml").is_file() {
        let advice = "say with --trueup where the folder crates/trueup of its source is";
        bail!("there is no crate trueup at {}; {advice}", folder.display());
    }
    folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))
}

/// The versions that trueup itself is built with. With them a machine that has built it fetches nothing.
fn lock(trueup: &Path) -> anyhow::Result<Option<String>> {
    let Some(workspace) = trueup.ancestors().nth(2) else { return Ok(None) };
    let file = workspace.join("Cargo.lock");
    if !file.is_file() {
        return Ok(None);
    }
    std::fs::read_to_string(&file).map(Some).with_context(|| format!("{} cannot be read", file.display()))
}

fn manifest(name: &str, trueup: &Path) -> String {
    // Debug writes what a TOML text needs: quotes, and escapes for them and for backslashes.
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         # trueup is not published yet, so its source is named; see `trueup new job --help`.\n\
         trueup = {{ path = {:?} }}\n\n# A crate of its own, also within the folder of another.\n[workspace]\n\n\
         # Quicker builds: the crates that this one depends on are not debugged here.\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n",
        trueup.display().to_string()
    )
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("the folder {} cannot be made", parent.display()))?;
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
