use std::sync::Arc;

use trueup_connectors::report::Place;
use trueup_connectors::{
    BoxFuture, ConnectorError, Description, LoadReport, Progress, Rejected, Source, StepWriter, Target,
};
use trueup_engine::snapshot::Draft;
use trueup_engine::{Field, KindName, RecordFlags, Schema, Snapshot};
use trueup_inventory::{ChangeContext, Inventory, InventoryError, Selection};

use super::writer::InventoryStepWriter;

/// The records of some kinds in the inventory.
#[derive(Debug, Clone)]
pub struct InventoryAdapter {
    inventory: Inventory,
    schema: Arc<Schema>,
    context: ChangeContext,
}

/// Steps of one transaction: few enough that other readers and writers wait briefly, many enough to be fast.
const BATCH: usize = 2_000;

impl InventoryAdapter {
    /// `context` is what the change log will say about what this adapter writes.
    pub fn new(inventory: Inventory, schema: Arc<Schema>, context: ChangeContext) -> Self {
        Self { inventory, schema, context }
    }
}

pub(super) fn failed(doing: &'static str) -> impl Fn(InventoryError) -> ConnectorError {
    move |source| ConnectorError::System { system: "the inventory".to_owned(), doing, source: Box::new(source) }
}

impl Source for InventoryAdapter {
    fn describe(&self) -> Description {
        Description {
            connector: "inventory",
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
}

impl InventoryAdapter {
    async fn load_kinds(&self, snapshot: &mut Snapshot, progress: &dyn Progress) -> Result<LoadReport, ConnectorError> {
        let before = self.inventory.queries();
        let mut report = LoadReport::default();
        for (id, kind) in self.schema.kinds() {
            let Some(content_type) = kind.content_type() else { continue };
            let names =
                |fields: &[Field]| -> Vec<String> { fields.iter().map(|field| field.name().to_owned()).collect() };
            let (identifiers, attributes) = (names(kind.identifiers()), names(kind.attributes()));
            let selection = Selection::all(content_type, identifiers.iter().chain(&attributes).cloned());
            let mut draft = Draft::new();
            let mut rejected = Vec::new();
            let mut read = |row: trueup_inventory::RowView<'_>| {
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
            self.inventory.read(&selection, &mut read).await.map_err(failed("reading records"))?;
            report.rejected.extend(rejected.into_iter().map(|(key, cause)| Rejected {
                place: Place::file(content_type),
                kinds: vec![KindName::clone(kind.name())],
                key: Some(key),
                cause,
            }));
            progress.loaded(report.records, None);
        }
        // The inventory has no record without the one it hangs below, unless the job left that one's kind out.
        let _orphans = snapshot.link_parents().map_err(ConnectorError::Link)?;
        snapshot.completeness_mut().confirm_all();
        report.queries = self.inventory.queries() - before;
        Ok(report)
    }
}

impl Target for InventoryAdapter {
    fn writer(&self) -> Box<dyn StepWriter + '_> {
        Box::new(InventoryStepWriter::new(self.inventory.writer(), &self.schema, &self.context))
    }

    fn batch_size(&self) -> usize {
        BATCH
    }
}
