use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use trueup_connectors::with_causes;

use super::catalogue::Known;
use super::{DeclarativeJob, IntoJob as _};
use crate::{JobError, JobFile};

/// Job files in a folder that may be missing: `*.yaml` and `*.yml`, and `job.yaml` in folders of it. A file is read again
/// when it has changed.
#[derive(Debug)]
pub(super) struct JobFolder {
    path: PathBuf,
    read: Mutex<HashMap<PathBuf, Read>>,
}

/// A file that is no job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    pub path: PathBuf,
    pub reason: String,
}

#[derive(Debug)]
struct Read {
    /// Time and size of the file; other ones mean another content.
    state: (Option<SystemTime>, u64),
    job: Result<Known, String>,
}

impl JobFolder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), read: Mutex::default() }
    }

    /// The jobs in the order of their files, and the files that are none. A name that is taken is not given again.
    pub(super) fn read(&self, taken: &[Known]) -> (Vec<Known>, Vec<Unusable>) {
        let files = match files(&self.path) {
            Ok(files) => files,
            // There need be none.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let reason = format!("the folder of job files cannot be read: {error}");
                return (Vec::new(), vec![Unusable { path: self.path.clone(), reason }]);
            }
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|path, _| files.iter().any(|(file, _)| file == path));
        let (mut jobs, mut unusable): (Vec<Known>, Vec<Unusable>) = (Vec::new(), Vec::new());
        for (path, state) in files {
            let known = read.get(&path).filter(|read| read.state == state).map(|read| read.job.clone());
            let job = known.unwrap_or_else(|| {
                let job = job(&path).map_err(|error| with_causes(&error));
                read.insert(path.clone(), Read { state, job: job.clone() });
                job
            });
            match job {
                Err(reason) => unusable.push(Unusable { path, reason }),
                Ok(known) if taken.iter().chain(&jobs).any(|other| other.name == known.name) => {
                    unusable.push(Unusable { path, reason: format!("another job is called `{}` already", known.name) });
                }
                Ok(known) => jobs.push(known),
            }
        }
        (jobs, unusable)
    }
}

/// A file and its state.
type Found = (PathBuf, (Option<SystemTime>, u64));

fn files(folder: &Path) -> std::io::Result<Vec<Found>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let path = if path.is_dir() { path.join("job.yaml") } else { path };
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        // What goes away meanwhile is no file of the folder.
        if let Some(state) = path.metadata().ok().filter(|state| is_yaml && state.is_file()) {
            files.push((path, (state.modified().ok(), state.len())));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn job(path: &Path) -> Result<Known, JobError> {
    Ok(Known::new(DeclarativeJob::new(JobFile::read(path)?)?.into_job()))
}
