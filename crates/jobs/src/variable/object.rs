use std::fmt;

use indexmap::IndexMap;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::{Inventory, Only, Selection};

use super::{Values, VariableCause, VariableProblem, VariableValue};
use crate::JobError;

/// A record of the inventory, named by its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectReference {
    pub content_type: String,
    /// Paths and what stands there: `name`, `location__name`.
    pub fields: IndexMap<String, Value>,
}

impl ObjectReference {
    pub(super) fn read(content_type: &str, by: &str, json: &Json) -> Result<Self, &'static str> {
        let scalar = |json: &Json| match json {
            Json::String(text) if !text.is_empty() => Some(Value::from(text.as_str())),
            Json::Number(number) => number.as_i64().map(Value::Int),
            Json::Bool(bool) => Some(Value::Bool(*bool)),
            _ => None,
        };
        let expected = "names no record; give its name, or an object such as {\"name\": …, \"location__name\": …}";
        let fields = match json {
            Json::Object(fields) if !fields.is_empty() => {
                let fields = fields.iter().map(|(path, value)| Some((path.clone(), scalar(value)?)));
                fields.collect::<Option<IndexMap<_, _>>>()
            }
            other => scalar(other).map(|value| IndexMap::from([(by.to_owned(), value)])),
        };
        Ok(Self { content_type: content_type.to_owned(), fields: fields.ok_or(expected)? })
    }

    pub(super) fn to_json(&self) -> Json {
        let value = |value: &Value| match value {
            Value::Int(int) => Json::from(*int),
            Value::Bool(bool) => Json::from(*bool),
            other => Json::from(other.to_string()),
        };
        Json::Object(self.fields.iter().map(|(path, found)| (path.clone(), value(found))).collect())
    }
}

impl fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.content_type)?;
        self.fields.iter().try_for_each(|(path, value)| write!(f, " {path}={value}"))
    }
}

/// Holds the objects among the values against the inventory: each must be there, once.
pub(crate) async fn check_objects(job: &str, values: &Values, inventory: &Inventory) -> Result<(), JobError> {
    let mut problems = Vec::new();
    for (name, value) in values.iter() {
        let objects: &[ObjectReference] = match value {
            VariableValue::Object(object) => std::slice::from_ref(object),
            VariableValue::Objects(objects) => objects,
            _ => continue,
        };
        let mut unfit = |message| problems.push(VariableProblem::new(name, VariableCause::Unfit, message));
        for object in objects {
            let paths: Vec<String> = object.fields.keys().cloned().collect();
            let keys = vec![object.fields.values().cloned().collect()];
            let selection =
                Selection::all(&object.content_type, &paths).only(Only::Keys { paths: paths.clone(), keys });
            let mut found = 0_usize;
            let read = inventory.read(&selection, &mut |_: trueup_inventory::RowView<'_>| found += 1).await;
            match (read, found) {
                (Err(error), _) => unfit(format!("`{name}`: {error}")),
                (Ok(_), 1) => {}
                (Ok(_), 0) => unfit(format!("`{name}`: the inventory has no {object}")),
                (Ok(_), found) => unfit(format!(
                    "`{name}`: the inventory has {found} of {object}; say more of its fields, as an object"
                )),
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(JobError::Variables { job: job.to_owned(), problems }) }
}
