//! Custom fields: which ones a type has, whether a value may stand in one, and what a write makes of them.
//!
//! Definitions are records themselves (`extras.customfield` and its choices), read once per type and remembered until
//! they change. Values of a record are one JSON object by key; a write is merged into it.

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value as Json};
use trueup_engine::Value;

use super::batch::Batch;
use super::change::UnknownCustomFields;
use super::draft::Draft;
use super::error::{CustomFieldProblem as Problem, WriteErrorCause as Cause};
use super::rows::select_by_ids;
use crate::model::{CUSTOM_FIELDS, ContentType, FieldKind, ScalarType};
use crate::storage::{Args, Cell, RecordId, holds_null_character};

const DEFINITION: &str = "extras.customfield";
const CHOICE: &str = "extras.customfieldchoice";

/// The custom fields of one type.
#[derive(Debug)]
pub(crate) struct Definitions {
    by_key: HashMap<String, Definition>,
    unknown: UnknownCustomFields,
}

#[derive(Debug)]
struct Definition {
    kind: Kind,
    required: bool,
    default: Json,
    least: Option<i64>,
    most: Option<i64>,
    pattern: Option<Regex>,
    choices: Vec<String>,
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
    Date,
    DateTime,
    Select,
    MultiSelect,
    Json,
}

impl Kind {
    fn of(word: &str) -> Self {
        match word {
            "integer" => Kind::Integer,
            // Of metadata only.
            "float" => Kind::Float,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "datetime" => Kind::DateTime,
            "select" => Kind::Select,
            "multi-select" => Kind::MultiSelect,
            "json" => Kind::Json,
            // `text`, `url` and `markdown`.
            _ => Kind::Text,
        }
    }
}

impl Batch<'_> {
    /// The custom fields of a type; nothing for types that have none.
    pub async fn custom_fields(&mut self, content_type: &ContentType) -> Result<Option<Arc<Definitions>>, sqlx::Error> {
        if !content_type.custom_fields {
            return Ok(None);
        }
        let unknown = self.context.custom_fields;
        if let Some(known) = self.memory.custom_fields.get(&content_type.index)
            && known.unknown == unknown
        {
            return Ok(Some(Arc::clone(known)));
        }
        let definitions = Arc::new(Definitions { by_key: self.definitions(content_type).await?, unknown });
        self.memory.custom_fields.insert(content_type.index, Arc::clone(&definitions));
        Ok(Some(definitions))
    }

    async fn definitions(&mut self, user: &ContentType) -> Result<HashMap<String, Definition>, sqlx::Error> {
        let mut by_key = HashMap::new();
        let Ok(definition) = self.registry.content_type(DEFINITION).cloned() else { return Ok(by_key) };
        let Some(FieldKind::Many(many)) = definition.field("content_types").map(|field| &field.kind) else {
            return Ok(by_key);
        };
        let (link, near, far) = (&many.link.table, &many.link.near, &many.link.far);
        let sql = format!("SELECT \"{near}\" FROM \"{link}\" WHERE \"{far}\" = ?");
        let mut args = Args::default();
        args.text(user.name());
        let rows = self.session.rows(sql, args).await?;
        let ids = rows.iter().map(|row| row.some_id(0)).collect::<Result<Vec<RecordId>, _>>()?;
        if ids.is_empty() {
            return Ok(by_key);
        }
        let mut choices = self.choices(&ids).await?;
        for (id, row) in self.fetch_rows(&definition, &ids).await? {
            let key = definition.field("key").and_then(|field| row[field.column?].text()).unwrap_or_default();
            by_key.insert(key.to_owned(), Definition::of(&definition, &row, choices.remove(&id).unwrap_or_default()));
        }
        Ok(by_key)
    }

    async fn choices(&mut self, fields: &[RecordId]) -> Result<HashMap<RecordId, Vec<String>>, sqlx::Error> {
        let mut choices: HashMap<RecordId, Vec<String>> = HashMap::new();
        let Ok(choice) = self.registry.content_type(CHOICE).cloned() else { return Ok(choices) };
        let Some(owner) = choice.field("custom_field").and_then(|field| field.column) else { return Ok(choices) };
        let owner = &choice.columns[owner].name;
        let head = format!("SELECT \"{owner}\", \"value\" FROM \"{}\" WHERE \"{owner}\" IN ", choice.table);
        for row in select_by_ids(&mut self.session, &head, fields, " ORDER BY \"weight\", \"value\"").await? {
            choices.entry(row.some_id(0)?).or_default().push(row.text(1)?.unwrap_or_default());
        }
        Ok(choices)
    }
}

