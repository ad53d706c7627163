use trueup_connectors::Source;
use trueup_connectors::file::{FileSettings, FileSource, OnBadRecord};
use trueup_engine::check::{CheckOptions, Severity};
use trueup_engine::diff::DiffFlags;
use trueup_engine::plan::OnFailure;
use trueup_engine::{DiffOptions, Identity, Key, Policy, Schema};
use trueup_inventory::Registry;

use super::{DataSource, JobContext, JobMeta, JobVersion, RunSettings};
use crate::document::{JobDocument, SettingsDocument, SourceDocument, TargetDocument, ThresholdsDocument};
use crate::variable::Variable;
use crate::{JobError, JobFile, schema};

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
        for (name, var) in &file.document.vars {
            if !var.fits() {
                problems.push(format!(
                    "vars.{name}: `choices` belong to the types choice and multi-choice, which need some"
                ));
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
        let JobDocument { name, description, .. } = &self.file.document;
        JobMeta::new(name).description(description).data_source("file")
    }

    /// That of its file.
    fn version(&self) -> JobVersion {
        self.file.version.clone()
    }

    /// The vars of the file.
    fn variables(&self) -> Vec<Variable> {
        self.file.document.vars.iter().map(|(name, var)| var.variable(name)).collect()
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        schema(&self.file.document, registry)
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let SourceDocument::File(source) = &self.file.document.source;
        let mut values = context.values().to_json();
        let names = self.file.document.vars.keys();
        let vars = names.map(|name| (name.clone(), values.remove(name).unwrap_or_default())).collect();
        let settings = FileSettings {
            base: &self.file.folder(),
            vars,
            on_bad_record: self.settings.on_bad_record,
            schema: context.schema(),
        };
        let source = FileSource::new(source, &self.file.document.mapping, settings);
        Ok(Box::new(source.map_err(|error| JobError::Load(Box::new(error)))?))
    }

    fn settings(&self, _context: &JobContext) -> RunSettings {
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
