//! Why records were not written, in the words of the contract: the one mapping from the causes that the inventory names
//! to fields and texts.

use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json};
use trueup_engine::{FieldType, Value};
use trueup_inventory::model::{ContentType, FieldKind, ManyTarget};
use trueup_inventory::{CustomFieldProblem, Registry, WriteErrorCause as Cause};

use super::body::Object;
use super::{item, reference, scalar};
use crate::error::ApiError;

/// Where the contract puts what is about a record as a whole.
const ALL: &str = "__all__";
/// The same, where the serializer finds it and not the model.
const NON_FIELD: &str = "non_field_errors";

/// What is wrong with an object, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Map<String, Json>);

impl FieldErrors {
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        let texts = self.0.entry(field).or_insert_with(|| json!([]));
        if let Json::Array(texts) = texts {
            let message = Json::String(message.into());
            if !texts.contains(&message) {
                texts.push(message);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with one field alone, when something is.
    pub fn only(&self, field: &str) -> Option<Self> {
        let texts = self.0.get(field)?.clone();
        Some(Self(Map::from_iter([(field.to_owned(), texts)])))
    }

    pub fn into_json(self) -> Json {
        Json::Object(self.0)
    }

    /// Adds what the inventory found, as far as nothing is said of the field yet. An object with errors of its own was
    /// checked in part only, so that what concerns it as a whole is not to be believed.
    pub fn add_causes(&mut self, about: &About<'_>, object: &Object, causes: &[Cause]) {
        let known: Vec<String> = self.0.keys().cloned().collect();
        for cause in causes {
            let Some((field, text)) = about.text(object, cause) else { continue };
            let partly = !known.is_empty() && is_of_whole(cause);
            if !partly && !known.contains(&field) {
                self.add(&field, text);
            }
        }
    }
}

/// Whether a cause needs the other fields of its record to be right.
fn is_of_whole(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Rule { .. } | Cause::Duplicate { .. } | Cause::LocationParentMissing { .. } | Cause::NoPrefix { .. }
    )
}

/// The answer that takes the place of field errors: a record that is gone, protected, or at another version.
pub fn instead(causes: &[Cause]) -> Option<ApiError> {
    causes.iter().find_map(|cause| match cause {
        Cause::Protected { count, by } => {
            let more = if *count > by.len() { ", …" } else { "" };
            let names: Vec<String> = by.iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
            let names = names.join(", ");
            let detail = format!("Unable to delete object. {count} dependent objects were found: {names}{more}");
            Some(ApiError::detail(StatusCode::CONFLICT, detail))
        }
        Cause::Leftover { .. } => {
            Some(ApiError::detail(StatusCode::CONFLICT, format!("Unable to delete object: {cause}.")))
        }
        Cause::Changed { .. } => Some(ApiError::detail(StatusCode::PRECONDITION_FAILED, cause.to_string())),
        Cause::RecordNotFound { .. } => Some(ApiError::not_found()),
        Cause::ReadOnlyType { .. } => Some(ApiError::forbidden()),
        _ => None,
    })
}

/// What causes are about.
pub struct About<'a> {
    pub registry: &'a Registry,
    pub content_type: &'a ContentType,
}

