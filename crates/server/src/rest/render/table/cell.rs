//! One cell. Truth values are `True` and `False`; what is not there is said by the words of [`table`](crate::rest::table).

use std::fmt::Write as _;

use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, FieldKind, ScalarType};
use trueup_inventory::{LinkTarget, Record};

use crate::rest::render::chain::{Chain, End};
use crate::rest::render::custom_fields::{CustomField, Holds};
use crate::rest::render::plan::{How, Line};
use crate::rest::render::text::{duration_into, instant_into};
use crate::rest::render::world::{Map, World};
use crate::rest::table::{NO_OBJECT, NULL, key_part_into};

/// Appends the value of a field.
pub fn field_into(world: &World, content_type: &ContentType, line: &Line, record: &Record, out: &mut String) {
    let field = (content_type.index(), line.field);
    match &line.how {
        How::BareChoice | How::LabelledChoice(_) => match record.value(content_type, line.field) {
            Value::Text(text) if text.is_empty() => out.push_str(NULL),
            value => value_into(&value, out),
        },
        How::Decimal(places) => match record.value(content_type, line.field) {
            Value::Decimal(decimal) => {
                let _ = write!(out, "{decimal:.places$}", places = *places as usize);
            }
            _ => out.push_str(NULL),
        },
        How::Instant => match record.microseconds(content_type, line.field) {
            Some(microseconds) => unquoted(out, |out| instant_into(microseconds, out)),
            None => out.push_str(NULL),
        },
        How::Duration => match record.value(content_type, line.field) {
            Value::Int(microseconds) => unquoted(out, |out| duration_into(microseconds, out)),
            _ => out.push_str(NULL),
        },
        How::ContentTypes => {
            let names = world.links(field, record.id()).iter().filter_map(|target| match target {
                LinkTarget::ContentType(name) => Some(name.as_str()),
                LinkTarget::Record(_) => None,
            });
            out.push_str(&names.collect::<Vec<_>>().join(","));
        }
        How::Count(_) | How::Made(_) => {
            let _ = write!(out, "{}", world.count(field, record.id()));
        }
        _ => match (record.value(content_type, line.field), is_list_of_choices(content_type, line.field)) {
            (Value::List(items), true) => choices_into(&Value::List(items).to_json(), out),
            (Value::Null, _) => out.push_str(NULL),
            (value, _) if is_json(content_type, line.field) => {
                let _ = write!(out, "{}", value.to_json());
            }
            (value, _) => value_into(&value, out),
        },
    }
}

/// Appends a value of the natural key of what a reference leads to. `from` is not there when nothing is at its begin.
pub fn key_into(world: &World, chain: &Chain, from: Option<&Record>, out: &mut String) {
    let Some(record) = from.and_then(|from| chain.record(world, from)) else { return out.push_str(NO_OBJECT) };
    match chain.end {
        End::Id => {
            let _ = write!(out, "{}", record.id());
        }
        End::Field(index, field) => value_into(&record.value(world.content_type(index), field), out),
    }
}

/// Appends the composite keys of records, with a comma between them. What is null at the end of a key is left out.
pub fn keys_into<'w>(world: &'w World, chains: &[Chain], records: impl Iterator<Item = &'w Record>, out: &mut String) {
    for (place, record) in records.enumerate() {
        if place > 0 {
            out.push(',');
        }
        let parts: Vec<_> = chains.iter().map(|chain| chain.text(world, record)).collect();
        let said = parts.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        for (place, part) in parts[..said].iter().enumerate() {
            if place > 0 {
                out.push(';');
            }
            key_part_into(part.as_deref(), out);
        }
    }
}

/// The values of a record's custom fields, by key.
pub fn custom_values(content_type: &ContentType, field: usize, record: &Record) -> Map<String, Json> {
    let mut stored = String::new();
    record.json_into(content_type, field, &mut stored);
    serde_json::from_str(&stored).unwrap_or_default()
}

/// Appends the value of a custom field; nothing for one without a value.
pub fn custom_field_into(custom: &CustomField, values: &Map<String, Json>, out: &mut String) {
    match (custom.holds, values.get(&custom.key)) {
        (_, None | Some(Json::Null)) => {}
        (Holds::Choices, Some(choices)) => choices_into(choices, out),
        (Holds::Json, Some(json)) => {
            let _ = write!(out, "{json}");
        }
        (Holds::Value, Some(Json::String(text))) => out.push_str(text),
        (Holds::Value, Some(json)) => value_into(&Value::from_json(json.clone()), out),
    }
}

/// Texts with commas between them; as JSON when that would not say which they are.
fn choices_into(choices: &Json, out: &mut String) {
    let texts: Option<Vec<&str>> =
        choices.as_array().and_then(|items| items.iter().map(Json::as_str).collect::<Option<_>>());
    let plain = |text: &&str| !text.is_empty() && text.trim() == *text && !text.contains(',') && !text.starts_with('[');
    match texts.filter(|texts| texts.iter().all(|text| plain(text) && *text != NULL && *text != NO_OBJECT)) {
        Some(texts) => out.push_str(&texts.join(",")),
        None => {
            let _ = write!(out, "{choices}");
        }
    }
}

fn value_into(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str(NULL),
        Value::Text(text) => out.push_str(text),
        Value::Bool(bool) => out.push_str(if *bool { "True" } else { "False" }),
        Value::Int(_) | Value::Decimal(_) | Value::Ip(_) | Value::Prefix(_) | Value::Interface(_) | Value::Mac(_) => {
            let _ = write!(out, "{value}");
        }
        other => match other.to_json() {
            Json::String(text) => out.push_str(&text),
            json => {
                let _ = write!(out, "{json}");
            }
        },
    }
}

fn scalar_type(content_type: &ContentType, field: usize) -> Option<(ScalarType, bool)> {
    match content_type.fields()[field].kind() {
        FieldKind::Scalar(scalar) => Some((scalar.scalar_type(), scalar.choices().is_some())),
        _ => None,
    }
}

fn is_list_of_choices(content_type: &ContentType, field: usize) -> bool {
    scalar_type(content_type, field) == Some((ScalarType::Json, true))
}

fn is_json(content_type: &ContentType, field: usize) -> bool {
    scalar_type(content_type, field).is_some_and(|(scalar_type, _)| scalar_type == ScalarType::Json)
}

/// Appends what `write` appends as a JSON string, without its quotes; for texts that need no escapes.
fn unquoted(out: &mut String, write: impl FnOnce(&mut String)) {
    let start = out.len();
    write(out);
    out.pop();
    out.remove(start);
}
