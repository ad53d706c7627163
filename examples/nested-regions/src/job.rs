use trueup::prelude::*;

use crate::tree::{Location, LocationType, NAIVE_QUERIES, locations, types};

pub struct NestedRegions;

impl DataSource for NestedRegions {
    fn meta(&self) -> JobMeta {
        JobMeta::new("nested-regions").description("A tree of 7,033 locations").data_source("made up")
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        kinds![LocationType, Location]
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let source = ModelSource::new("made up", "a tree of regions");
        Ok(Box::new(source.models(|| Ok(types())).models(|| Ok(locations()))))
    }

    #[expect(clippy::print_stderr, reason = "the figure is what this example is about")]
    fn post_run<'a>(&'a self, _context: &'a JobContext, report: &'a SyncReport) -> BoxFuture<'a, Result<(), BoxError>> {
        let (records, queries) = (report.target.records, report.target.queries);
        eprintln!("{records} records were read with {queries} queries; one for each parent would be {NAIVE_QUERIES}");
        Box::pin(std::future::ready(Ok(())))
    }
}
