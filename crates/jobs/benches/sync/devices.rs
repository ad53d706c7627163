//! Devices with what they refer to, as a source in memory.

use trueup_connectors::{BoxFuture, ConnectorError, Description, LoadReport, Progress, Source, from_yaml};
use trueup_engine::{Record, Schema, Snapshot};
use trueup_inventory::Registry;
use trueup_jobs::{DataSource, JobContext, JobDocument, JobError, JobMeta, schema};

const JOB: &str = "
name: bench
source: {connector: file, path: nowhere}
target: {connector: inventory}
kinds:
  tenant: {content_type: tenancy.tenant, identifiers: [name], attributes: [description]}
  manufacturer: {content_type: dcim.manufacturer, identifiers: [name]}
  device_type: {content_type: dcim.devicetype, identifiers: [manufacturer__name, model]}
  role: {content_type: extras.role, identifiers: [name], attributes: [content_types]}
  location_type: {content_type: dcim.locationtype, identifiers: [name], attributes: [content_types]}
  location:
    content_type: dcim.location
    identifiers: [name]
    attributes: [location_type__name, status__name]
  device:
    content_type: dcim.device
    identifiers: [name, location__name]
    attributes: [serial, device_type__manufacturer__name, device_type__model, role__name, status__name, tenant__name]
";

/// So many devices.
#[derive(Clone, Copy)]
pub struct Devices(pub usize);

impl Devices {
    fn records(self) -> impl Iterator<Item = Record> {
        let tenants =
            (0..10).map(|place| Record::new("tenant", [format!("tenant {place}")]).with("description", "a tenant"));
        let types = (0..20).map(|place| Record::new("device_type", ["Acme".to_owned(), format!("model {place}")]));
        let sites = (0..100).map(|place| {
            let site = Record::new("location", [format!("site {place}")]);
            site.with("location_type__name", "Site").with("status__name", "Active")
        });
        let devices = (0..self.0).map(|place| {
            Record::new("device", [format!("switch-{place:06}"), format!("site {}", place % 100)])
                .with("serial", format!("FOC{place:08}"))
                .with("device_type__manufacturer__name", "Acme")
                .with("device_type__model", format!("model {}", place % 20))
                .with("role__name", "Switch")
                .with("status__name", "Active")
                .with("tenant__name", format!("tenant {}", place % 10))
        });
        [
            Record::new("manufacturer", ["Acme"]),
            Record::new("role", ["Switch"]).with("content_types", device_only()),
            Record::new("location_type", ["Site"]).with("content_types", device_only()),
        ]
        .into_iter()
        .chain(tenants)
        .chain(types)
        .chain(sites)
        .chain(devices)
    }
}

fn device_only() -> trueup_engine::Value {
    trueup_engine::Value::Set(["dcim.device"].into_iter().collect())
}

impl DataSource for Devices {
    fn meta(&self) -> JobMeta {
        JobMeta::new("bench")
    }

    fn schema(&self, registry: &Registry) -> Result<Schema, JobError> {
        let document: JobDocument = from_yaml(JOB).expect("the document above is well-formed");
        schema(&document, registry)
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        Ok(Box::new(*self))
    }
}

impl Source for Devices {
    fn describe(&self) -> Description {
        Description { connector: "made", place: "memory".to_owned(), kinds: Vec::new() }
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
            for record in self.records() {
                snapshot.add(&record).map_err(ConnectorError::Link)?;
                records += 1;
            }
            let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
            snapshot.completeness_mut().confirm_all();
            Ok(LoadReport { records, rows: records, ..LoadReport::default() })
        })
    }
}
