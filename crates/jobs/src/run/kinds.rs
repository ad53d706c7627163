//! The kinds of a plan as they are stored with it: enough to read and compare its records later as the plan compared
//! them, without the job. References and children are not kept; the steps carry their order.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trueup_engine::kind::{Blank, Case, Field, KindBuilder, Nulls, Owner};
use trueup_engine::{FieldType, Kind, Schema, Value};

use crate::JobError;

#[derive(Debug, Serialize, Deserialize)]
struct StoredKinds {
    kinds: IndexMap<String, StoredKind>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredKind {
    content_type: Option<String>,
    identifiers: Vec<StoredField>,
    attributes: Vec<StoredField>,
}

/// Everything about a field that decides how a value is compared and written.
#[derive(Debug, Serialize, Deserialize)]
struct StoredField {
    name: String,
    #[serde(rename = "type")]
    field_type: FieldType,
    #[serde(default)]
    case: Case,
    #[serde(default)]
    blank: Blank,
    #[serde(default)]
    nulls: Nulls,
    #[serde(default)]
    owner: Owner,
    /// In the tagged form.
    #[serde(default)]
    default: Json,
}

impl From<&Field> for StoredField {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name().to_owned(),
            field_type: field.field_type().clone(),
            case: case(field),
            blank: blank(field),
            nulls: nulls(field),
            owner: field.owner(),
            default: field.default().to_tagged_json(),
        }
    }
}

impl StoredField {
    fn to_field(&self, of: &str) -> Result<Field, JobError> {
        let Self { name, field_type, case, blank, nulls, owner, default } = self;
        let default = Value::from_tagged_json(default).map_err(|error| damaged(format!("{of}.{name}: {error}")))?;
        let field = Field::new(name, field_type.clone()).with_case(*case).with_blank(*blank);
        Ok(field.with_nulls(*nulls).with_owner(*owner).with_default(default))
    }
}

// A field tells how it normalises by doing it.

fn case(field: &Field) -> Case {
    let sample = |value: &str| match field.field_type() {
        FieldType::List(_) => Value::List(vec![Value::from(value)]),
        FieldType::Set(_) => Value::Set([value].into_iter().collect()),
        _ => Value::from(value),
    };
    let folds = field.normalise(sample("A")).is_ok_and(|value| value == sample("a"));
    if folds { Case::Fold } else { Case::Keep }
}

fn blank(field: &Field) -> Blank {
    let kept = field.normalise(Value::from(" ")).is_ok_and(|value| value == Value::from(" "));
    if kept { Blank::Keep } else { Blank::Null }
}

fn nulls(field: &Field) -> Nulls {
    match (field.takes_null(), field.normalise(Value::Null)) {
        (true, _) => Nulls::Keep,
        (false, Ok(_)) => Nulls::Default,
        (false, Err(_)) => Nulls::Refuse,
    }
}

pub(super) fn to_json(schema: &Schema) -> String {
    let fields = |fields: &[Field]| fields.iter().map(StoredField::from).collect();
    let kinds = schema.kinds().map(|(_, kind)| {
        let stored = StoredKind {
            content_type: kind.content_type().map(str::to_owned),
            identifiers: fields(kind.identifiers()),
            attributes: fields(kind.attributes()),
        };
        (kind.name().to_string(), stored)
    });
    serde_json::json!(StoredKinds { kinds: kinds.collect() }).to_string()
}

pub(super) fn from_json(json: &str) -> Result<Schema, JobError> {
    let stored: StoredKinds =
        serde_json::from_str(json).map_err(|source| JobError::StoredJson { what: "the kinds of a plan", source })?;
    let mut kinds = Vec::with_capacity(stored.kinds.len());
    for (name, StoredKind { content_type, identifiers, attributes }) in &stored.kinds {
        let mut builder = Kind::builder(name);
        if let Some(content_type) = content_type {
            builder = builder.content_type(content_type);
        }
        for field in identifiers {
            builder = builder.id_field(field.to_field(name)?);
        }
        for field in attributes {
            builder = builder.attr_field(field.to_field(name)?);
        }
        kinds.push(KindBuilder::build(builder)?);
    }
    Ok(Schema::new(kinds)?)
}

fn damaged(problem: String) -> JobError {
    JobError::Invalid { job: "of a stored plan".to_owned(), problems: vec![problem] }
}
