use trueup_engine::kind::FromRecordError;
use trueup_engine::plan::{Change, Step};
use trueup_engine::{Attributes, Model, Record};

/// What a step does, in terms of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelChange<M> {
    Create(M),
    /// `changed` names the fields that differ, as records call them.
    Update {
        before: M,
        after: M,
        changed: Vec<String>,
    },
    /// The record as it was when the plan was made.
    Delete(M),
}

impl<M: Model> ModelChange<M> {
    /// # Errors
    /// The step is of another kind, or the model cannot hold a value of it.
    pub fn of(step: &Step) -> Result<Self, FromRecordError> {
        let model = |attributes: &Attributes| {
            let mut record = Record::new(&step.record.kind, step.record.key.clone());
            record.attributes.clone_from(attributes);
            M::from_record(&record)
        };
        Ok(match &step.change {
            Change::Create { after, .. } => Self::Create(model(after)?),
            Change::Update { before, after, .. } => {
                let mut whole = before.clone();
                whole.extend(after.iter().map(|(name, value)| (name.clone(), value.clone())));
                let changed = after.keys().cloned().collect();
                Self::Update { before: model(before)?, after: model(&whole)?, changed }
            }
            Change::Delete { before, .. } => Self::Delete(model(before)?),
        })
    }
}
