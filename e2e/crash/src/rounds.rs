use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, from_yaml};
use trueup_engine::{Record, Schema, Snapshot};
use trueup_inventory::Registry;
use trueup_jobs::{DataSource, JobContext, JobDocument, JobError, JobMeta, schema};

const JOB: &str = "
name: crash
source: {connector: file, path: nowhere}
target: {connector: inventory}
kinds:
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name], attributes: [description]}
  device_type:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [part_number]
";

/// What the source holds in one round. A third of the records is there in every round and changes; a third is there in
/// even rounds, a third in odd ones, each as makers with a device type, which has to wait for its maker.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    number: u32,
    steps: u32,
}

impl Round {
    pub fn new(number: u32, steps: u32) -> Self {
        Self { number, steps }
    }

    /// Names and descriptions of makers, and for some the model and part number of their device type.
    pub fn makers(self) -> impl Iterator<Item = (String, String, Option<(&'static str, String)>)> {
        let Self { number, steps } = self;
        let part = steps / 6;
        let present = if number % 2 == 0 { "even" } else { "odd" };
        let changing =
            (0..steps - 4 * part).map(move |place| (format!("kept-{place:05}"), format!("round {number}"), None));
        let alternating = (0..part).map(move |place| {
            let device_type = Some(("X1", format!("part {place}")));
            (format!("{present}-{place:05}"), present.to_owned(), device_type)
        });
        changing.chain(alternating)
    }
}

impl DataSource for Round {
    fn meta(&self) -> JobMeta {
        JobMeta::new("crash").data_source("a round")
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        let document: JobDocument = from_yaml(JOB).expect("the document above is well-formed");
        schema(&document, registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(*self))
    }
}

impl Source for Round {
    fn describe(&self) -> Description {
        Description { connector: "made", place: format!("round {}", self.number), kinds: Vec::new() }
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        Box::pin(async { Ok(()) })
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        _progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(async move {
            let mut records = 0;
            let mut add = |record: Record| {
                records += 1;
                snapshot.add(&record).map(drop).map_err(ConnectorError::Link)
            };
            for (name, description, device_type) in self.makers() {
                add(Record::new("manufacturer", [name.as_str()]).with("description", description))?;
                if let Some((model, part)) = device_type {
                    add(Record::new("device_type", [name.as_str(), model]).with("part_number", part))?;
                }
            }
            let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
            snapshot.completeness_mut().confirm_all();
            Ok(LoadReport { records, rows: records, ..LoadReport::default() })
        })
    }
}
