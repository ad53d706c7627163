use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::value::RawValue;
use trueup_engine::Snapshot;
use trueup_engine::snapshot::SnapshotError;

use super::feed::{Feed, Refusal};
use crate::error::Differs;
use crate::file::lines::{LineError, Lines};
use crate::file::{line_and_byte, without_position};
use crate::{Cause, ConnectorError, LoadReport, Place, Progress};

const PROGRESS_EVERY: u64 = 8192;
const ENDINGS: [&str; 3] = ["jsonl", "ndjson", "json"];

/// Adds the records of a file, or of all files below a folder in the order of their names, to `snapshot`, and confirms
/// that all kinds have been seen whole.
///
/// # Errors
/// The first thing that is wrong, with file, line, column and cause. The snapshot then holds what came before.
pub fn load_records(
    path: &Path,
    snapshot: &mut Snapshot,
    progress: &dyn Progress,
) -> Result<LoadReport, ConnectorError> {
    let files = files(path)?;
    let sizes: u64 = files.iter().filter_map(|(path, _)| path.metadata().ok()).map(|data| data.len()).sum();
    let mut load = Load {
        snapshot,
        feed: Feed::default(),
        report: LoadReport::default(),
        progress,
        total: sizes,
        before: 0,
        firsts: Vec::new(),
    };
    for (path, shown) in &files {
        load.file(path, shown)?;
    }
    let Load { report, .. } = load;
    // Records whose parent is not there are a problem that the diff reports.
    let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
    snapshot.completeness_mut().confirm_all();
    progress.loaded(report.records, Some(1.0));
    Ok(report)
}

/// Files with the names that messages call them by.
fn files(path: &Path) -> Result<Vec<(PathBuf, Arc<str>)>, ConnectorError> {
    let data = path.metadata().map_err(|error| ConnectorError::reading(path, error))?;
    if !data.is_dir() {
        return Ok(vec![(path.to_owned(), path.display().to_string().into())]);
    }
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| ConnectorError::walking(path, error))?;
        let ending = entry.path().extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if entry.file_type().is_file() && ENDINGS.contains(&ending) {
            files.push((entry.path().to_owned(), entry.path().display().to_string().into()));
        }
    }
    if files.is_empty() {
        return Err(ConnectorError::NothingToRead { folder: path.to_owned(), wanted: ".jsonl, .ndjson or .json" });
    }
    Ok(files)
}

struct Load<'a> {
    snapshot: &'a mut Snapshot,
    feed: Feed,
    report: LoadReport,
    progress: &'a dyn Progress,
    total: u64,
    /// Bytes of the files before this one.
    before: u64,
    /// For each file begun: its path, its name, and the number of records in the snapshot when it was begun.
    firsts: Vec<(PathBuf, Arc<str>, usize)>,
}

