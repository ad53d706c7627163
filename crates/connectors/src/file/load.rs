use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use minijinja::Value as Jinja;
use minijinja::value::ValueKind;
use trueup_engine::snapshot::{Draft, Orphan, WithChildren};
use trueup_engine::{Key, KindName, Snapshot};

use super::compile::{Compiled, Entry};
use super::expression::{Context, FileContext};
use super::record::{Bad, Made, expression};
use super::rows::{self, At, RowsError};
use super::select::SelectedFile;
use super::{Encoding, OnBadRecord};
use crate::{Cause, ConnectorError, LoadReport, Origins, Place, Progress, Rejected};

const PROGRESS_EVERY: u64 = 2048;

/// One load while it runs: what has been read, and what could not be.
pub(super) struct Load<'a, 'env> {
    pub(super) entries: &'a [Entry<'env>],
    pub(super) snapshot: &'a mut Snapshot,
    pub(super) progress: &'a dyn Progress,
    pub(super) on_bad_record: OnBadRecord,
    pub(super) encoding: Encoding,
    pub(super) vars: Jinja,
    pub(super) report: LoadReport,
    origins: Origins,
    /// Files that were read before; one may be read for several passes.
    known: HashSet<Arc<str>>,
    draft: Draft<'a>,
    bytes_read: Rc<Cell<u64>>,
    bytes_in_all: u64,
}

/// The row that is being read, for messages.
#[derive(Clone, Copy)]
struct RowPlace<'f> {
    shown: &'f Arc<str>,
    at: At,
    item: Option<u64>,
}

impl RowPlace<'_> {
    fn to_place(self) -> Place {
        let At { line, column, record } = self.at;
        Place { file: Arc::clone(self.shown), line, column, record, item: self.item }
    }
}

