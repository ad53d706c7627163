use std::path::PathBuf;

use trueup_engine::snapshot::SnapshotError;
use trueup_engine::{Identity, Key, KindName};

use crate::file::{MappingProblem, UnknownFormat};
use crate::report::Place;

/// Why a connector could not do its work. `Display` says what and where; the cause is the `source`.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    #[error("there is no file or folder {}; check the path of the source", path.display())]
    Missing { path: PathBuf },
    #[error("{} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("no file in {} matches `{pattern}`; an export may be missing", folder.display())]
    NoMatch { folder: PathBuf, pattern: String },
    #[error("there is nothing to read in {}: no file there ends in {wanted}", folder.display())]
    NothingToRead { folder: PathBuf, wanted: &'static str },
    #[error("{}", file.display())]
    Format {
        file: PathBuf,
        #[source]
        source: UnknownFormat,
    },
    #[error("the path of the source, `{template}`, cannot be made out")]
    PathTemplate {
        template: String,
        #[source]
        source: Box<minijinja::Error>,
    },
    #[error("the job's mapping does not fit:{}", list(problems))]
    Mapping { problems: Vec<MappingProblem> },
    /// A whole file that cannot be understood.
    #[error("{place}: the file cannot be read as {format}")]
    BadFile {
        place: Box<Place>,
        format: &'static str,
        #[source]
        cause: Box<Cause>,
    },
    /// A row that cannot become records of the kinds that are mapped from it.
    #[error("{place}: {} cannot be read", subject(kinds, key.as_ref()))]
    BadRecord {
        place: Box<Place>,
        kinds: Vec<KindName>,
        key: Option<Key>,
        #[source]
        cause: Box<Cause>,
    },
    /// A system other than files did not do what was asked.
    #[error("{system} failed while {doing}")]
    System {
        system: String,
        doing: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the records cannot be linked to their parents")]
    Link(#[source] SnapshotError),
}

/// What is wrong with one record, row or file.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Not well-formed, in the words of the format's parser.
    #[error("{0}")]
    Syntax(String),
    #[error("the text is not UTF-8 from {at} on; re-export it as UTF-8, or declare `encoding: latin-1`")]
    NotUtf8 { at: String },
    #[error("the file is UTF-16; re-export it as UTF-8")]
    Utf16,
    #[error("a line is longer than {} MiB; is this file one of lines at all?", limit >> 20)]
    LineTooLong { limit: usize },
    #[error("the file ends inside the quoted text that begins on line {line}; it seems to be cut off")]
    OpenQuote { line: u64 },
    #[error("the file is empty; a header line was expected")]
    NoHeader,
    #[error("the header names column `{name}` twice, as columns {first} and {second}")]
    HeaderTwice { name: String, first: usize, second: usize },
    #[error("the line has {found} columns, but the header has {wanted}")]
    Columns { found: usize, wanted: usize },
    #[error("{expected} was expected, but there is {found}")]
    Shape { expected: &'static str, found: &'static str },
    #[error(
        "`{expression}` gives {found}, but a list was expected; write `{expression} or []` where it may be missing"
    )]
    NotAList { expression: String, found: String },
    #[error("field `{field}`: {}", one_line(error))]
    Expression { field: String, error: Box<minijinja::Error> },
    #[error("field `{field}`: {found} is no value that a record can hold")]
    NoValue { field: String, found: String },
    #[error("identifier `{field}` is blank")]
    BlankIdentifier { field: String },
    #[error("{}", duplicate(identity, first.as_deref(), differs))]
    Duplicate { identity: Identity, first: Option<Box<Place>>, differs: Differs },
    #[error("its parent {0} is not there; a parent must come before its children")]
    NoParent(Identity),
    #[error("its parent {0} is not there, or could not be read")]
    NoSuchParent(Identity),
    #[error(
        "its parent is of kind `{0}`, of which there is no record before it; a parent must come before its children"
    )]
    NoParentKind(String),
    /// What the snapshot says against the record, with the reason in it.
    #[error("{}", .0.to_string().lines().collect::<Vec<_>>().join(" "))]
    Snapshot(Box<SnapshotError>),
}

/// Whether a second record with the same key is also known to say something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Differs {
    Unknown,
    /// In this field.
    In(String),
}

fn subject(kinds: &[KindName], key: Option<&Key>) -> String {
    match (kinds, key) {
        ([kind], Some(key)) => format!("the record {kind} {key}"),
        ([kind], None) => format!("a record of kind `{kind}`"),
        _ => "the row".to_owned(),
    }
}

fn duplicate(identity: &Identity, first: Option<&Place>, differs: &Differs) -> String {
    let place = first.map(|first| format!(" at {first}")).unwrap_or_default();
    match differs {
        Differs::Unknown => format!("{identity} is there already{place}; two records cannot have the same identifiers"),
        Differs::In(field) => format!("{identity} is there already{place}, with another value of `{field}`"),
    }
}

fn list(problems: &[MappingProblem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}

/// An expression's error without the lines of source that minijinja can print around it.
fn one_line(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

impl From<SnapshotError> for Cause {
    fn from(error: SnapshotError) -> Self {
        Cause::Snapshot(Box::new(error))
    }
}

impl Cause {
    /// The cause and everything behind it, as one line.
    pub fn in_one_line(&self) -> String {
        self.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }
}

impl ConnectorError {
    pub(crate) fn reading(path: &std::path::Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::NotFound => ConnectorError::Missing { path: path.to_owned() },
            _ => ConnectorError::Unreadable { path: path.to_owned(), source },
        }
    }

    /// An error met while walking through `folder`.
    pub(crate) fn walking(folder: &std::path::Path, error: walkdir::Error) -> Self {
        let path = error.path().unwrap_or(folder).to_owned();
        let source =
            error.into_io_error().unwrap_or_else(|| std::io::Error::other("a link leads back to a folder above"));
        ConnectorError::reading(&path, source)
    }
}

/// An error and its causes, as one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
