//! Content types of a user: the files of a folder beside the program's own.

use std::fs;
use std::path::Path;

use super::build::{ModelProblem, ModelProblems, Sources, build};
use super::embedded::{CHOICES, MODELS};
use super::registry::Registry;

impl Registry {
    /// The content types that come with the program and those of the files `*.yaml` and `*.yml` in `folder`, each of an
    /// app of its own. A folder that does not exist holds none.
    ///
    /// # Errors
    /// All problems of all files in one go, files that cannot be read among them.
    pub fn with_folder(folder: &Path) -> Result<Self, ModelProblems> {
        let mut unread = Vec::new();
        let files = read(folder, &mut unread);
        let own: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        match build(Sources { models: MODELS, own: &own, choices: CHOICES }) {
            Ok(registry) if unread.is_empty() => Ok(registry),
            Ok(_) => Err(ModelProblems(unread)),
            Err(ModelProblems(mut problems)) => {
                problems.extend(unread);
                problems.sort_by(|a, b| a.file.cmp(&b.file));
                Err(ModelProblems(problems))
            }
        }
    }
}

/// Name, without its end, and text of each file, in the order of their names.
fn read(folder: &Path, unread: &mut Vec<ModelProblem>) -> Vec<(String, String)> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let message = format!("the folder {} cannot be read: {error}", folder.display());
            unread.push(ModelProblem { file: "*".to_owned(), message });
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => unread.push(ModelProblem { file: "*".to_owned(), message: error.to_string() }),
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match fs::read_to_string(&path) {
            Ok(text) => files.push((name, text)),
            Err(error) => unread.push(ModelProblem { file: name, message: format!("it cannot be read: {error}") }),
        }
    }
    files
}
