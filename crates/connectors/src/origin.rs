use std::sync::Arc;

use trueup_engine::snapshot::RowId;

use crate::Place;

/// Where the records of a load came from, so that a message about a record can name its place. A few bytes a record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origins {
    files: Vec<Arc<str>>,
    /// In the order of the rows, which only ever grow.
    records: Vec<(RowId, Origin)>,
}

/// Numbers as in a [`Place`], 0 for none; beyond 4 billion they are not known.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Origin {
    file: u32,
    line: u32,
    record: u32,
    item: u32,
}

impl Origins {
    pub(crate) fn begin_file(&mut self, shown: &Arc<str>) {
        self.files.push(Arc::clone(shown));
    }

    pub(crate) fn add(&mut self, row: RowId, line: Option<u64>, record: Option<u64>, item: Option<u64>) {
        let short = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
        let file = u32::try_from(self.files.len()).unwrap_or(u32::MAX).saturating_sub(1);
        let origin = Origin { file, line: short(line), record: short(record), item: short(item) };
        self.records.push((row, origin));
    }

    /// Where the record of this row came from.
    pub fn of(&self, row: RowId) -> Option<Place> {
        let found = self.records.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        let Origin { file, line, record, item } = self.records[found].1;
        let long = |number: u32| (number > 0).then_some(u64::from(number));
        let place = Place::file(Arc::clone(self.files.get(file as usize)?));
        Some(Place { line: long(line), record: long(record), item: long(item), ..place })
    }
}
