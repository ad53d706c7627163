use std::collections::HashMap;
use std::sync::Arc;

use trueup_connectors::{BoxFuture, ConnectorError, StepWriter};
use trueup_engine::apply::Outcome;
use trueup_engine::plan::{Step, StepAction};
use trueup_engine::{Attributes, KindName, Schema, Value};
use trueup_inventory::{
    Action, Change, ChangeContext, InventoryWriter, PathValues, Stored, WriteError, WriteErrorCause,
};

use super::adapter::failed;

/// Turns steps into changes of the inventory, and what it answers into outcomes.
pub(super) struct InventoryStepWriter<'a> {
    writer: InventoryWriter,
    kinds: HashMap<KindName, KindPaths>,
    context: &'a ChangeContext,
}

/// How the inventory calls the fields of a kind; shared by all changes.
struct KindPaths {
    content_type: Arc<str>,
    identifiers: Vec<Arc<str>>,
    attributes: HashMap<String, Arc<str>>,
}

impl<'a> InventoryStepWriter<'a> {
    pub(super) fn new(writer: InventoryWriter, schema: &Schema, context: &'a ChangeContext) -> Self {
        let kinds = schema.kinds().filter_map(|(_, kind)| {
            let paths = KindPaths {
                content_type: kind.content_type()?.into(),
                identifiers: kind.identifiers().iter().map(|field| field.name().into()).collect(),
                attributes: kind.attributes().iter().map(|f| (f.name().to_owned(), f.name().into())).collect(),
            };
            Some((kind.name().clone(), paths))
        });
        Self { writer, kinds: kinds.collect(), context }
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

    async fn write(&mut self, steps: &[&Step]) -> Result<Vec<Outcome>, ConnectorError> {
        let mut changes = Vec::with_capacity(steps.len());
        let mut known = Vec::with_capacity(steps.len());
        for step in steps {
            let change = self.change(step);
            known.push(change.is_some());
            changes.extend(change);
        }
        let answers = self.writer.write(&changes, self.context).await.map_err(failed("writing a batch"))?;
        let mut answers = answers.into_iter();
        let outcomes =
            known.into_iter().zip(steps).map(|(known, step)| match (known, known.then(|| answers.next()).flatten()) {
                (false, _) => {
                    Outcome::failed(format!("kind `{}` has no content type in the inventory", step.record.kind))
                }
                (true, Some(Ok(stored))) => applied(step, &stored),
                (true, Some(Err(error))) => refused(&error),
                (true, None) => Outcome::failed("the inventory gave no answer for this step"),
            });
        Ok(outcomes.collect())
    }
}

impl StepWriter for InventoryStepWriter<'_> {
    fn apply<'a>(&'a mut self, steps: &'a [&'a Step]) -> BoxFuture<'a, Result<Vec<Outcome>, ConnectorError>> {
        Box::pin(self.write(steps))
    }
}

/// What was stored is told only where it is not what the step said.
fn applied(step: &Step, stored: &Stored) -> Outcome {
    let Some(after) = step.after() else { return Outcome::applied() };
    let differing: Attributes = stored
        .values
        .iter()
        .filter(|(path, value)| after.get(path.as_ref()).is_some_and(|wanted| wanted != value))
        .map(|(path, value)| (path.to_string(), value.clone()))
        .collect();
    Outcome::Applied { stored: (!differing.is_empty()).then_some(differing), note: None }
}

fn refused(error: &WriteError) -> Outcome {
    match error.causes.as_slice() {
        [WriteErrorCause::RecordNotFound { .. }] => Outcome::Stale { found: "the record is gone".to_owned() },
        causes => Outcome::failed(causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    }
}
