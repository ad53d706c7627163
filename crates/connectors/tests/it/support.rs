//! A folder of files, a schema, a mapping, and what came of loading them.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use tempfile::TempDir;
use trueup_connectors::file::{FileSettings, FileSource, FileSourceDocument, MappingDocument, OnBadRecord};
use trueup_connectors::{ConnectorError, LoadReport};
use trueup_engine::kind::SchemaDocument;
use trueup_engine::{Key, Schema, Snapshot, Value};

pub struct Folder(TempDir);

pub fn folder(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder(tempfile::tempdir().unwrap());
    for (name, content) in files {
        folder.write(name, content);
    }
    folder
}

impl Folder {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

/// `device` with one identifier, a text, an int and an untyped attribute.
pub const DEVICE: &str = "
kinds:
  device:
    identifiers: [{name: name, type: text}]
    attributes: [{name: role, type: text, default: none-yet}, {name: units, type: int}, extra]
";

pub fn schema(document: &str) -> Schema {
    serde_saphyr::from_str::<SchemaDocument>(document).unwrap().to_schema().unwrap()
}

pub struct Loaded {
    pub result: Result<LoadReport, ConnectorError>,
    pub snapshot: Snapshot,
}

pub struct Setup<'s> {
    pub schema: &'s str,
    pub source: &'s str,
    pub mapping: &'s str,
    pub on_bad_record: OnBadRecord,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { schema: DEVICE, source: "path: .", mapping: "", on_bad_record: OnBadRecord::Stop }
    }
}

impl Setup<'_> {
    pub fn source(&self, folder: &Folder) -> Result<FileSource, ConnectorError> {
        let source: FileSourceDocument = serde_saphyr::from_str(self.source).unwrap();
        let mapping: Vec<MappingDocument> = serde_saphyr::from_str(self.mapping).unwrap();
        let vars = BTreeMap::from([("site".to_owned(), "ZRH".into()), ("path".to_owned(), ".".into())]);
        let schema = schema(self.schema);
        let settings = FileSettings { base: folder.path(), vars, on_bad_record: self.on_bad_record, schema: &schema };
        FileSource::new(&source, &mapping, settings)
    }

    pub fn load(&self, folder: &Folder) -> Loaded {
        let mut snapshot = Snapshot::new("source", schema(self.schema));
        let result = self.source(folder).and_then(|source| source.load_now(&mut snapshot, &()));
        Loaded { result, snapshot }
    }
}

impl Loaded {
    /// The report, or a panic with the whole chain of the error.
    pub fn report(&self) -> &LoadReport {
        match &self.result {
            Ok(report) => report,
            Err(error) => panic!("{}", chain(error)),
        }
    }

    pub fn error(&self) -> String {
        chain(self.result.as_ref().expect_err("an error was expected"))
    }

    pub fn field(&self, kind: &str, key: &str, field: &str) -> Value {
        let record = self.snapshot.get(kind, &Key::from(key)).unwrap();
        record.get(field).unwrap_or_else(|| panic!("{kind} has no field {field}"))
    }

    pub fn names(&self, kind: &str) -> Vec<String> {
        self.snapshot.get_all(kind).map(|record| record.key().to_string()).collect()
    }

    /// Why a kind is not complete; nothing when it is.
    pub fn incomplete(&self, kind: &str) -> Option<String> {
        self.snapshot.completeness().of(&kind.into()).err().map(|reason| reason.to_string())
    }
}

/// An error with its causes, as the command line shows it.
pub fn chain(error: &ConnectorError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Fails unless `text` holds every part.
#[track_caller]
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not said in: {text}");
    }
}