impl About<'_> {
    /// The field and the text of a cause; nothing for a record that nothing is wrong with.
    fn text(&self, object: &Object, cause: &Cause) -> Option<(String, String)> {
        let all = |text: String| (ALL.to_owned(), text);
        let of = |field: &str, text: String| (field.split("__").next().unwrap_or(field).to_owned(), text);
        Some(match cause {
            Cause::Required { field } | Cause::Null { field } => of(field, self.lacks(object, field).to_owned()),
            Cause::Invalid { field, .. } | Cause::Unstorable { field, .. } if field.contains("__") => {
                of(field, self.not_found(object, field, ""))
            }
            Cause::Invalid { field, source } => of(field, invalid(&source.wanted, object, field)),
            Cause::Unstorable { field, wanted, .. } => of(field, unstorable(wanted)),
            Cause::TooLong { field, most, .. } => {
                of(field, format!("Ensure this field has no more than {most} characters."))
            }
            Cause::OutOfRange { field, value, min, max } => {
                of(field, out_of_range(value, min.as_deref(), max.as_deref()))
            }
            Cause::TooPrecise { field, places, .. } => {
                of(field, format!("Ensure that there are no more than {places} decimal places."))
            }
            Cause::Form { field, help, .. } => {
                of(field, help.clone().unwrap_or_else(|| "Enter a valid value.".to_owned()))
            }
            Cause::NotAChoice { field, value, .. } => of(field, format!("{value} is not a valid choice.")),
            Cause::ReferenceNotFound { field, looked_up, .. } | Cause::NotForContentType { field, looked_up, .. } => {
                of(field, self.not_found(object, field, looked_up))
            }
            Cause::ReferenceAmbiguous { field, looked_up, .. } => {
                let said = self.said(object, field, looked_up);
                of(field, said.map_or_else(|| cause.to_string(), reference::ambiguous))
            }
            Cause::ReferenceGone { field } => of(
                field.split('`').next().unwrap_or(field),
                "The object it points at was deleted meanwhile.".to_owned(),
            ),
            Cause::UnknownContentType { field, value, .. } => of(field, format!("Invalid content type: {value}")),
            Cause::Computed { field } => of(field, "This field is computed and cannot be written.".to_owned()),
            Cause::Immutable { field } => of(field, "This field cannot be changed once the object exists.".to_owned()),
            Cause::Duplicate { fields, .. } => self.duplicate(fields),
            Cause::CustomField { key, problem } => all(custom_field(key, problem)),
            Cause::LocationParentMissing { kind, .. } => {
                of("parent", format!("A Location of type {kind} must have a parent Location."))
            }
            Cause::NoPrefix { host, namespace } => {
                of("namespace", format!("No suitable parent Prefix for {host} exists in Namespace {namespace}"))
            }
            Cause::Rule { field, message } => of(field, message.clone()),
            Cause::Path(_)
            | Cause::RecordAmbiguous { .. }
            | Cause::NoIdentifiers { .. }
            | Cause::Refused { .. }
            | Cause::ReadOnlyType { .. }
            | Cause::RecordNotFound { .. }
            | Cause::Protected { .. }
            | Cause::Leftover { .. }
            | Cause::Changed { .. } => all(cause.to_string()),
            Cause::Withdrawn => return None,
        })
    }

    /// A field without a value: nothing, null or blank was said.
    fn lacks(&self, object: &Object, field: &str) -> &'static str {
        match object.get(field) {
            None => "This field is required.",
            Some(Json::Array(_)) => "This list may not be empty.",
            Some(Json::String(_)) if !self.is_reference(field) => scalar::NOT_BLANK,
            Some(_) => scalar::NOT_NULL,
        }
    }

    fn is_reference(&self, field: &str) -> bool {
        self.content_type
            .field(field)
            .is_some_and(|field| matches!(field.kind(), FieldKind::Reference(_) | FieldKind::Alias(_)))
    }

    fn not_found(&self, object: &Object, field: &str, looked_up: &str) -> String {
        let said = self.said(object, field, looked_up);
        said.map_or_else(
            || format!("Related object not found using the provided attributes: {looked_up}"),
            reference::not_found,
        )
    }

    /// What the client said of a reference; of a to-many field, the item that was looked up by `looked_up`.
    fn said<'j>(&self, object: &'j Object, field: &str, looked_up: &str) -> Option<&'j Json> {
        let name = field.split("__").next()?;
        let said = object.get(name)?;
        let Json::Array(items) = said else { return Some(said) };
        let FieldKind::Many(many) = self.content_type.field(name)?.kind() else { return Some(said) };
        let ManyTarget::Records(to) = many.target() else { return None };
        let to = self.registry.get(to);
        items.iter().find(|item| match item::record(self.registry, to, item) {
            Ok(value) => value.to_string() == looked_up || pairs(&value) == looked_up,
            Err(_) => false,
        })
    }

    fn duplicate(&self, fields: &[String]) -> (String, String) {
        let verbose = self.content_type.verbose_name();
        if let [field] = fields {
            let name = field.replace('_', " ");
            return (field.clone(), format!("{verbose} with this {name} already exists."));
        }
        let plain = |name: &String| {
            self.content_type.field(name).is_some_and(|f| f.is_demanded() && self.content_type.whole_of(f).is_none())
        };
        if fields.iter().all(plain) {
            return (NON_FIELD.to_owned(), format!("The fields {} must make a unique set.", fields.join(", ")));
        }
        let labels: Vec<String> = fields.iter().map(|name| capital(&name.replace('_', " "))).collect();
        let labels = match labels.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => labels.join(""),
        };
        (ALL.to_owned(), format!("{} with this {labels} already exists.", capital(verbose)))
    }
}

/// What a to-many item was looked up by, as the inventory says it.
fn pairs(value: &Value) -> String {
    let Value::Map(paths) = value else { return String::new() };
    paths.iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>().join(", ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn invalid(wanted: &FieldType, object: &Object, field: &str) -> String {
    let given = object.get(field).and_then(Json::as_str).unwrap_or_default().trim();
    match wanted {
        FieldType::Ip | FieldType::Interface | FieldType::Prefix => format!("Invalid IP address: {given}"),
        FieldType::Mac => format!("Invalid MAC address: {given}"),
        FieldType::Int => scalar::NO_INT.to_owned(),
        FieldType::Decimal | FieldType::Float => scalar::NO_NUMBER.to_owned(),
        FieldType::Bool => scalar::NO_BOOL.to_owned(),
        FieldType::DateTime => scalar::NO_DATETIME.to_owned(),
        FieldType::Text => scalar::NO_TEXT.to_owned(),
        other => format!("Not a valid {other}."),
    }
}

fn unstorable(wanted: &str) -> String {
    match wanted {
        "uuid" => scalar::NO_UUID.to_owned(),
        "date" => scalar::NO_DATE.to_owned(),
        other => format!("Not a valid {other}."),
    }
}

fn out_of_range(value: &str, min: Option<&str>, max: Option<&str>) -> String {
    let number = |text: &str| text.parse::<f64>().unwrap_or_default();
    match (min, max) {
        (Some(min), _) if number(value) < number(min) => {
            format!("Ensure this value is greater than or equal to {min}.")
        }
        (_, Some(max)) => format!("Ensure this value is less than or equal to {max}."),
        _ => "Enter a valid value.".to_owned(),
    }
}

fn custom_field(key: &str, problem: &CustomFieldProblem) -> String {
    match problem {
        CustomFieldProblem::Unknown => format!("Unknown field key '{key}' in custom field data."),
        CustomFieldProblem::Missing => format!("Missing required custom field '{key}'."),
        CustomFieldProblem::Invalid(message) => format!("Invalid value for custom field '{key}': {message}"),
    }
}
