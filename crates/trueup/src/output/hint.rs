use std::path::{Path, PathBuf};

/// A command of this program, as a person would type it: a crate's jobs are run by a program of another name.
pub fn hint(words: impl AsRef<str>) -> String {
    let called = std::env::args_os().next();
    let name = called.as_deref().and_then(|called| Path::new(called).file_name());
    let name = name.map_or_else(|| "trueup".into(), |name| name.to_string_lossy());
    format!("{name} {}", words.as_ref())
}

/// The folder of this program, when a shell does not look there for it.
pub fn not_on_path() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    (!std::env::split_paths(&path).any(|known| known == folder)).then(|| folder.to_owned())
}
