use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Change, Move, Step, StepAction, StepId};
use crate::record::{Attributes, Identity, Key};
use crate::snapshot::WithChildren;
use crate::value::{JsonValueError, Value};

/// A step as it is stored: plain texts and JSON in the tagged form, so that it can be queried and read back exactly.
/// Version 1; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDocument {
    pub kind: String,
    pub key: Json,
    pub action: StepAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
    /// The parent after a create, before a delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<MoveDocument>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removes_children: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<StepId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveDocument {
    pub from: Option<Json>,
    pub to: Option<Json>,
}

/// A stored step that cannot be read back.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StepDocumentError {
    #[error("the stored {action} of {kind} lacks `{field}`")]
    Missing { kind: String, action: StepAction, field: &'static str },
    #[error("`{field}` of a stored step of {kind} is not {expected}")]
    Shape { kind: String, field: &'static str, expected: &'static str },
    #[error("`{field}` of a stored step of {kind}: {source}")]
    Value { kind: String, field: &'static str, source: JsonValueError },
}

impl From<&Step> for StepDocument {
    fn from(step: &Step) -> Self {
        let Step { record, change, depends_on } = step;
        let mut document = StepDocument {
            kind: record.kind.to_string(),
            key: record.key.to_tagged_json(),
            action: step.action(),
            before: None,
            after: None,
            parent: None,
            moved: None,
            removes_children: false,
            depends_on: depends_on.clone(),
        };
        match change {
            Change::Create { after, parent } => {
                document.after = Some(attributes_to_json(after));
                document.parent = parent.as_ref().map(identity_to_json);
            }
            Change::Update { before, after, moved } => {
                document.before = Some(attributes_to_json(before));
                document.after = Some(attributes_to_json(after));
                document.moved = moved.as_ref().map(|Move { from, to }| MoveDocument {
                    from: from.as_ref().map(identity_to_json),
                    to: to.as_ref().map(identity_to_json),
                });
            }
            Change::Delete { before, parent, children } => {
                document.before = Some(attributes_to_json(before));
                document.parent = parent.as_ref().map(identity_to_json);
                document.removes_children = *children == WithChildren::Remove;
            }
        }
        document
    }
}

impl TryFrom<StepDocument> for Step {
    type Error = StepDocumentError;

    fn try_from(document: StepDocument) -> Result<Self, Self::Error> {
        let StepDocument { kind, key, action, before, after, parent, moved, removes_children, depends_on } = document;
        let reader = Reader { kind: &kind, action };
        let parent = parent.as_ref().map(|json| reader.identity("parent", json)).transpose()?;
        let change = match action {
            StepAction::Create => Change::Create { after: reader.attributes("after", after)?, parent },
            StepAction::Update => {
                let side = |json: &Option<Json>| json.as_ref().map(|json| reader.identity("moved", json)).transpose();
                let moved = match moved {
                    Some(MoveDocument { from, to }) => Some(Move { from: side(&from)?, to: side(&to)? }),
                    None => None,
                };
                let before = reader.attributes("before", before)?;
                Change::Update { before, after: reader.attributes("after", after)?, moved }
            }
            StepAction::Delete => {
                let children = if removes_children { WithChildren::Remove } else { WithChildren::Keep };
                Change::Delete { before: reader.attributes("before", before)?, parent, children }
            }
        };
        let record = Identity { kind: kind.as_str().into(), key: reader.key("key", &key)? };
        Ok(Step { record, change, depends_on })
    }
}

struct Reader<'a> {
    kind: &'a str,
    action: StepAction,
}

impl Reader<'_> {
    fn shape(&self, field: &'static str, expected: &'static str) -> StepDocumentError {
        StepDocumentError::Shape { kind: self.kind.to_owned(), field, expected }
    }

    fn value(&self, field: &'static str, json: &Json) -> Result<Value, StepDocumentError> {
        Value::from_tagged_json(json).map_err(|source| StepDocumentError::Value {
            kind: self.kind.to_owned(),
            field,
            source,
        })
    }

    fn key(&self, field: &'static str, json: &Json) -> Result<Key, StepDocumentError> {
        let values = json.as_array().ok_or_else(|| self.shape(field, "a list of values"))?;
        values.iter().map(|json| self.value(field, json)).collect()
    }

    fn identity(&self, field: &'static str, json: &Json) -> Result<Identity, StepDocumentError> {
        let entry = json.as_object().and_then(|object| object.iter().next());
        let (kind, key) = entry.ok_or_else(|| self.shape(field, "an object {kind: key}"))?;
        Ok(Identity { kind: kind.as_str().into(), key: self.key(field, key)? })
    }

    fn attributes(&self, field: &'static str, json: Option<Json>) -> Result<Attributes, StepDocumentError> {
        let missing = || StepDocumentError::Missing { kind: self.kind.to_owned(), action: self.action, field };
        match json.ok_or_else(missing)? {
            Json::Object(entries) => {
                entries.iter().map(|(name, json)| Ok((name.clone(), self.value(field, json)?))).collect()
            }
            _ => Err(self.shape(field, "an object of attributes")),
        }
    }
}

fn identity_to_json(identity: &Identity) -> Json {
    Json::Object(Map::from_iter([(identity.kind.to_string(), identity.key.to_tagged_json())]))
}

fn attributes_to_json(attributes: &Attributes) -> Json {
    Json::Object(attributes.iter().map(|(name, value)| (name.clone(), value.to_tagged_json())).collect())
}
