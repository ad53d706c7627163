use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{IntoJob, Job};
use crate::JobError;

/// The jobs that a program has, by name.
#[derive(Clone, Default)]
pub struct Jobs {
    by_name: IndexMap<String, Arc<dyn Job>>,
}

impl Jobs {
    /// # Errors
    /// There is one of this name already.
    pub fn add<As>(&mut self, job: impl IntoJob<As>) -> Result<(), JobError> {
        let job = job.into_job();
        let name = job.meta().name;
        if self.by_name.contains_key(&name) {
            let problems = vec!["another job of this program has the same name".to_owned()];
            return Err(JobError::Invalid { job: name, problems });
        }
        self.by_name.insert(name, job);
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Job>> {
        self.by_name.get(name)
    }

    /// In the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Job>> {
        self.by_name.values()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}
