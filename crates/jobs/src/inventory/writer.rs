use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use trueup_connectors::{BeforeImages, BoxFuture, ConnectorError, LoadReport, StepWriter};
use trueup_engine::apply::{Object, Outcome, rebased, unexpected};
use trueup_engine::plan::{Step, StepAction};
use trueup_engine::{Attributes, Identity, Key, KindName, Schema, Snapshot, Value};
use trueup_inventory::{
    Action, Change, ChangeContext, InventoryWriter, Loss, Losses, PathValues, Reader, Stored, WriteError,
    WriteErrorCause,
};

use super::adapter::{failed, load_kind, these};
use super::members;
use crate::JobError;
use crate::store::Lease;

/// Turns steps into changes of the inventory, and what it answers into outcomes.
pub(super) struct InventoryStepWriter<'a> {
    writer: InventoryWriter,
    schema: &'a Arc<Schema>,
    kinds: HashMap<KindName, KindPaths>,
    context: ChangeContext,
    lease: Option<&'a Lease>,
}

/// How the inventory calls the fields of a kind; shared by all changes.
struct KindPaths {
    content_type: Arc<str>,
    identifiers: Vec<Arc<str>>,
    attributes: HashMap<String, Arc<str>>,
}

impl<'a> InventoryStepWriter<'a> {
    pub(super) fn new(
        writer: InventoryWriter,
        schema: &'a Arc<Schema>,
        context: &'a ChangeContext,
        lease: Option<&'a Lease>,
    ) -> Self {
        let kinds = schema.kinds().filter_map(|(_, kind)| {
            let paths = KindPaths {
                content_type: kind.content_type()?.into(),
                identifiers: kind.identifiers().iter().map(|field| field.name().into()).collect(),
                attributes: kind.attributes().iter().map(|f| (f.name().to_owned(), f.name().into())).collect(),
            };
            Some((kind.name().clone(), paths))
        });
        // Only under a lease there is somebody to note what deletes took.
        let losses = if lease.is_some() { Losses::Told } else { Losses::Untold };
        let context = ChangeContext { losses, ..context.clone() };
        Self { writer, schema, kinds: kinds.collect(), context, lease }
    }

    fn change(&self, step: &Step) -> Option<Change> {
        let paths = self.kinds.get(step.record.kind.as_str())?;
        let action = match step.action() {
            StepAction::Create => Action::Create,
            StepAction::Update => Action::Update,
            StepAction::Delete => Action::Delete,
        };
        let identifiers = paths.identifiers.iter().cloned().zip(step.record.key.values().iter().cloned()).collect();
        let value = |(name, value): (&String, &Value)| {
            let path = paths.attributes.get(name).cloned().unwrap_or_else(|| name.as_str().into());
            (path, value.clone())
        };
        let after = step.after();
        // A null in a new record says nothing that the inventory does not know by itself.
        let wanted = |(_, value): &(&String, &Value)| action != Action::Create || !value.is_null();
        let values: PathValues = after.into_iter().flatten().filter(wanted).map(value).collect();
        Some(Change::new(paths.content_type.clone(), action, identifiers, values))
    }

    /// Reads the records of the steps, leaves alone those that are not as the plan expects them, and writes the others:
    /// all in one transaction, in which nobody else writes.
    async fn write(&mut self, steps: &[&Step]) -> Result<Vec<Outcome>, ConnectorError> {
        self.writer.begin().await.map_err(failed("beginning a batch"))?;
        match self.write_within(steps).await {
            Ok(outcomes) => {
                self.writer.commit().await.map_err(failed("writing a batch"))?;
                Ok(outcomes)
            }
            Err(error) => {
                // The error is the one to tell; what could not be rolled back is gone with its connection.
                let _gone = self.writer.rollback().await;
                Err(error)
            }
        }
    }

