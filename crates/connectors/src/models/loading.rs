use trueup_engine::kind::KindId;
use trueup_engine::{Identity, Kind, Model, Snapshot};

use super::BadRecord;
use super::bad_record::Parts;
use crate::report::Place;
use crate::{ConnectorError, LoadReport, Progress, Rejected};

const PROGRESS_EVERY: u64 = 1024;

/// One load under way.
pub(super) struct Loading<'a> {
    pub(super) place: &'a str,
    pub(super) snapshot: &'a mut Snapshot,
    pub(super) progress: &'a dyn Progress,
    pub(super) report: LoadReport,
}

impl Loading<'_> {
    /// The kind of a model in the job's schema.
    pub(super) fn kind(&self, kind: &Kind) -> Result<KindId, ConnectorError> {
        self.snapshot.schema().id(kind.name().as_str()).ok_or_else(|| ConnectorError::System {
            system: self.place.to_owned(),
            doing: "loading its records",
            source: format!("the job has no kind `{}`; name its model among the job's kinds", kind.name()).into(),
        })
    }

    pub(super) fn take<M: Model>(&mut self, id: KindId, item: Result<M, BadRecord>) {
        self.report.rows += 1;
        match item {
            Ok(model) => self.add(id, &model),
            Err(bad) => {
                let Parts { place, key, cause } = bad.into_parts();
                self.reject(id, Rejected { place, kinds: Vec::new(), key, cause });
            }
        }
        if self.report.rows.is_multiple_of(PROGRESS_EVERY) {
            self.progress.loaded(self.report.records, None);
        }
    }

    fn add<M: Model>(&mut self, id: KindId, model: &M) {
        let record = model.to_record();
        match self.snapshot.add(&record) {
            Ok(_) => self.report.records += 1,
            Err(error) => {
                let Identity { key, .. } = record.identity();
                let place = Place::file(self.place);
                self.reject(id, Rejected { place, kinds: Vec::new(), key: Some(key), cause: error.to_string() });
            }
        }
    }

    /// A record that was named keeps only itself from being deleted; one that was not keeps all of its kind.
    fn reject(&mut self, id: KindId, rejected: Rejected) {
        let kind = self.snapshot.schema().kind(id).name().clone();
        let completeness = self.snapshot.completeness_mut();
        match &rejected.key {
            Some(key) => completeness.unreadable(&kind, key.clone()),
            None => {
                completeness.deny(&kind, format!("a record could not be read: {}: {}", rejected.place, rejected.cause))
            }
        }
        self.report.rejected.push(Rejected { kinds: vec![kind], ..rejected });
    }

    pub(super) fn finish(self, kinds: &[KindId]) -> Result<LoadReport, ConnectorError> {
        // A record without its parent stays at the top, and the diff says so.
        let _orphans = self.snapshot.link_parents().map_err(ConnectorError::Link)?;
        for id in kinds {
            let kind = self.snapshot.schema().kind(*id).name().clone();
            self.snapshot.completeness_mut().confirm(&kind);
        }
        self.progress.loaded(self.report.records, None);
        Ok(self.report)
    }
}