impl Load<'_> {
    fn file(&mut self, path: &Path, shown: &Arc<str>) -> Result<(), ConnectorError> {
        let unreadable = |error| ConnectorError::reading(path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        self.firsts.push((path.to_owned(), Arc::clone(shown), self.snapshot.len()));
        let mut start = [0; 64];
        let length = read_start(&mut file, &mut start).map_err(unreadable)?;
        let start = &start[..length];
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(bad_file(Place::file(Arc::clone(shown)), Cause::Utf16));
        }
        let mark: &[u8] = if start.starts_with(BOM) { BOM } else { &[] };
        file.seek(SeekFrom::Start(mark.len() as u64)).map_err(unreadable)?;
        match start[mark.len()..].iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => self.list(file, path, shown)?,
            _ => self.lines(file, path, shown)?,
        }
        self.report.files += 1;
        self.before += path.metadata().map(|data| data.len()).unwrap_or_default();
        Ok(())
    }

    fn lines(&mut self, file: File, path: &Path, shown: &Arc<str>) -> Result<(), ConnectorError> {
        let mut lines = Lines::new(file);
        loop {
            let consumed = lines.consumed();
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(()),
                Err(LineError::Io(error)) => return Err(ConnectorError::reading(path, error)),
                Err(LineError::TooLong(line)) => {
                    return Err(bad_file(Place::file(Arc::clone(shown)).at_line(line), LineError::too_long()));
                }
            };
            let text = std::str::from_utf8(line.bytes).map_err(|error| {
                let cause = Cause::NotUtf8 { at: format!("byte {} of the line", error.valid_up_to() + 1) };
                bad_file(Place::file(Arc::clone(shown)).at_line(line.number), cause)
            })?;
            if !is_blank(text) {
                if let Err(refusal) = self.feed.add(text, self.snapshot) {
                    let place = Place::file(Arc::clone(shown)).at_line(line.number);
                    return Err(self.refused(place, refusal));
                }
                self.counted(consumed);
            }
        }
    }

    /// A JSON list of records. The text is in memory; the records are read from it one by one.
    fn list(&mut self, mut file: File, path: &Path, shown: &Arc<str>) -> Result<(), ConnectorError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| ConnectorError::reading(path, error))?;
        let place = Place::file(Arc::clone(shown));
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let (line, byte) = line_and_byte(&bytes, error.valid_up_to());
            bad_file(place.clone().at_line(line), Cause::NotUtf8 { at: format!("byte {byte} of the line") })
        })?;
        let records: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
            let place = Place { column: Some(error.column() as u64), ..place.clone().at_line(error.line() as u64) };
            bad_file(place, Cause::Syntax(without_position(&error)))
        })?;
        for (index, record) in records.iter().enumerate() {
            if let Err(refusal) = self.feed.add(record.get(), self.snapshot) {
                let offset = record.get().as_ptr() as usize - text.as_ptr() as usize;
                let (line, _) = line_and_byte(&bytes, offset);
                let place = Place { record: Some(index as u64 + 1), ..place.at_line(line) };
                return Err(self.refused(place, Refusal { column: None, ..refusal }));
            }
            self.counted(0);
        }
        Ok(())
    }

    #[inline]
    fn counted(&mut self, consumed: u64) {
        self.report.rows += 1;
        self.report.records += 1;
        if self.report.records.is_multiple_of(PROGRESS_EVERY) {
            let share = (self.before + consumed) as f64 / self.total.max(1) as f64;
            self.progress.loaded(self.report.records, Some(share.min(1.0)));
        }
    }

    fn refused(&self, place: Place, refusal: Refusal) -> ConnectorError {
        let Refusal { cause, column, kind } = refusal;
        let cause = match cause {
            Cause::Snapshot(error) => match *error {
                SnapshotError::AlreadyExists(identity) => {
                    let first = self.place_of(&identity).map(Box::new);
                    Cause::Duplicate { identity, first, differs: Differs::Unknown }
                }
                other => other.into(),
            },
            other => other,
        };
        let cause = Box::new(cause);
        let place = Box::new(Place { column, ..place });
        ConnectorError::BadRecord { place, kinds: kind.into_iter().collect(), key: None, cause }
    }

    /// Where a record that is present came from. Found by counting, so that it costs nothing until it is asked for.
    fn place_of(&self, identity: &trueup_engine::Identity) -> Option<Place> {
        let row = self.snapshot.row_of(identity).ok()?;
        let index = self.snapshot.records().position(|record| record.row() == row)?;
        let (path, shown, first) = self.firsts.iter().rfind(|(_, _, first)| *first <= index)?;
        let mut lines = Lines::new(File::open(path).ok()?);
        let mut left = index - first;
        while let Ok(Some(line)) = lines.next() {
            let text = std::str::from_utf8(line.bytes).ok()?;
            if text.trim_start_matches('\u{feff}').trim_start().starts_with('[') {
                return Some(Place { record: Some(left as u64 + 1), ..Place::file(Arc::clone(shown)) });
            }
            if is_blank(text) {
                continue;
            }
            if left == 0 {
                return Some(Place::file(Arc::clone(shown)).at_line(line.number));
            }
            left -= 1;
        }
        None
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

fn read_start(file: &mut File, start: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < start.len() {
        match file.read(&mut start[length..])? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}

#[inline]
fn is_blank(text: &str) -> bool {
    !text.starts_with('{') && text.trim_ascii().is_empty()
}

fn bad_file(place: Place, cause: Cause) -> ConnectorError {
    ConnectorError::BadFile { place: Box::new(place), format: "records", cause: Box::new(cause) }
}
