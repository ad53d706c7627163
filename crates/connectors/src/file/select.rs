use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use glob::{MatchOptions, Pattern, PatternError};
use walkdir::WalkDir;

use super::{Format, Patterns};
use crate::ConnectorError;

/// A file that a mapping entry reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SelectedFile {
    pub(super) path: PathBuf,
    /// Relative to the source's folder, with `/` on every system.
    pub(super) shown: Arc<str>,
    pub(super) format: Format,
}

/// Where a source's files are: a folder, or one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) path: PathBuf,
}

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Why a text is no pattern of files below the source's folder.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let inside = Path::new(pattern).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if pattern.is_empty() || !inside {
        return Err(format!("`{pattern}` must name files inside `source.path`"));
    }
    Pattern::new(pattern).map(drop).map_err(|error: PatternError| format!("`{pattern}` is no pattern: {}", error.msg))
}

impl Root {
    /// The files that `patterns` name, each once, in the order of their paths.
    pub(super) fn select(&self, patterns: &Patterns) -> Result<Vec<SelectedFile>, ConnectorError> {
        let data = self.path.metadata().map_err(|error| ConnectorError::reading(&self.path, error))?;
        if data.is_file() {
            return self.select_itself(patterns);
        }
        let mut found = Vec::new();
        for pattern in &patterns.0 {
            let before = found.len();
            self.walk(pattern, &mut found)?;
            if found.len() == before {
                return Err(ConnectorError::NoMatch { folder: self.path.clone(), pattern: pattern.clone() });
            }
        }
        found.sort_by(|a, b| a.shown.split('/').cmp(b.shown.split('/')));
        found.dedup();
        Ok(found)
    }

    /// The source is one file; patterns, where given, must match its name.
    fn select_itself(&self, patterns: &Patterns) -> Result<Vec<SelectedFile>, ConnectorError> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let matches =
            |pattern: &String| Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(&name, OPTIONS));
        match patterns.0.first() {
            Some(first) if !patterns.0.iter().any(matches) => {
                let folder = self.path.parent().unwrap_or(&self.path).to_owned();
                Err(ConnectorError::NoMatch { folder, pattern: first.clone() })
            }
            _ => Ok(vec![selected(self.path.clone(), name)?]),
        }
    }

    fn walk(&self, pattern: &str, found: &mut Vec<SelectedFile>) -> Result<(), ConnectorError> {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let Ok(compiled) = Pattern::new(pattern) else {
            return Err(ConnectorError::NoMatch { folder: self.path.clone(), pattern: pattern.to_owned() });
        };
        let parts: Vec<&str> = pattern.split('/').collect();
        let is_plain = |part: &&&str| !part.contains(['*', '?', '[']);
        let plain = parts.iter().take(parts.len() - 1).take_while(is_plain).count();
        let start = parts[..plain].iter().fold(self.path.clone(), |path, part| path.join(part));
        if !start.is_dir() {
            return Ok(());
        }
        let deepest = if parts.contains(&"**") { usize::MAX } else { parts.len() - plain };
        for entry in WalkDir::new(&start).follow_links(true).max_depth(deepest).sort_by_file_name() {
            let entry = entry.map_err(|error| ConnectorError::walking(&self.path, error))?;
            if !entry.file_type().is_file() {
                continue;
            }
            let relative = entry.path().strip_prefix(&self.path).unwrap_or(entry.path());
            let shown = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            if compiled.matches_with(&shown, OPTIONS) {
                found.push(selected(entry.path().to_owned(), shown)?);
            }
        }
        Ok(())
    }
}

fn selected(path: PathBuf, shown: String) -> Result<SelectedFile, ConnectorError> {
    match Format::of(&path) {
        Ok(format) => Ok(SelectedFile { path, shown: shown.into(), format }),
        Err(source) => Err(ConnectorError::Format { file: path, source }),
    }
}
