use std::sync::Arc;

use trueup_connectors::report::Place;
use trueup_connectors::{
    BoxFuture, ConnectorError, Description, LoadReport, Progress, Rejected, Source, StepWriter, Target,
};
use trueup_engine::check::Forecast;
use trueup_engine::kind::KindId;
use trueup_engine::snapshot::Draft;
use trueup_engine::{Field, Identity, Key, Kind, KindName, RecordFlags, Schema, Snapshot};
use trueup_inventory::{ChangeContext, Inventory, InventoryError, Only, Reader, RowView, Selection};

use super::CONNECTOR;
use super::forecast::forecast;
use super::writer::InventoryStepWriter;
use crate::job::LeaseSlot;

/// The records of some kinds in the inventory.
#[derive(Debug, Clone)]
pub struct InventoryAdapter {
    inventory: Inventory,
    schema: Arc<Schema>,
    context: ChangeContext,
    lease: LeaseSlot,
}

/// Steps of one transaction: few enough that other readers and writers wait briefly, many enough to be fast.
const BATCH: usize = 2_000;

impl InventoryAdapter {
    /// `context` is what the change log will say about what this adapter writes. It writes outside of every sync: nothing
    /// notes what its deletes take, so that an undo could bring back only what the steps know. The target of a run is
    /// [`JobContext::inventory_target`](crate::JobContext::inventory_target).
    pub fn new(inventory: Inventory, schema: Arc<Schema>, context: ChangeContext) -> Self {
        Self { inventory, schema, context, lease: LeaseSlot::default() }
    }

    /// The same, writing only for as long as the lease holds that is put there.
    #[must_use]
    pub(crate) fn held_by(self, lease: LeaseSlot) -> Self {
        Self { lease, ..self }
    }
}

pub(super) fn failed(doing: &'static str) -> impl Fn(InventoryError) -> ConnectorError {
    move |source| ConnectorError::System { system: "the inventory".to_owned(), doing, source: Box::new(source) }
}

impl Source for InventoryAdapter {
    fn describe(&self) -> Description {
        Description {
            connector: CONNECTOR,
            place: self.inventory.place().to_owned(),
            kinds: self.schema.kinds().map(|(_, kind)| kind.name().clone()).collect(),
        }
    }

    fn health(&self) -> BoxFuture<'_, Result<(), ConnectorError>> {
        // The inventory was opened, and with that it was read.
        Box::pin(async { Ok(()) })
    }

    fn load<'a>(
        &'a self,
        snapshot: &'a mut Snapshot,
        progress: &'a dyn Progress,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(self.load_kinds(snapshot, progress))
    }

    fn forecast<'a>(&'a self, deletes: &'a [Identity]) -> BoxFuture<'a, Result<Forecast, ConnectorError>> {
        Box::pin(forecast(&self.inventory, &self.schema, deletes))
    }
}

impl InventoryAdapter {
    /// All kinds as they are at one moment.
    async fn load_kinds(&self, snapshot: &mut Snapshot, progress: &dyn Progress) -> Result<LoadReport, ConnectorError> {
        let before = self.inventory.queries();
        let mut report = LoadReport::default();
        let mut reader = self.inventory.reader().await.map_err(failed("reading records"))?;
        for (id, kind) in self.schema.kinds() {
            load_kind(&mut reader, (id, kind), Only::All, snapshot, &mut report).await?;
            progress.loaded(report.records, None);
        }
        // The inventory has no record without the one it hangs below, unless the job left that one's kind out.
        let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
        snapshot.completeness_mut().confirm_all();
        report.queries = self.inventory.queries() - before;
        Ok(report)
    }

    async fn load_some(&self, records: &[&Identity], snapshot: &mut Snapshot) -> Result<LoadReport, ConnectorError> {
        let before = self.inventory.queries();
        let mut report = LoadReport::default();
        let mut reader = self.inventory.reader().await.map_err(failed("reading records"))?;
        for (id, kind) in self.schema.kinds() {
            let keys: Vec<&Key> =
                records.iter().filter(|record| record.kind == *kind.name()).map(|record| &record.key).collect();
            if keys.is_empty() {
                continue;
            }
            let only = if keys.len() > SINGLE { Only::All } else { these(kind, keys) };
            load_kind(&mut reader, (id, kind), only, snapshot, &mut report).await?;
        }
        report.queries = self.inventory.queries() - before;
        Ok(report)
    }
}

/// Records of one kind up to which it is faster to read them by key than to read the kind.
const SINGLE: usize = 5_000;

/// The records of a kind that keys name.
pub(super) fn these<'k>(kind: &Kind, keys: impl IntoIterator<Item = &'k Key>) -> Only {
    let paths = kind.identifiers().iter().map(|field| field.name().to_owned()).collect();
    Only::Keys { paths, keys: keys.into_iter().map(|key| key.values().to_vec()).collect() }
}

/// Adds records of one kind to a snapshot. Of several with one key the first is taken and the others are rejected.
pub(super) async fn load_kind(
    reader: &mut Reader,
    (id, kind): (KindId, &Kind),
    only: Only,
    snapshot: &mut Snapshot,
    report: &mut LoadReport,
) -> Result<(), ConnectorError> {
    let Some(content_type) = kind.content_type() else { return Ok(()) };
    let names = |fields: &[Field]| -> Vec<String> { fields.iter().map(|field| field.name().to_owned()).collect() };
    let (identifiers, attributes) = (names(kind.identifiers()), names(kind.attributes()));
    let selection = Selection::all(content_type, identifiers.iter().chain(&attributes).cloned()).only(only);
    let mut draft = Draft::new();
    let mut rejected = Vec::new();
    let mut read = |row: RowView<'_>| {
        report.rows += 1;
        let mut fresh = std::mem::take(&mut draft).reset();
        let (key, values) = row.values().split_at(identifiers.len());
        for (name, value) in identifiers.iter().zip(key) {
            fresh.identifier(name.as_str(), |encoder| encoder.value(value));
        }
        for (name, value) in attributes.iter().zip(values) {
            fresh.attribute(name.as_str(), |encoder| encoder.value(value));
        }
        match snapshot.add_draft(id, &fresh, None, RecordFlags::NONE) {
            Ok(_) => report.records += 1,
            Err(error) => rejected.push((key.iter().cloned().collect(), error.to_string())),
        }
        draft = fresh.reset();
    };
    reader.read(&selection, &mut read).await.map_err(failed("reading records"))?;
    report.rejected.extend(rejected.into_iter().map(|(key, cause)| Rejected {
        place: Place::file(content_type),
        kinds: vec![KindName::clone(kind.name())],
        key: Some(key),
        cause,
    }));
    Ok(())
}

impl Target for InventoryAdapter {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        Box::new(InventoryStepWriter::new(self.inventory.writer(), &self.schema, &self.context, self.lease.get()))
    }

    fn batch_size(&self) -> usize {
        BATCH
    }

    fn load_records<'a>(
        &'a self,
        records: &'a [&'a Identity],
        snapshot: &'a mut Snapshot,
    ) -> BoxFuture<'a, Result<LoadReport, ConnectorError>> {
        Box::pin(self.load_some(records, snapshot))
    }
}