impl Definitions {
    /// The types whose records decide what is remembered here.
    pub const TYPES: [&'static str; 2] = [DEFINITION, CHOICE];

    /// What a new record has.
    pub fn defaults(&self) -> Cell {
        let defaults = self.by_key.iter().filter(|(_, definition)| !definition.default.is_null());
        object(defaults.map(|(key, definition)| (key.clone(), definition.default.clone())).collect())
    }

    /// The stored object with what a change says, and everything that is wrong with that.
    pub fn merge(&self, stored: &Cell, value: &Value) -> (Cell, Vec<Cause>) {
        let mut causes = Vec::new();
        let Value::Map(given) = value else {
            let field = CUSTOM_FIELDS.to_owned();
            let wanted = || "object by key of custom field".to_owned();
            causes.push(match value {
                Value::Null => Cause::Null { field },
                value => Cause::Unstorable { field, value: value.to_string(), wanted: wanted() },
            });
            return (stored.clone(), causes);
        };
        let mut merged = parsed(stored);
        for (key, value) in given {
            let Some(definition) = self.by_key.get(key) else {
                if self.unknown == UnknownCustomFields::Refuse {
                    causes.push(Cause::CustomField { key: key.clone(), problem: Problem::Unknown });
                }
                continue;
            };
            match definition.value(value.to_json()) {
                Ok(value) => {
                    merged.insert(key.clone(), value);
                }
                Err(problem) => causes.push(Cause::CustomField { key: key.clone(), problem }),
            }
        }
        (object(merged), causes)
    }

    /// Names every custom field that has to have a value and has none.
    pub fn fail_missing(&self, draft: &mut Draft, column: usize) {
        if !self.by_key.values().any(|definition| definition.required) {
            return;
        }
        let stored = parsed(&draft.row[column]);
        let mut missing: Vec<&String> = self
            .by_key
            .iter()
            .filter(|(key, definition)| definition.required && stored.get(*key).is_none_or(is_blank))
            .map(|(key, _)| key)
            .collect();
        missing.sort();
        for key in missing {
            let known = draft.causes.iter().any(|cause| matches!(cause, Cause::CustomField { key: k, .. } if k == key));
            if !known {
                draft.fail(Cause::CustomField { key: key.clone(), problem: Problem::Missing });
            }
        }
    }
}

/// What is wrong with the default of a custom field as it would be stored.
pub(crate) fn default_problem(definition: &ContentType, row: &[Cell]) -> Option<String> {
    let made = Definition { required: false, ..Definition::of(definition, row, Vec::new()) };
    match made.value(made.default.clone()).err()? {
        Problem::Invalid(message) => Some(message),
        _ => None,
    }
}

/// A value of metadata of some kind, in the form that is stored.
///
/// # Errors
/// It is none; the text says why.
pub(crate) fn metadata_value(kind: &str, choices: Vec<String>, value: Json) -> Result<Json, String> {
    let definition = Definition {
        kind: Kind::of(kind),
        required: true,
        default: Json::Null,
        least: None,
        most: None,
        pattern: None,
        choices,
    };
    definition.value(value).map_err(|problem| problem.to_string())
}

impl Definition {
    /// From a row of its content type.
    fn of(definition: &ContentType, row: &[Cell], choices: Vec<String>) -> Self {
        let cell = |name: &str| definition.field(name).and_then(|field| field.column).map(|column| &row[column]);
        let text = |name: &str| cell(name).and_then(Cell::text).unwrap_or_default();
        let pattern = text("validation_regex");
        Self {
            kind: Kind::of(text("type")),
            required: cell("required").and_then(Cell::int) == Some(1),
            default: serde_json::from_str(text("default")).unwrap_or_default(),
            least: cell("validation_minimum").and_then(Cell::int),
            most: cell("validation_maximum").and_then(Cell::int),
            pattern: (!pattern.is_empty()).then(|| Regex::new(pattern).ok()).flatten(),
            choices,
        }
    }

