//! What OPTIONS says of each field, in the words of the contract.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::Registry;
use trueup_inventory::model::{
    CUSTOM_FIELDS, Choice, ContentType, Field, FieldKind, Made, ManyTarget, ReverseShows, Scalar, ScalarType, TextForm,
};

use crate::rest::fields::{Written, known, number};
use crate::rest::render::plan::Notes;
use crate::words::title;

/// The fields of a content type.
pub struct Fields<'a> {
    registry: &'a Registry,
    content_type: &'a ContentType,
}

impl<'a> Fields<'a> {
    pub fn new(registry: &'a Registry, content_type: &'a ContentType) -> Self {
        Self { registry, content_type }
    }

    /// Every key of a record and what a client may send for it.
    pub fn all(&self) -> Map<String, Json> {
        let own = |name: &str| !matches!(name, CUSTOM_FIELDS | "tags");
        let mut fields: Vec<(&str, Json)> = vec![
            ("id", info("string", Written::May, "Id")),
            ("object_type", info("string", Written::Never, "Object type")),
            ("display", with(info("field", Written::Never, "Display"), "help_text", json!("How people call it"))),
            ("url", info("field", Written::Never, "Url")),
            ("natural_slug", info("field", Written::Never, "Natural slug")),
        ];
        fields
            .extend(known(self.content_type).filter(|field| own(field.name())).map(|one| (one.name(), self.info(one))));
        if Notes::of(self.content_type) != Notes::Absent {
            fields.push(("notes_url", info("field", Written::Never, "Notes url")));
        }
        if self.content_type.has_custom_fields() {
            fields.push((CUSTOM_FIELDS, info("field", Written::May, "Custom fields")));
            fields.push(("computed_fields", info("field", Written::Never, "Computed fields")));
            fields.push(("relationships", info("field", Written::May, "Relationships")));
        }
        fields.extend(self.content_type.field("tags").map(|tags| ("tags", self.info(tags))));
        fields.into_iter().map(|(name, info)| (name.to_owned(), info)).collect()
    }

    fn info(&self, field: &Field) -> Json {
        let written = Written::of(self.content_type, field);
        let mut found = info(word(field), written, &field.label());
        if let Some(help) = field.help() {
            found = with(found, "help_text", json!(help));
        }
        match field.kind() {
            FieldKind::Scalar(scalar) => self.scalar(found, field, scalar),
            FieldKind::Many(many) if many.target() == ManyTarget::ContentTypes => {
                let types = self.registry.content_types().map(|one| choice(one.name(), &title(one)));
                list_of(found, types.collect())
            }
            _ => found,
        }
    }

    fn scalar(&self, mut found: Json, field: &Field, scalar: &Scalar) -> Json {
        if let Some(most) = scalar.max_length().filter(|_| !field.is_read_only()) {
            found = with(found, "max_length", json!(most));
        }
        if !field.is_read_only() {
            let (min, max) = scalar.range();
            for (key, bound) in [("min_value", min), ("max_value", max)] {
                if let Some(bound) = bound {
                    found = with(found, key, number(bound));
                }
            }
        }
        match scalar.choices() {
            None => found,
            Some(choices) if scalar.scalar_type() == ScalarType::Json => {
                list_of(found, choices.iter().map(|one| choice(&one.value, &one.label)).collect())
            }
            Some(choices) => with(found, "choices", choices.iter().map(|one| numbered(scalar, one)).collect()),
        }
    }
}

fn info(word: &str, written: Written, label: &str) -> Json {
    json!({
        "type": word,
        "required": written == Written::Must,
        "read_only": written == Written::Never,
        "label": label,
    })
}

fn with(mut info: Json, key: &str, value: Json) -> Json {
    info[key] = value;
    info
}

/// A list whose elements are of these choices.
fn list_of(info: Json, choices: Vec<Json>) -> Json {
    let child = json!({ "type": "field", "required": true, "read_only": false, "choices": choices });
    with(info, "child", child)
}

fn choice(value: &str, display: &str) -> Json {
    json!({ "value": value, "display": display })
}

/// A choice whose value is a number where the field holds numbers.
fn numbered(scalar: &Scalar, one: &Choice) -> Json {
    match one.value.parse::<i64>() {
        Ok(number) if scalar.scalar_type() == ScalarType::Int => json!({ "value": number, "display": one.label }),
        _ => choice(&one.value, &one.label),
    }
}

/// The contract's word for the type of a field. What it does not tell more closely is a `field`.
fn word(field: &Field) -> &'static str {
    match field.kind() {
        FieldKind::Scalar(scalar) => scalar_word(scalar),
        FieldKind::Composite(_) => "string",
        FieldKind::Many(many) if many.target() == ManyTarget::ContentTypes => "list",
        FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Count => "integer",
        FieldKind::Made(Made::TaggedItems | Made::Zero) => "integer",
        _ => "field",
    }
}

fn scalar_word(scalar: &Scalar) -> &'static str {
    match (scalar.scalar_type(), scalar.choices()) {
        (ScalarType::Json, Some(_)) => "list",
        (_, Some(_)) => "field",
        (ScalarType::Text, None) => match scalar.form() {
            Some(TextForm::Email) => "email",
            Some(TextForm::Url) => "url",
            None => "string",
        },
        (ScalarType::Uuid | ScalarType::Mac, None) => "string",
        (ScalarType::Bool, None) => "boolean",
        (ScalarType::Int, None) => "integer",
        (ScalarType::Decimal, None) => "decimal",
        (ScalarType::Float, None) => "float",
        (ScalarType::DateTime, None) => "datetime",
        (ScalarType::Date, None) => "date",
        (ScalarType::Duration, None) => "duration",
        (
            ScalarType::Ip | ScalarType::Interface | ScalarType::Prefix | ScalarType::Json | ScalarType::ContentType,
            None,
        ) => "field",
    }
}
