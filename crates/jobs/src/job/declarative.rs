use std::sync::Arc;

use trueup_connectors::Source;
use trueup_connectors::file::{FileSettings, FileSource, OnBadRecord};
use trueup_engine::check::{CheckOptions, Severity};
use trueup_engine::diff::DiffFlags;
use trueup_engine::plan::OnFailure;
use trueup_engine::{DiffOptions, Identity, Key, Policy, Schema};
use trueup_inventory::Registry;

use crate::document::{SettingsDocument, SourceDocument, TargetDocument, ThresholdsDocument};
use crate::{JobError, JobFile, schema};

/// What a job says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMeta {
    pub name: String,
    pub description: String,
    /// What the history calls the other system.
    pub data_source: String,
    pub data_target: String,
}

/// How a job's diff, plan and checks are made.
#[derive(Clone, Default)]
pub struct RunSettings {
    pub diff: DiffOptions,
    pub policy: Policy,
    pub checks: CheckOptions,
}

/// A job that brings the inventory into agreement with another system.
pub trait DataSource: Send + Sync {
    fn meta(&self) -> JobMeta;

    /// The kinds that both sides have.
    ///
    /// # Errors
    /// The kinds do not fit the inventory's content types or each other.
    fn schema(&self, registry: &Registry) -> Result<Schema, JobError>;

    /// The adapter that loads the other system.
    ///
    /// # Errors
    /// The job's configuration of its source is not usable.
    fn load_source_adapter(&self, schema: &Arc<Schema>) -> Result<Box<dyn Source>, JobError>;

    fn settings(&self) -> RunSettings {
        RunSettings::default()
    }
}

/// A job file as a job.
#[derive(Debug, Clone)]
pub struct DeclarativeJob {
    file: JobFile,
    settings: SettingsDocument,
    flags: DiffFlags,
}

impl DeclarativeJob {
    /// # Errors
    /// Settings that name what does not exist or make no sense, all in one error.
    pub fn new(file: JobFile) -> Result<Self, JobError> {
        let settings = file.document.settings.clone();
        let mut problems = Vec::new();
        let mut flags = DiffFlags::NONE;
        for name in &settings.flags {
            match DiffFlags::from_name(name) {
                Some(flag) => flags |= flag,
                None => problems.push(format!("settings.flags: `{name}` is no global flag of DiffSync")),
            }
        }
        for protect in &settings.protect {
            match file.document.kinds.get(&protect.kind) {
                None => problems.push(format!("settings.protect: the job has no kind `{}`", protect.kind)),
                Some(kind) if kind.identifiers.len() != protect.key.len() => problems.push(format!(
                    "settings.protect: a key of `{}` has {} values, but {} are given",
                    protect.kind,
                    kind.identifiers.len(),
                    protect.key.len()
                )),
                Some(_) => {}
            }
        }
        let ThresholdsDocument { delete_share, change_share, .. } = settings.thresholds;
        for (name, share) in [("delete_share", delete_share), ("change_share", change_share)] {
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
                problems.push(format!("settings.thresholds.{name}: {share} is no share; give a number from 0 to 1"));
            }
        }
        if !problems.is_empty() {
            return Err(JobError::Invalid { job: file.document.name, problems });
        }
        if settings.continue_on_failure {
            flags |= DiffFlags::CONTINUE_ON_FAILURE;
        }
        Ok(Self { file, settings, flags })
    }

    pub fn file(&self) -> &JobFile {
        &self.file
    }
}

impl DataSource for DeclarativeJob {
    fn meta(&self) -> JobMeta {
        let SourceDocument::File(_) = &self.file.document.source;
        let TargetDocument::Inventory {} = &self.file.document.target;
        JobMeta {
            name: self.file.document.name.clone(),
            description: self.file.document.description.clone(),
            data_source: "file".to_owned(),
            data_target: "inventory".to_owned(),
        }
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        schema(&self.file.document, registry)
    }

    fn load_source_adapter(&self, schema: &Arc<Schema>) -> Result<Box<dyn Source>, JobError> {
        let SourceDocument::File(source) = &self.file.document.source;
        let settings = FileSettings {
            base: &self.file.folder(),
            vars: self.file.vars.clone(),
            on_bad_record: self.settings.on_bad_record,
            schema,
        };
        let source = FileSource::new(source, &self.file.document.mapping, settings);
        Ok(Box::new(source.map_err(|error| JobError::Load(Box::new(error)))?))
    }

    fn settings(&self) -> RunSettings {
        let dangling_reference = match self.settings.on_bad_record {
            OnBadRecord::Stop => Severity::Error,
            OnBadRecord::Skip => Severity::Warning,
        };
        let protected = self
            .settings
            .protect
            .iter()
            .map(|protect| Identity::new(protect.kind.as_str(), protect.key.iter().cloned().collect::<Key>()));
        let on_failure = if self.settings.continue_on_failure { OnFailure::Continue } else { OnFailure::Stop };
        RunSettings {
            diff: DiffOptions { flags: self.flags, ..DiffOptions::default() },
            policy: Policy { on_failure, ..Policy::from_flags(self.flags) },
            checks: CheckOptions {
                limits: self.settings.thresholds.limits(),
                protected: protected.collect(),
                dangling_reference,
                ..CheckOptions::default()
            },
        }
    }
}