    /// The value in the form that is stored.
    fn value(&self, value: Json) -> Result<Json, Problem> {
        if holds_null_character(&value) {
            return Err(invalid("Null characters are not allowed."));
        }
        if is_blank(&value) {
            let blank = if self.kind == Kind::Text && value.is_string() { value } else { Json::Null };
            return if self.required { Err(invalid("Required field cannot be empty.")) } else { Ok(blank) };
        }
        match self.kind {
            Kind::Text => {
                let Json::String(text) = &value else { return Err(invalid("Value must be a string")) };
                self.check_text(text)?;
                Ok(value)
            }
            Kind::Json => {
                self.check_text(&value.to_string())?;
                Ok(value)
            }
            Kind::Integer => {
                let number = match &value {
                    Json::Number(number) => number.as_i64(),
                    Json::String(text) => text.trim().parse().ok(),
                    _ => None,
                };
                let number = number.ok_or_else(|| invalid("Value must be an integer."))?;
                if let Some(least) = self.least.filter(|least| number < *least) {
                    return Err(invalid(format!("Value must be at least {least}")));
                }
                if let Some(most) = self.most.filter(|most| number > *most) {
                    return Err(invalid(format!("Value must not exceed {most}")));
                }
                Ok(number.into())
            }
            Kind::Float => {
                let number = match &value {
                    Json::Number(_) => Some(value.clone()),
                    Json::String(text) => serde_json::from_str(text.trim()).ok().filter(Json::is_number),
                    _ => None,
                };
                number.ok_or_else(|| invalid("Value must be a number."))
            }
            Kind::Boolean => match &value {
                Json::Bool(_) => Ok(value),
                Json::Number(number) if number.as_i64() == Some(1) => Ok(true.into()),
                Json::Number(number) if number.as_i64() == Some(0) => Ok(false.into()),
                Json::String(text) if matches!(text.to_lowercase().as_str(), "true" | "1" | "yes" | "on") => {
                    Ok(true.into())
                }
                Json::String(text) if matches!(text.to_lowercase().as_str(), "false" | "0" | "no" | "off") => {
                    Ok(false.into())
                }
                _ => Err(invalid("Value must be true or false.")),
            },
            Kind::Date => {
                let day = value.as_str().and_then(|text| text.parse::<jiff::civil::Date>().ok());
                day.map(|day| day.to_string().into())
                    .ok_or_else(|| invalid("Date values must be in the format YYYY-MM-DD."))
            }
            Kind::DateTime => {
                let instant = value.as_str().is_some_and(|text| {
                    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
                });
                if instant { Ok(value) } else { Err(invalid("Value must be an ISO 8601 date and time.")) }
            }
            Kind::Select => match value.as_str() {
                Some(text) if self.choices.iter().any(|choice| choice == text) => Ok(value),
                _ => Err(self.no_choice("choice", &shown(&value))),
            },
            Kind::MultiSelect => {
                let items: Vec<Json> = match value {
                    Json::Array(items) => items,
                    Json::String(text) => text.split(',').map(|item| item.trim().into()).collect(),
                    other => vec![other],
                };
                let known = |item: &Json| item.as_str().is_some_and(|item| self.choices.iter().any(|c| c == item));
                if items.iter().all(known) {
                    return Ok(Json::Array(items));
                }
                let items: Vec<String> = items.iter().map(shown).collect();
                Err(self.no_choice("choice(s)", &items.join(", ")))
            }
        }
    }

    fn check_text(&self, text: &str) -> Result<(), Problem> {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(least) = self.least.filter(|least| length < *least) {
            return Err(invalid(format!("Value must be at least {least} characters in length")));
        }
        if let Some(most) = self.most.filter(|most| length > *most) {
            return Err(invalid(format!("Value must not exceed {most} characters in length")));
        }
        match &self.pattern {
            Some(pattern) if !pattern.is_match(text) => {
                Err(invalid(format!("Value must match regex '{}'", pattern.as_str())))
            }
            _ => Ok(()),
        }
    }

    fn no_choice(&self, word: &str, value: &str) -> Problem {
        invalid(format!("Invalid {word} ({value}). Available choices are: {}", self.choices.join(", ")))
    }
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::Invalid(message.into())
}

fn is_blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn parsed(cell: &Cell) -> Map<String, Json> {
    match cell.clone().into_value(ScalarType::Json).to_json() {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn object(values: Map<String, Json>) -> Cell {
    Cell::from_value(ScalarType::Json, Value::from_json(Json::Object(values))).unwrap_or_default()
}