    async fn write_within(&mut self, steps: &[&Step]) -> Result<Vec<Outcome>, ConnectorError> {
        let mut reader = self.writer.lend().map_err(failed("reading a batch"))?;
        let found = self.found(&mut reader, steps).await;
        let written = steps.iter().flat_map(|step| members::written(step, self.schema));
        let present = members::present(&mut reader, written).await;
        self.writer.take_back(reader);
        let (found, present) = (found?, present.map_err(failed("reading a batch"))?);
        let record = |step: &Step| found.get_or_none(step.record.kind.as_str(), &step.record.key);
        let steps: Vec<Cow<'_, Step>> =
            steps.iter().map(|step| members::rebased(rebased(step, record(step)), self.schema, &present)).collect();
        let mut changes = Vec::with_capacity(steps.len());
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(steps.len());
        for step in &steps {
            outcomes.push(match (unexpected(step, record(step)), self.change(step)) {
                (Some(found), _) => Some(Outcome::Stale { found }),
                (None, Some(change)) => {
                    changes.push(change);
                    None
                }
                (None, None) => {
                    Some(Outcome::failed(format!("kind `{}` has no content type in the inventory", step.record.kind)))
                }
            });
        }
        let answers = self.writer.write(&changes, &self.context).await.map_err(failed("writing a batch"))?;
        let tried = steps.iter().zip(&outcomes).filter(|(_, known)| known.is_none()).map(|(step, _)| &step.record);
        self.note_losses(tried.zip(&answers)).await?;
        let mut answers = answers.into_iter();
        let outcomes = outcomes.into_iter().zip(&steps).map(|(known, step)| {
            known.unwrap_or_else(|| match answers.next() {
                Some(Ok(stored)) => self.applied(step, &stored),
                Some(Err(error)) => refused(&error),
                None => Outcome::failed("the inventory gave no answer for this step"),
            })
        });
        Ok(outcomes.collect())
    }

    /// What was stored is told only where it is not what the step said.
    fn applied(&self, step: &Step, stored: &Stored) -> Outcome {
        let differs = |(path, value): &(&Arc<str>, &Value)| {
            step.after().and_then(|after| after.get(path.as_ref())).is_some_and(|wanted| wanted != *value)
        };
        let values = stored.values.iter().map(|(path, value)| (path, value));
        let differing: Attributes =
            values.filter(differs).map(|(path, value)| (path.to_string(), value.clone())).collect();
        let content_type = self.kinds.get(step.record.kind.as_str()).map(|paths| Arc::clone(&paths.content_type));
        let object = Some(Object { content_type, id: stored.id.to_string() });
        Outcome::Applied { stored: (!differing.is_empty()).then_some(differing), note: None, object }
    }

    /// Notes what the deletes among some steps took, so that it can be brought back: in the transaction that deletes it.
    async fn note_losses<'r>(
        &mut self,
        answers: impl Iterator<Item = (&'r Identity, &'r Result<Stored, WriteError>)>,
    ) -> Result<(), ConnectorError> {
        let Some(lease) = self.lease else { return Ok(()) };
        let stored = answers.filter_map(|(record, answer)| Some((record, answer.as_ref().ok()?)));
        let losses: Vec<(&Identity, &Loss)> =
            stored.flat_map(|(record, stored)| stored.losses.iter().map(move |loss| (record, loss))).collect();
        if losses.is_empty() {
            return Ok(());
        }
        let mut reader = self.writer.lend().map_err(failed("writing a batch"))?;
        let noted = lease.note_losses(reader.transaction(), &losses).await;
        self.writer.take_back(reader);
        noted.map_err(of_history("noting what deletes took"))
    }

    /// The records of steps as they are now; from here on to the end of the transaction they stay so.
    async fn found(&self, reader: &mut Reader, steps: &[&Step]) -> Result<Snapshot, ConnectorError> {
        if let Some(lease) = self.lease {
            lease.renew(reader.transaction()).await.map_err(of_history("renewing the lease"))?;
        }
        let mut snapshot = Snapshot::new("inventory", Arc::clone(self.schema));
        for (id, kind) in self.schema.kinds() {
            let of_kind = steps.iter().filter(|step| step.record.kind == *kind.name());
            let keys: Vec<&Key> = of_kind.map(|step| &step.record.key).collect();
            if !keys.is_empty() {
                load_kind(reader, (id, kind), these(kind, keys), &mut snapshot, &mut LoadReport::default()).await?;
            }
        }
        Ok(snapshot)
    }
}

impl StepWriter for InventoryStepWriter<'_> {
    fn apply<'a>(&'a mut self, steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>> {
        Box::pin(self.write(steps))
    }

    fn before_images(&self) -> BeforeImages {
        BeforeImages::Writer
    }
}

fn of_history(doing: &'static str) -> impl Fn(JobError) -> ConnectorError {
    move |source| ConnectorError::System { system: "the history".to_owned(), doing, source: Box::new(source) }
}

fn refused(error: &WriteError) -> Outcome {
    match error.causes.as_slice() {
        [WriteErrorCause::RecordNotFound { .. }] => Outcome::Stale { found: "the record is gone".to_owned() },
        causes => Outcome::failed(causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    }
}
