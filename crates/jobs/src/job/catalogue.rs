use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::folder::{JobFolder, Unusable};
use super::{IntoJob, Job, JobVersion};
use crate::JobError;

/// The jobs that a program has, by name: those in its code, and those whose files lie in a folder.
#[derive(Clone, Default)]
pub struct Jobs {
    in_code: Vec<Known>,
    folder: Option<Arc<JobFolder>>,
}

/// A job of a program.
#[derive(Clone)]
pub struct Known {
    pub name: String,
    pub version: JobVersion,
    pub job: Arc<dyn Job>,
}

impl Known {
    pub(super) fn new(job: Arc<dyn Job>) -> Self {
        Self { name: job.meta().name, version: job.version(), job }
    }
}

impl Jobs {
    /// # Errors
    /// There is one of this name already.
    pub fn add<As>(&mut self, job: impl IntoJob<As>) -> Result<(), JobError> {
        let known = Known::new(job.into_job());
        if self.in_code.iter().any(|other| other.name == known.name) {
            let problems = vec!["another job of this program has the same name".to_owned()];
            return Err(JobError::Invalid { job: known.name, problems });
        }
        self.in_code.push(known);
        Ok(())
    }

    /// The same, with the jobs whose files lie in a folder, as they are whenever somebody asks.
    #[must_use]
    pub fn with_folder(self, folder: &Path) -> Self {
        Self { folder: Some(Arc::new(JobFolder::new(folder))), ..self }
    }

    pub fn get(&self, name: &str) -> Option<Known> {
        self.all().into_iter().find(|known| known.name == name)
    }

    /// Those in the code in the order in which they were added, then those of the folder by the names of their files.
    pub fn all(&self) -> Vec<Known> {
        let mut all = self.in_code.clone();
        if let Some(folder) = &self.folder {
            all.extend(folder.read(&self.in_code).0);
        }
        all
    }

    /// The files of the folder that are no jobs, and why.
    pub fn unusable(&self) -> Vec<Unusable> {
        self.folder.as_ref().map(|folder| folder.read(&self.in_code).1).unwrap_or_default()
    }

    /// The job of this name.
    ///
    /// # Errors
    /// There is none; the names of those that there are.
    pub fn find(&self, name: &str) -> Result<Known, JobError> {
        let all = self.all();
        let found = all.iter().find(|known| known.name == name).cloned();
        found.ok_or_else(|| JobError::unknown_job(name, &all))
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all().iter().map(|known| &known.name)).finish()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