impl<'a, 'env> Load<'a, 'env> {
    pub(super) fn new(
        entries: &'a [Entry<'env>],
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
        bytes_in_all: u64,
    ) -> Self {
        Self {
            entries,
            snapshot,
            progress,
            on_bad_record: OnBadRecord::Stop,
            encoding: Encoding::Utf8,
            vars: Jinja::UNDEFINED,
            report: LoadReport::default(),
            origins: Origins::default(),
            known: HashSet::new(),
            draft: Draft::new(),
            bytes_read: Rc::default(),
            bytes_in_all,
        }
    }

    /// Reads one file for all entries of a pass.
    pub(super) fn file(&mut self, file: &SelectedFile, entries: &[usize]) -> Result<(), ConnectorError> {
        self.origins.begin_file(&file.shown);
        let context = Jinja::from_object(FileContext { path: Arc::clone(&file.shown) });
        let mut number = 0;
        let first = self.known.insert(Arc::clone(&file.shown));
        let (encoding, count) = (self.encoding, Rc::clone(&self.bytes_read));
        let read = rows::read(file, encoding, &count, &mut |at, row| {
            let place = RowPlace { shown: &file.shown, at, item: None };
            number += 1;
            self.report.rows += u64::from(first);
            match row {
                Ok(row) => entries.iter().try_for_each(|entry| self.row(*entry, &row, number - 1, &context, place)),
                Err(cause) => self.bad(&self.kinds(entries), place, Bad { key: None, cause }),
            }
        });
        match read {
            Ok(()) => {
                self.report.files += u64::from(first);
                Ok(())
            }
            Err(RowsError::Sink(error)) => Err(error),
            Err(RowsError::Io(error)) => Err(ConnectorError::reading(&file.path, error)),
            Err(RowsError::File(at, cause)) => self.bad_file(file, entries, at, cause),
        }
    }

    /// Hangs the records below their parents. One that names a parent which is not there is a bad record, and so is
    /// what hangs below it.
    pub(super) fn link(&mut self) -> Result<(), ConnectorError> {
        for Orphan { record, parent } in self.snapshot.link_parents().map_err(ConnectorError::Link)? {
            let mut pending = vec![(record, parent)];
            let mut below = Vec::new();
            while let Some((row, parent)) = pending.pop() {
                let record = self.snapshot.record(row);
                pending.extend(record.children().map(|child| (child.row(), record.identity())));
                below.push((row, record.identity(), parent));
            }
            for (row, identity, parent) in below {
                let place = self.origins.of(row).unwrap_or_default();
                let (kinds, key, cause) =
                    (vec![identity.kind.clone()], Some(identity.key.clone()), Cause::NoSuchParent(parent));
                match self.on_bad_record {
                    OnBadRecord::Stop => {
                        let (place, cause) = (Box::new(place), Box::new(cause));
                        return Err(ConnectorError::BadRecord { place, kinds, key, cause });
                    }
                    OnBadRecord::Skip => {
                        self.report.rejected.push(Rejected { place, kinds, key, cause: cause.in_one_line() });
                        self.report.records -= 1;
                        self.snapshot.completeness_mut().unreadable(&identity.kind, identity.key.clone());
                        self.snapshot.remove(&identity, WithChildren::Keep).map_err(ConnectorError::Link)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the load did.
    pub(super) fn finish(self) -> LoadReport {
        LoadReport { origins: self.origins, ..self.report }
    }

    /// One of the file's own rows, for one entry.
    fn row(
        &mut self,
        entry: usize,
        row: &Jinja,
        index: u64,
        file: &Jinja,
        place: RowPlace<'_>,
    ) -> Result<(), ConnectorError> {
        let entries = self.entries;
        let context =
            Context { row: row.clone(), item: Jinja::UNDEFINED, index, file: file.clone(), vars: self.vars.clone() };
        let Some(rows) = &entries[entry].rows else {
            return self.items(entry, context, place);
        };
        match list(rows, "rows", &context) {
            Ok(Some(rows)) => rows.into_iter().enumerate().try_for_each(|(index, row)| {
                let index = index as u64;
                let at = At { line: None, column: None, record: Some(index + 1) };
                self.items(entry, Context { row, index, ..context.clone() }, RowPlace { at, ..place })
            }),
            // A list that is not there at all is how a file that was cut off looks.
            Ok(None) => {
                let cause = Cause::NotAList { expression: rows.text.clone(), found: "nothing".to_owned() };
                self.bad(&self.kinds(&[entry]), place, cause.into())
            }
            Err(cause) => self.bad(&self.kinds(&[entry]), place, cause.into()),
        }
    }

    /// One row, or each item of it.
    fn items(&mut self, entry: usize, context: Context, place: RowPlace<'_>) -> Result<(), ConnectorError> {
        let entries = self.entries;
        let Some(each) = &entries[entry].each else {
            return self.record(entry, &context, place);
        };
        match list(each, "each", &context) {
            Ok(items) => items.unwrap_or_default().into_iter().enumerate().try_for_each(|(index, item)| {
                let index = index as u64;
                let context = Context { item, index, ..context.clone() };
                self.record(entry, &context, RowPlace { item: Some(index + 1), ..place })
            }),
            Err(cause) => self.bad(&self.kinds(&[entry]), place, cause.into()),
        }
    }

    fn record(&mut self, entry: usize, context: &Context, place: RowPlace<'_>) -> Result<(), ConnectorError> {
        let entries = self.entries;
        let mut draft = std::mem::take(&mut self.draft).reset();
        let made = entries[entry].make(context, &mut draft, self.snapshot, &self.origins);
        self.draft = draft;
        match made {
            Ok(Made::Added(row)) => {
                self.origins.add(row, place.at.line, place.at.record, place.item);
                self.report.records += 1;
                if self.report.records.is_multiple_of(PROGRESS_EVERY) {
                    let share = self.bytes_read.get() as f64 / self.bytes_in_all.max(1) as f64;
                    self.progress.loaded(self.report.records, Some(share.min(1.0)));
                }
            }
            Ok(Made::LeftOut) => self.report.left_out += 1,
            Ok(Made::Repeated) => self.report.repeated += 1,
            Err(bad) => self.bad(&self.kinds(&[entry]), place, bad)?,
        }
        Ok(())
    }

    fn kinds(&self, entries: &[usize]) -> Vec<KindName> {
        let mut kinds: Vec<KindName> = Vec::with_capacity(entries.len());
        for entry in entries {
            let kind = self.entries[*entry].declared.name();
            if !kinds.contains(kind) {
                kinds.push(kind.clone());
            }
        }
        kinds
    }

    /// Something that cannot become a record: the end of the load, or an entry in the report and a hole in what the
    /// snapshot is known to be complete in.
    fn bad(&mut self, kinds: &[KindName], place: RowPlace<'_>, bad: Bad) -> Result<(), ConnectorError> {
        let Bad { key, cause } = bad;
        let place = place.to_place();
        match self.on_bad_record {
            OnBadRecord::Stop => Err(ConnectorError::BadRecord {
                place: Box::new(place),
                kinds: kinds.to_vec(),
                key,
                cause: Box::new(cause),
            }),
            OnBadRecord::Skip => {
                self.reject(kinds, place, key, &cause);
                Ok(())
            }
        }
    }

    fn bad_file(&mut self, file: &SelectedFile, entries: &[usize], at: At, cause: Cause) -> Result<(), ConnectorError> {
        let place = RowPlace { shown: &file.shown, at, item: None }.to_place();
        match self.on_bad_record {
            OnBadRecord::Stop => Err(ConnectorError::BadFile {
                place: Box::new(place),
                format: file.format.name(),
                cause: Box::new(cause),
            }),
            OnBadRecord::Skip => {
                self.reject(&self.kinds(entries), place, None, &cause);
                Ok(())
            }
        }
    }

    fn reject(&mut self, kinds: &[KindName], place: Place, key: Option<Key>, cause: &Cause) {
        let cause = cause.in_one_line();
        let completeness = self.snapshot.completeness_mut();
        for kind in kinds {
            match &key {
                Some(key) => completeness.unreadable(kind, key.clone()),
                None => completeness.deny(kind, format!("{place}: {cause}")),
            }
        }
        self.report.rejected.push(Rejected { place, kinds: kinds.to_vec(), key, cause });
    }
}

/// The items that `rows` or `each` gives; `None` for nothing at all.
fn list(compiled: &Compiled<'_>, name: &str, context: &Context) -> Result<Option<Vec<Jinja>>, Cause> {
    let seen = Jinja::from_object(context.clone());
    let result = compiled.evaluate(context, &seen).map_err(|error| expression(name, error))?;
    match result.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(None),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = result.try_iter().map_err(|error| expression(name, error))?;
            Ok(Some(items.collect()))
        }
        other => Err(Cause::NotAList { expression: compiled.text.clone(), found: format!("a {other}") }),
    }
}
