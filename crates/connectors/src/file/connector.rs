use std::collections::BTreeMap;
use std::path::Path;

use minijinja::Value as Jinja;
use serde::Deserialize as _;
use serde_json::Value as Json;
use trueup_engine::{KindName, Schema, Snapshot};

use super::compile::Compiler;
use super::expression::{environment, strict_environment};
use super::load::Load;
use super::node::Node;
use super::pass::{Pass, passes};
use super::select::{Root, SelectedFile};
use super::{Encoding, FileSourceDocument, MappingDocument, OnBadRecord};
use crate::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source};

/// Files in a folder, or one file, mapped to records.
#[derive(Debug, Clone)]
pub struct FileSource {
    root: Root,
    encoding: Encoding,
    mapping: Vec<MappingDocument>,
    vars: BTreeMap<String, Json>,
    on_bad_record: OnBadRecord,
}

/// What a file source needs to know besides its part of the job file.
#[derive(Debug, Clone)]
pub struct FileSettings<'a> {
    /// The folder that the source's path is relative to: the job file's.
    pub base: &'a Path,
    /// The job's variables, all with a value.
    pub vars: BTreeMap<String, Json>,
    pub on_bad_record: OnBadRecord,
    /// The kinds of the job; snapshots to load into must be of the same.
    pub schema: &'a Schema,
}

impl FileSource {
    /// Checks everything that can be checked without reading a row.
    ///
    /// # Errors
    /// The path's template cannot be filled in, there is nothing at that path, or all that is wrong with the mapping.
    pub fn new(
        source: &FileSourceDocument,
        mapping: &[MappingDocument],
        settings: FileSettings<'_>,
    ) -> Result<Self, ConnectorError> {
        let FileSourceDocument { path: template, encoding } = source;
        let FileSettings { base, vars, on_bad_record, schema } = settings;
        let context = Jinja::from_pairs([("vars", jinja_vars(&vars))]);
        let path = strict_environment()
            .render_str(template, context)
            .map_err(|error| ConnectorError::PathTemplate { template: template.clone(), source: Box::new(error) })?;
        let root = Root { path: base.join(path) };
        let source = Self { root, encoding: *encoding, mapping: mapping.to_vec(), vars, on_bad_record };
        let environment = environment();
        let checked = source.compiler(&environment, schema, &jinja_vars(&source.vars)).compile(mapping);
        match checked {
            Ok(_) => {}
            Err(problems) => return Err(ConnectorError::Mapping { problems }),
        }
        Ok(source)
    }

    /// The folder or file that is read.
    pub fn path(&self) -> &Path {
        &self.root.path
    }

    /// [`load`](Source::load) without a future: files are read on the calling thread.
    ///
    /// # Errors
    /// As there.
    pub fn load_now(&self, snapshot: &mut Snapshot, progress: &dyn Progress) -> Result<LoadReport, ConnectorError> {
        let environment = environment();
        let vars = jinja_vars(&self.vars);
        let entries = self
            .compiler(&environment, snapshot.schema(), &vars)
            .compile(&self.mapping)
            .map_err(|problems| ConnectorError::Mapping { problems })?;
        let selected = self.select()?;
        let sizes = selected.iter().flat_map(|(_, files)| files).filter_map(|file| file.path.metadata().ok());
        let mut load = Load::new(&entries, snapshot, progress, sizes.map(|data| data.len()).sum());
        load.on_bad_record = self.on_bad_record;
        load.encoding = self.encoding;
        load.vars = vars;
        for (pass, files) in &selected {
            files.iter().try_for_each(|file| load.file(file, &pass.entries))?;
        }
        load.link()?;
        let report = load.finish();
        for entry in &entries {
            snapshot.completeness_mut().confirm(entry.declared.name());
        }
        progress.loaded(report.records, Some(1.0));
        Ok(report)
    }

    /// All files of all passes, before the first is read: a missing one is found at once.
    fn select(&self) -> Result<Vec<(Pass, Vec<SelectedFile>)>, ConnectorError> {
        let selected = passes(&self.mapping).into_iter().map(|pass| {
            let files = self.root.select(&self.mapping[pass.entries[0]].from)?;
            Ok((pass, files))
        });
        selected.collect()
    }

    fn compiler<'env, 'a>(
        &self,
        environment: &'env minijinja::Environment<'static>,
        schema: &'a Schema,
        vars: &'a Jinja,
    ) -> Compiler<'env, 'a> {
        Compiler { environment, schema, vars, single_file: self.root.path.is_file() }
    }
}

fn jinja_vars(vars: &BTreeMap<String, Json>) -> Jinja {
    // Every JSON value is a node.
    let node = |value| Node::deserialize(value).unwrap_or(Node::Null).to_jinja();
    Jinja::from_pairs(vars.iter().map(|(name, value)| (name.as_str(), node(value))))
}

impl Source for FileSource {
    fn describe(&self) -> Description {
        let mut kinds: Vec<KindName> = Vec::new();
        for entry in &self.mapping {
            let kind = KindName::from(entry.kind.as_str());
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Description { connector: "file", place: self.root.path.display().to_string(), kinds }
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        Box::pin(async move { self.select().map(drop) })
    }

    /// Reads on the thread that polls it and does not return before the end; run it where blocking is allowed.
    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move { self.load_now(snapshot, progress) })
    }
}
